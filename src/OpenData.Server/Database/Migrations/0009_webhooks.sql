-- Who is told of changes by HTTP. Types and conventions: see SqlDatabase.

CREATE TABLE webhooks (
    id            TEXT   NOT NULL PRIMARY KEY,
    account_id    TEXT   NOT NULL REFERENCES accounts (id),
    url           TEXT   NOT NULL,
    datasets      TEXT   NOT NULL,  -- codes parted by single spaces; empty for all
    secret        BYTEA  NOT NULL,  -- signs what is sent, so it cannot be a hash
    state         TEXT   NOT NULL CHECK (state IN ('active', 'disabled')),
    reason        TEXT,             -- of the last failure, or why it is disabled
    created_at    BIGINT NOT NULL,
    serial        BIGINT NOT NULL,  -- the last change that was delivered or is none of the subscriber's
    delivered_at  BIGINT,
    failing_since BIGINT,
    failures      BIGINT NOT NULL,  -- in a row
    next_at       BIGINT NOT NULL,  -- not tried before
    lease         BIGINT NOT NULL,  -- rises with each sender
    lease_until   BIGINT NOT NULL
);
CREATE INDEX webhooks_by_account ON webhooks (account_id, id);
CREATE INDEX webhooks_by_time ON webhooks (state, next_at);
