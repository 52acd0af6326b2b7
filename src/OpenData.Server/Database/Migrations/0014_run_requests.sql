-- Datasets that a curator asked to be looked at now; a worker takes and removes them.

CREATE TABLE run_requests (
    dataset TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL
);
