-- Accounts, their keys and what they may do. Rows are never deleted: a key is revoked, an account suspended.

-- One row. Every change raises it first, so that changes commit in the order of their versions and a reader that has version n
-- finds all that is newer by "version > n".
CREATE TABLE accounts_version (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO accounts_version (id, version) VALUES (1, 0);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    organization TEXT,
    tier TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'pending')),
    roles TEXT NOT NULL,              -- names parted by single spaces
    link_secret BYTEA NOT NULL,       -- signs links; every node needs it, so it cannot be a hash
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL           -- of the last change to the account, its keys, its terms or its grants
);
CREATE INDEX accounts_by_version ON accounts (version);

CREATE TABLE account_keys (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,       -- SHA-256 of 256 random bits
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX account_keys_by_account ON account_keys (account_id);

CREATE TABLE account_terms (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    terms TEXT NOT NULL,
    version BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, terms, version)
);

CREATE TABLE account_grants (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    dataset TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, dataset)
);

-- Who changed what, in the order of the changes.
CREATE TABLE account_audit (
    version BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    subject TEXT,                     -- the key, terms or dataset, where the action is about one
    before TEXT,
    after TEXT
);
CREATE INDEX account_audit_by_account ON account_audit (account_id, version);
