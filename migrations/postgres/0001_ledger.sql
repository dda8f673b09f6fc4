-- What relance did. Instants are microseconds since 1970 in UTC; flags are 0 or 1.

CREATE TABLE run (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign   TEXT   NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT,
    counts     TEXT   NOT NULL DEFAULT '{}',
    summary    TEXT   NOT NULL DEFAULT '{}'
);

CREATE TABLE message (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign     TEXT   NOT NULL,
    edition      TEXT   NOT NULL,
    recipient    TEXT   NOT NULL,
    run          BIGINT NOT NULL,
    state        TEXT   NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'claimed', 'sending', 'sent', 'deferred',
                                                                    'bounced', 'failed', 'uncertain', 'cancelled', 'expired')),
    attempt      BIGINT NOT NULL DEFAULT 0,
    lease        BIGINT,
    address      TEXT   NOT NULL,
    canonical    TEXT   NOT NULL,
    address_hash TEXT,
    locale       TEXT   NOT NULL,
    compulsory   BIGINT NOT NULL,
    planned_for  BIGINT NOT NULL,
    not_before   BIGINT NOT NULL,
    expires_at   BIGINT,
    draft        BYTEA  NOT NULL,
    products     TEXT   NOT NULL DEFAULT '[]',
    offer        TEXT,
    message_id   TEXT,
    reply        TEXT,
    reply_class  TEXT,
    claimed_at   BIGINT,
    sending_at   BIGINT,
    ended_at     BIGINT,
    UNIQUE (campaign, edition, recipient)
);

CREATE INDEX message_due ON message (campaign, not_before, id) WHERE state IN ('planned', 'deferred');
CREATE INDEX message_held ON message (lease) WHERE state IN ('claimed', 'sending');
CREATE INDEX message_uncertain ON message (id) WHERE state = 'uncertain';
CREATE INDEX message_past ON message (planned_for);

-- One sender at work. The id is the fencing token: what a sender writes counts only while its rows still carry it.
CREATE TABLE lease (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign   TEXT   NOT NULL,
    host       TEXT   NOT NULL,
    space      TEXT   NOT NULL,
    pid        BIGINT NOT NULL,
    shared     BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX lease_campaign ON lease (campaign);

-- The key is a canonical address, or `#` and the keyed hash of a forgotten one.
CREATE TABLE suppression (
    key    TEXT   NOT NULL PRIMARY KEY,
    reason TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    source TEXT   NOT NULL
);

CREATE TABLE plan_summary (
    campaign TEXT   NOT NULL,
    edition  TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    totals   TEXT   NOT NULL,
    PRIMARY KEY (campaign, edition)
);
