-- What curators see and steer beside the schedule. Types and conventions: see SqlDatabase.

-- What each process that serves or packages last said of itself. A row a process; it goes with an orderly end.
CREATE TABLE nodes (
    node       TEXT   NOT NULL PRIMARY KEY,  -- machine/process, as runs name it
    roles      TEXT   NOT NULL,              -- parted by single spaces
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    streams    BIGINT NOT NULL,              -- running downloads
    rate       BIGINT NOT NULL,              -- bytes a second that they were given since it was seen before
    link       BIGINT NOT NULL               -- bytes a second that the node may send in all
);

-- What a run did, in the order in which it did it.
CREATE TABLE run_steps (
    run     TEXT   NOT NULL REFERENCES runs (id),
    number  BIGINT NOT NULL,
    at      BIGINT NOT NULL,   -- when the step ended
    step    TEXT   NOT NULL,
    entries BIGINT NOT NULL,   -- of the delivery so far
    bytes   BIGINT NOT NULL,
    note    TEXT,
    PRIMARY KEY (run, number)
);

-- Why a curator wants a running run to end; whoever runs it looks here each second.
ALTER TABLE runs ADD COLUMN cancel TEXT;

-- Datasets that the schedule leaves alone until somebody says otherwise.
CREATE TABLE schedule_pauses (
    dataset TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    reason  TEXT   NOT NULL
);

-- A held edition that a curator looks at again on a later day.
ALTER TABLE editions ADD COLUMN wait_until TEXT;
ALTER TABLE editions ADD COLUMN wait_reason TEXT;

-- Back files that somebody ordered; one worker at a time works on each, another goes on where that one died.
CREATE TABLE back_file_orders (
    id            TEXT   NOT NULL PRIMARY KEY,
    dataset       TEXT   NOT NULL,
    first_day     TEXT   NOT NULL,
    last_day      TEXT   NOT NULL,
    actor         TEXT   NOT NULL,
    at            BIGINT NOT NULL,
    state         TEXT   NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'cancelled')),
    holder        TEXT,
    until         BIGINT NOT NULL,   -- for how long it is the holder's
    editions      BIGINT NOT NULL,   -- to be packaged when it began
    bytes         BIGINT NOT NULL,
    done_editions BIGINT NOT NULL,
    done_bytes    BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    ended_at      BIGINT
);
CREATE INDEX back_file_orders_by_state ON back_file_orders (state, id);
