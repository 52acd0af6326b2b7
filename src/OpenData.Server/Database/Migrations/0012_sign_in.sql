-- Who people are, and how they sign in to the site. Types and conventions: see SqlDatabase.

-- What an organization told when it registered.
CREATE TABLE account_profiles (
    account_id    TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    purpose       TEXT   NOT NULL,
    contact       TEXT   NOT NULL,
    email         TEXT,
    country       TEXT,            -- ISO 3166-1, two letters
    registered_at BIGINT NOT NULL
);

CREATE TABLE account_passwords (
    account_id TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    hash       TEXT   NOT NULL,    -- of ASP.NET Core's PasswordHasher, which names its own parameters
    changed_at BIGINT NOT NULL
);

CREATE TABLE account_sessions (
    id         BYTEA  NOT NULL PRIMARY KEY,  -- SHA-256 of the 256 random bits in the cookie
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address    TEXT   NOT NULL
);
CREATE INDEX account_sessions_by_account ON account_sessions (account_id, created_at);
