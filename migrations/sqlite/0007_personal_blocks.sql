-- How many blocks of a mail were above the general level: a cap counts them over all campaigns. Of older mails nobody knows.

ALTER TABLE message ADD COLUMN n_personal_blocks BIGINT NOT NULL DEFAULT 0;

-- What came back and is older than what is kept is found without reading all of it.

CREATE INDEX feedback_at ON feedback (at) WHERE message IS NOT NULL;
