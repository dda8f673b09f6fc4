-- What came back, and suppressions with several reasons: lifting one leaves the others.

CREATE TABLE suppression_reasons (
    key    TEXT   NOT NULL,
    reason TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    source TEXT   NOT NULL,
    PRIMARY KEY (key, reason)
);
INSERT INTO suppression_reasons (key, reason, at, source) SELECT key, reason, at, source FROM suppression;
DROP TABLE suppression;
ALTER TABLE suppression_reasons RENAME TO suppression;

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

-- Written with OR, one state alone is enough for SQLite to use it.
DROP INDEX message_held;
CREATE INDEX message_held ON message (lease) WHERE state = 'claimed' OR state = 'sending';
