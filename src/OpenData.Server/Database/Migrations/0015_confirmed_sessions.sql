-- When a session's person last entered the password again, before something grave; and sessions are kept for a while after they ended, as the list of sign-ins.
ALTER TABLE account_sessions ADD COLUMN confirmed_at BIGINT;
ALTER TABLE account_sessions ADD COLUMN ended_at BIGINT;
