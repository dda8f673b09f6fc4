-- When a mail was tried first: patience is counted from there. When mails went out: a warm-up counts those of a day at each claim.

ALTER TABLE message ADD COLUMN first_at BIGINT;
UPDATE message SET first_at = COALESCE(sending_at, claimed_at) WHERE state = 'deferred';

CREATE INDEX message_sending ON message (sending_at) WHERE sending_at IS NOT NULL;
