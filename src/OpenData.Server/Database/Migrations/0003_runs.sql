-- Packaging runs and who may run. Types and conventions: see SqlDatabase.

CREATE TABLE runs (
    id            TEXT    NOT NULL PRIMARY KEY,
    dataset       TEXT    NOT NULL,
    edition       TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('running', 'published', 'held', 'unchanged', 'failed', 'cancelled', 'abandoned')),
    reason        TEXT,
    node          TEXT    NOT NULL,
    started_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    ended_at      BIGINT,
    bytes         BIGINT  NOT NULL,
    total_bytes   BIGINT  NOT NULL,
    entries       BIGINT  NOT NULL,
    total_entries BIGINT  NOT NULL
);
CREATE INDEX runs_by_dataset ON runs (dataset, id);
CREATE INDEX runs_by_state ON runs (state, id);

-- One dataset is packaged by one process at a time. The number rises with each holder, so that one who paused and comes back is known as late.
CREATE TABLE dataset_leases (
    dataset       TEXT    NOT NULL PRIMARY KEY,
    holder        TEXT    NOT NULL,
    number        BIGINT  NOT NULL,
    until         BIGINT  NOT NULL
);
