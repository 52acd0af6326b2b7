-- What readers report and ask for, and what the office answers. Types and conventions: see SqlDatabase.

-- One row: the last number. Whoever writes a new entry holds it until the commit.
CREATE TABLE feedback_head (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO feedback_head (id, number) VALUES (1, 0);

CREATE TABLE feedback (
    number     BIGINT NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('problem', 'request')),
    state      TEXT   NOT NULL CHECK (state IN ('new', 'review', 'answered', 'resolved', 'declined', 'withdrawn')),
    dataset    TEXT,
    edition    TEXT,
    document   TEXT,
    title      TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    contact    TEXT,             -- for the office only
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    once       TEXT   NOT NULL,  -- of the form that it came by: sent twice, it is one entry
    hidden     TEXT,             -- why the office shows it to nobody; NULL where it is shown
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,  -- rises with every change
    UNIQUE (account_id, once)
);
CREATE INDEX feedback_by_account ON feedback (account_id, created_at);
CREATE INDEX feedback_by_state ON feedback (state, number);
CREATE INDEX feedback_by_dataset ON feedback (dataset, number);

CREATE TABLE feedback_answers (
    number     BIGINT NOT NULL REFERENCES feedback (number),
    version    BIGINT NOT NULL,  -- of the entry, by this answer
    at         BIGINT NOT NULL,
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    body       TEXT   NOT NULL,
    PRIMARY KEY (number, version)
);
