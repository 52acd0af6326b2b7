-- What curators changed in the data directory on the site: texts that stand over the catalog's files. Texts are never changed or removed.

CREATE TABLE catalog_version (
    id      BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL              -- rises with every change of any edit; all nodes follow it
);
INSERT INTO catalog_version (id, version) VALUES (1, 0);

CREATE TABLE catalog_edits (
    id          BIGINT NOT NULL PRIMARY KEY,  -- the version at which it was made
    state       TEXT   NOT NULL,              -- proposed, in-force, rejected, undone
    in_force    BIGINT,                       -- the version at which it came into force; of several edits of a file the greatest counts
    author      TEXT   NOT NULL,              -- account:ID
    reason      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    reviewer    TEXT,                         -- who let it in or rejected it
    reviewed_at BIGINT,
    undone_by   TEXT,
    undone_at   BIGINT
);
CREATE INDEX catalog_edits_by_state ON catalog_edits (state, in_force);

CREATE TABLE catalog_edit_files (
    edit    BIGINT NOT NULL REFERENCES catalog_edits (id),
    path    TEXT   NOT NULL,  -- below the catalog folder
    before  TEXT,             -- what was in force when it was made; NULL where there was nothing
    on_disk TEXT,             -- what the file itself held then; NULL where there was none
    text    TEXT   NOT NULL,
    PRIMARY KEY (edit, path)
);
CREATE INDEX catalog_edit_files_by_path ON catalog_edit_files (path, edit);
