-- What was downloaded and looked at, summed up by day and month. Types and conventions: see SqlDatabase.

-- Rows of the journal become visible in the order of their batches: who has summed up to one finds what is newer behind it.
ALTER TABLE downloads ADD COLUMN batch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE downloads ADD COLUMN whole BIGINT;  -- bytes of the whole file or entry; NULL of what was written before this was kept
CREATE INDEX downloads_by_batch ON downloads (batch, id);

CREATE TABLE journal_head (
    id    BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    batch BIGINT NOT NULL
);
INSERT INTO journal_head (id, batch) VALUES (1, 0);

-- One row: up to where the journal is summed up. Whoever sums up holds it until the commit.
CREATE TABLE statistics_head (
    id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    batch    BIGINT NOT NULL,
    download TEXT   NOT NULL
);
INSERT INTO statistics_head (id, batch, download) VALUES (1, 0, '');

-- Which bytes of a file somebody has who does not have all of them yet.
CREATE TABLE download_parts (
    who      TEXT   NOT NULL,  -- an account's id, or address:ADDRESS
    dataset  TEXT   NOT NULL,
    edition  TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    file     TEXT   NOT NULL,
    parts    TEXT   NOT NULL,  -- such as 0-99,200-299
    at       BIGINT NOT NULL,
    PRIMARY KEY (who, dataset, edition, revision, file)
);
CREATE INDEX download_parts_by_time ON download_parts (at);

-- Which releases an account downloaded an archive or a document of, and when last.
CREATE TABLE download_completions (
    account_id TEXT   NOT NULL,
    dataset    TEXT   NOT NULL,
    edition    TEXT   NOT NULL,
    revision   BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (account_id, dataset, edition, revision)
);
CREATE INDEX download_completions_by_time ON download_completions (at);

-- Days and months are those in which downloads ended, in UTC. A country is ISO 3166-1's two letters, '' of an account that told none, '-' without an account.
CREATE TABLE statistics_days (
    day       TEXT   NOT NULL,
    dataset   TEXT   NOT NULL,
    country   TEXT   NOT NULL,
    archives  BIGINT NOT NULL,  -- delivered as a whole
    documents BIGINT NOT NULL,  -- entries of archives, delivered as a whole
    bytes     BIGINT NOT NULL,  -- of everything, also of what was not finished
    PRIMARY KEY (day, dataset, country)
);
CREATE TABLE statistics_months (
    month     TEXT   NOT NULL,
    dataset   TEXT   NOT NULL,
    country   TEXT   NOT NULL,
    archives  BIGINT NOT NULL,
    documents BIGINT NOT NULL,
    bytes     BIGINT NOT NULL,
    PRIMARY KEY (month, dataset, country)
);
CREATE TABLE statistics_accounts (
    month      TEXT   NOT NULL,
    account_id TEXT   NOT NULL,
    archives   BIGINT NOT NULL,
    documents  BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    PRIMARY KEY (month, account_id)
);

-- Pages that people looked at. Nothing is kept of who did.
CREATE TABLE statistics_visits (
    day      TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    language TEXT   NOT NULL,
    visits   BIGINT NOT NULL,
    PRIMARY KEY (day, kind, language)
);

-- What those say of a release who downloaded it.
CREATE TABLE ratings (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    dataset    TEXT    NOT NULL,
    edition    TEXT    NOT NULL,
    revision   BIGINT  NOT NULL,
    good       BOOLEAN NOT NULL,
    line       TEXT,             -- for the office
    at         BIGINT  NOT NULL,
    PRIMARY KEY (account_id, dataset, edition, revision)
);
CREATE INDEX ratings_by_release ON ratings (dataset, edition, revision);
CREATE INDEX ratings_by_time ON ratings (at);
