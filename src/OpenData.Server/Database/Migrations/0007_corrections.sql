-- A delivery that comes again is noticed by its listing; what a correction changed is told in the feed.
ALTER TABLE editions ADD COLUMN delivery TEXT;  -- fingerprint of the listing that was taken up last
ALTER TABLE changes ADD COLUMN added BIGINT;    -- entries, for superseded
ALTER TABLE changes ADD COLUMN changed BIGINT;
ALTER TABLE changes ADD COLUMN removed BIGINT;
