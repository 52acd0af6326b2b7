-- Who signs in at the organization's unified login (OpenID Connect): an issuer's subject is one account.
CREATE TABLE account_identities (
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    linked_at  BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX account_identities_by_account ON account_identities (account_id);

-- Logins that came back: each counts once. One of nobody known waits here until the form of the registration is sent.
CREATE TABLE unified_logins (
    id         BYTEA  NOT NULL PRIMARY KEY,  -- SHA-256 of the 256 random bits in the cookie
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    name       TEXT,
    email      TEXT,
    waits      BIGINT NOT NULL,              -- 1 while an account may be registered with it
    expires_at BIGINT NOT NULL
);
CREATE INDEX unified_logins_by_end ON unified_logins (expires_at);
