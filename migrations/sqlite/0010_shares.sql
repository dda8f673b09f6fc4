-- The shares of all arms when a person was drawn: a share that changes later is not what the split is judged by. Absent of places that
-- were kept from an earlier draw.

ALTER TABLE assignment ADD COLUMN shares TEXT;
