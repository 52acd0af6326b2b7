-- Every act of the people who run the office: who, when, what, and what it changed. Rows are only ever added. What changes accounts is told in account_audit.

CREATE TABLE desk_audit (
    id      TEXT   NOT NULL PRIMARY KEY,  -- rises with time
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,              -- account:ID, or shell:NAME
    action  TEXT   NOT NULL,              -- such as edition.publish
    subject TEXT   NOT NULL,              -- what it was done to, such as CODE/EDITION
    before  TEXT,
    after   TEXT,
    reason  TEXT,
    address TEXT                          -- where the request came from; NULL from the shell
);
CREATE INDEX desk_audit_by_actor ON desk_audit (actor, id);
CREATE INDEX desk_audit_by_action ON desk_audit (action, id);
CREATE INDEX desk_audit_by_subject ON desk_audit (subject, id);
