-- What people say of themselves on the public pages: facts with their day and origin, never changed, the last of a key counts.

CREATE TABLE preference (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient TEXT   NOT NULL,
    key       TEXT   NOT NULL,
    value     TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    source    TEXT   NOT NULL
);
CREATE INDEX preference_recipient ON preference (recipient, key, id);

-- Links that were followed. Those of scanners and of programs that look ahead are kept apart.
CREATE TABLE click (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message   BIGINT NOT NULL,
    url       TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    automatic BIGINT NOT NULL
);
CREATE INDEX click_message ON click (message);

-- A token names a recipient: their mails must be found without a look at all others.
CREATE INDEX message_recipient ON message (recipient, campaign);
