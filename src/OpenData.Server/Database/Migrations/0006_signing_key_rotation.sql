-- Keys follow one another: each is listed with its public half (the private one is empty where it is in a file), with when it begins to sign, and with the
-- signature by which the key before it vouches for it.
ALTER TABLE signing_keys ADD COLUMN public_key TEXT NOT NULL DEFAULT '';
ALTER TABLE signing_keys ADD COLUMN valid_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signing_keys ADD COLUMN vouched_by BYTEA;
ALTER TABLE signing_keys ADD COLUMN voucher BYTEA;
UPDATE signing_keys SET valid_from = created_at;
