-- What the offer of a mail costs at most, in minor units of the project's currency: a budget counts it over all campaigns.

ALTER TABLE message ADD COLUMN cost BIGINT;
CREATE INDEX message_offer ON message (offer) WHERE offer IS NOT NULL;

-- Codes of the pools. One that was taken is never free again, also when the person who had it is forgotten.

CREATE TABLE coupon (
    code      TEXT   NOT NULL PRIMARY KEY,
    pool      TEXT   NOT NULL,
    no        BIGINT NOT NULL,
    campaign  TEXT,
    edition   TEXT,
    recipient TEXT,
    taken_at  BIGINT
);
CREATE UNIQUE INDEX coupon_mail ON coupon (recipient, campaign, edition);
CREATE INDEX coupon_free ON coupon (pool, no) WHERE taken_at IS NULL;
