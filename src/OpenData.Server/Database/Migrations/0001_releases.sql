-- What is public, what was public, and what waits. Types and conventions: see SqlDatabase.

CREATE TABLE releases (
    dataset         TEXT    NOT NULL,
    edition         TEXT    NOT NULL,
    revision        BIGINT  NOT NULL,
    date            TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('published', 'superseded', 'withdrawn')),
    reason          TEXT,
    published_at    BIGINT  NOT NULL,
    documents       BIGINT  NOT NULL,
    entries         BIGINT  NOT NULL,
    bytes           BIGINT  NOT NULL,
    uncompressed    BIGINT  NOT NULL,
    archives        BIGINT  NOT NULL,
    delivery_digest BYTEA   NOT NULL,
    manifest        TEXT    NOT NULL,  -- the very text of release.json; last, so that lists need not read past it
    PRIMARY KEY (dataset, edition, revision)
);
-- Pages of a dataset by day; the newest release.
CREATE INDEX releases_by_date ON releases (dataset, date, edition, revision);
-- An edition has one release that is current.
CREATE UNIQUE INDEX releases_current ON releases (dataset, edition) WHERE state = 'published';

CREATE TABLE release_files (
    dataset    TEXT    NOT NULL,
    edition    TEXT    NOT NULL,
    revision   BIGINT  NOT NULL,
    name       TEXT    NOT NULL,
    bytes      BIGINT  NOT NULL,
    sha256     BYTEA   NOT NULL,
    media_type TEXT    NOT NULL,
    archive    BOOLEAN NOT NULL,
    PRIMARY KEY (dataset, edition, revision, name),
    FOREIGN KEY (dataset, edition, revision) REFERENCES releases (dataset, edition, revision)
);
CREATE INDEX release_files_by_sha256 ON release_files (sha256);

-- What the gateway needs to serve and check one volume, apart from the manifest of the whole release.
CREATE TABLE release_archives (
    dataset    TEXT    NOT NULL,
    edition    TEXT    NOT NULL,
    revision   BIGINT  NOT NULL,
    name       TEXT    NOT NULL,
    manifest   TEXT    NOT NULL,  -- its part of release.json: digests of pieces, numbers of entries
    blocks     BYTEA   NOT NULL,  -- XXH128 of each MiB, 16 bytes each
    PRIMARY KEY (dataset, edition, revision, name),
    FOREIGN KEY (dataset, edition, revision, name) REFERENCES release_files (dataset, edition, revision, name)
);

-- What the site shows of each dataset without counting releases.
CREATE TABLE dataset_heads (
    dataset    TEXT    NOT NULL PRIMARY KEY,
    editions   BIGINT  NOT NULL,  -- editions with a current release
    edition    TEXT,              -- the newest of them
    revision   BIGINT
);

-- The change feed. feed_head has one row; whoever publishes holds its lock until commit, so serials become visible in order.
CREATE TABLE feed_head (
    id         BIGINT  NOT NULL PRIMARY KEY CHECK (id = 1),
    serial     BIGINT  NOT NULL
);
INSERT INTO feed_head (id, serial) VALUES (1, 0);

CREATE TABLE changes (
    serial      BIGINT NOT NULL PRIMARY KEY,
    type        TEXT   NOT NULL CHECK (type IN ('published', 'superseded', 'withdrawn', 'dataset-changed')),
    dataset     TEXT   NOT NULL,
    edition     TEXT,
    revision    BIGINT,
    at          BIGINT NOT NULL,
    reason      TEXT,
    by_revision BIGINT
);
CREATE INDEX changes_by_dataset ON changes (dataset, serial);

-- Every edition that was ever taken up.
CREATE TABLE editions (
    dataset    TEXT    NOT NULL,
    edition    TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('running', 'held', 'published', 'failed', 'rejected', 'withdrawn')),
    reason     TEXT,
    findings   TEXT    NOT NULL,  -- JSON array
    package    TEXT,              -- JSON: what a held edition needs to be published later without packaging it again
    ready_at   BIGINT,
    updated_at BIGINT  NOT NULL,
    PRIMARY KEY (dataset, edition)
);
CREATE INDEX editions_by_state ON editions (state, dataset, edition);
CREATE INDEX editions_by_update ON editions (updated_at);

-- The key that signs SHA256SUMS of every release.
CREATE TABLE signing_keys (
    id          TEXT   NOT NULL PRIMARY KEY,
    private_key TEXT   NOT NULL,  -- PKCS #8, PEM
    created_at  BIGINT NOT NULL
);
