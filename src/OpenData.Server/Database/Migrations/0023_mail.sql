-- E-mail: what waits to be sent, and links in it that work once.

CREATE TABLE mails (
    id         TEXT   NOT NULL PRIMARY KEY,
    recipient  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    next_at    BIGINT NOT NULL,    -- when it is tried next; a sender moves it on before it tries
    attempts   BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX mails_by_next ON mails (next_at);

CREATE TABLE account_tokens (
    id         BYTEA  NOT NULL PRIMARY KEY,  -- SHA-256 of the 256 random bits in the link
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    purpose    TEXT   NOT NULL,              -- email or password
    subject    TEXT,                         -- the address that is confirmed
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_tokens_by_account ON account_tokens (account_id, purpose);

ALTER TABLE account_profiles ADD COLUMN email_confirmed_at BIGINT;
ALTER TABLE account_profiles ADD COLUMN language TEXT;   -- zh or en: what they registered in
