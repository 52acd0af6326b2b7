-- Back files are packaged beside the schedule: their lease is given up between two editions to whoever wants it for today's.
ALTER TABLE dataset_leases ADD COLUMN yields BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE dataset_leases ADD COLUMN wanted_until BIGINT NOT NULL DEFAULT 0;
