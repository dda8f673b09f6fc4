-- Who was assigned to which arm, held-out people too: everybody counts in the arm of their first assignment, whatever was sent.
-- The edition is that of the first assignment. A changed share is another experiment.

CREATE TABLE assignment (
    campaign   TEXT   NOT NULL,
    experiment TEXT   NOT NULL,
    recipient  TEXT   NOT NULL,
    edition    TEXT   NOT NULL,
    arm        TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (campaign, experiment, recipient)
);
