-- What is known of the stored files of releases since they were published. Types and conventions: see SqlDatabase.

-- One row for each file that was looked at since.
CREATE TABLE scrubbed_files (
    dataset    TEXT   NOT NULL,
    edition    TEXT   NOT NULL,
    revision   BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    result     TEXT   NOT NULL CHECK (result IN ('unread', 'good', 'suspect', 'damaged', 'missing')),
    reason     TEXT,
    seen_at    BIGINT,            -- when the last pass that read all of it began; NULL: none did since it was published
    started_at BIGINT,            -- when the pass under way began
    position   BIGINT NOT NULL,   -- where that goes on; 0: none is under way
    bad_blocks BIGINT NOT NULL,   -- blocks of 1 MiB that differ, as far as they were read
    first_bad  BIGINT,            -- where the first of them begins
    version    BIGINT NOT NULL,   -- of scrub_state, when it last became good or bad
    PRIMARY KEY (dataset, edition, revision, name)
);
CREATE INDEX scrubbed_files_by_version ON scrubbed_files (version);
CREATE INDEX scrubbed_files_by_result ON scrubbed_files (result, dataset, edition, revision, name);

-- One row. Gateways watch the version; one worker at a time has the turn.
CREATE TABLE scrub_state (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL,
    holder  TEXT   NOT NULL,
    until   BIGINT NOT NULL
);
INSERT INTO scrub_state (id, version, holder, until) VALUES (1, 0, '', 0);
