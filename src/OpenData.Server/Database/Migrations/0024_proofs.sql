-- Proofs that accounts add to their application. Types and conventions: see SqlDatabase.

CREATE TABLE account_proofs (
    id          TEXT   NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    name        TEXT   NOT NULL,  -- as a file may be called anywhere
    type        TEXT   NOT NULL CHECK (type IN ('pdf', 'png', 'jpeg')),
    size        BIGINT NOT NULL,
    sha256      BYTEA  NOT NULL,
    uploaded_at BIGINT NOT NULL
);
CREATE INDEX account_proofs_by_account ON account_proofs (account_id, uploaded_at);

-- Up to 10 MB each: apart, so that a list reads none of them.
CREATE TABLE account_proof_contents (
    proof_id TEXT  NOT NULL PRIMARY KEY REFERENCES account_proofs (id),
    content  BYTEA NOT NULL
);
