-- Registrations that an officer did not accept. The account goes on waiting; the row goes when it applies again or is let in.
CREATE TABLE account_refusals (
    account_id TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    reason     TEXT   NOT NULL,    -- in the officer's words, for the applicant
    refused_at BIGINT NOT NULL
);
