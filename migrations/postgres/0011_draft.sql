-- Frozen decisions apart from the rows of their mails: a row changes three times while its mail is sent, and SQLite writes it whole each
-- time. One that is pruned or forgotten has none.

CREATE TABLE draft (
    message BIGINT PRIMARY KEY,
    bytes   BYTEA  NOT NULL
);
INSERT INTO draft (message, bytes) SELECT id, draft FROM message WHERE length(draft) > 0;
ALTER TABLE message DROP COLUMN draft;

-- The index of the first letters of a Message-ID finds the whole one too.
DROP INDEX message_identified;
