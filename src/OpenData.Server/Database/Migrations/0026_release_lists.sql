-- A list of releases is read from this index alone: a row of the table carries the text of the manifest, and a thousand of a dataset's lie on as many pages.
-- The reason of a withdrawal is not in it: it may be longer than PostgreSQL lets an entry of an index be.
DROP INDEX releases_by_date;
CREATE INDEX releases_by_date ON releases
    (dataset, date, edition, revision, state, published_at, documents, entries, bytes, uncompressed, archives, withdrawn_at, archived_at);
