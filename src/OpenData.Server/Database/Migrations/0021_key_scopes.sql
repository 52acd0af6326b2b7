-- What a key is limited to, as KeyScope writes it; null for all that its account may.
ALTER TABLE account_keys ADD COLUMN scope TEXT;
