-- What came back, and suppressions with several reasons: lifting one leaves the others.

ALTER TABLE suppression DROP CONSTRAINT suppression_pkey;
ALTER TABLE suppression ADD PRIMARY KEY (key, reason);

-- Each thing that came back counts once, however often its file is read.
CREATE TABLE feedback (
    fingerprint TEXT   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    class       TEXT,
    message     BIGINT,
    at          BIGINT NOT NULL
);
CREATE INDEX feedback_message ON feedback (message) WHERE message IS NOT NULL;

CREATE INDEX message_identified ON message (message_id) WHERE message_id IS NOT NULL;
-- The token of a return path has room for the first letters only.
CREATE INDEX message_returned ON message (substr(message_id, 1, 20)) WHERE message_id IS NOT NULL;
CREATE INDEX message_address ON message (canonical);

DROP INDEX message_held;
CREATE INDEX message_held ON message (lease) WHERE state = 'claimed' OR state = 'sending';
