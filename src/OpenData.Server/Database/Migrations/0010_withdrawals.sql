-- Withdrawals of releases and of single documents, and editions that are no longer kept.
ALTER TABLE releases ADD COLUMN withdrawn_at BIGINT;
ALTER TABLE releases ADD COLUMN archived_at BIGINT;   -- since when its files are not served, by the dataset's retention; its state stays what it was
UPDATE releases SET withdrawn_at =
    (SELECT max(at) FROM changes WHERE changes.type = 'withdrawn' AND (changes.dataset, changes.edition, changes.revision) = (releases.dataset, releases.edition, releases.revision))
WHERE state = 'withdrawn';

ALTER TABLE changes ADD COLUMN document TEXT;         -- for withdrawn: the one document for whose sake
ALTER TABLE editions ADD COLUMN rebuild_from BIGINT;  -- the revision out of whose archives the next one is to be made, without what was withdrawn
CREATE INDEX editions_to_rebuild ON editions (dataset, edition) WHERE rebuild_from IS NOT NULL;

-- Documents that are never packaged again.
CREATE TABLE withdrawn_documents (
    dataset      TEXT   NOT NULL,
    document     TEXT   NOT NULL,   -- a publication number, or the name of an entry
    reason       TEXT   NOT NULL,
    edition      TEXT   NOT NULL,   -- the edition from which it was withdrawn
    withdrawn_at BIGINT NOT NULL,
    PRIMARY KEY (dataset, document)
);
