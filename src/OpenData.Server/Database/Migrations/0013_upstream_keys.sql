-- Public keys of other servers whose releases are republished here with their signatures.
CREATE TABLE upstream_keys (
    id          TEXT   NOT NULL PRIMARY KEY,  -- digest of the public key
    place       TEXT   NOT NULL,              -- the server's address
    public_key  TEXT   NOT NULL,
    valid_from  BIGINT NOT NULL,
    valid_until BIGINT
);
