-- Who downloaded what: the audit trail, and what usage is summed up from. Appended in batches, never changed.

CREATE TABLE downloads (
    id         TEXT   NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,  -- when it began
    day        TEXT   NOT NULL,  -- of that, in UTC
    duration   BIGINT NOT NULL,  -- microseconds
    account_id TEXT,             -- NULL for anybody
    key_id     TEXT,
    address    TEXT   NOT NULL,
    dataset    TEXT   NOT NULL,
    edition    TEXT   NOT NULL,
    revision   BIGINT NOT NULL,
    file       TEXT   NOT NULL,
    status     BIGINT NOT NULL,
    ranges     TEXT,
    asked      BIGINT NOT NULL,  -- bytes of the body
    sent       BIGINT NOT NULL,
    outcome    TEXT   NOT NULL
);
CREATE INDEX downloads_by_account ON downloads (account_id, day, dataset);
CREATE INDEX downloads_by_dataset ON downloads (dataset, day);
