-- How long what is kept of an organization is kept, in days; 0 for ever, null as configured.
ALTER TABLE organizations ADD COLUMN retention smallint CHECK (retention IN (0, 30, 90, 365));

-- The audit trail: pages of entries, each with the hash of the page in front of it. Times are Unix
-- milliseconds, as they are hashed.
CREATE TABLE audit_pages (
    retention    smallint    NOT NULL,
    organization varchar(64) NOT NULL,
    stream       smallint    NOT NULL,
    journal      bigint      NOT NULL,
    number       bigint      NOT NULL,
    at           bigint      NOT NULL,
    first_at     bigint      NOT NULL,
    last_at      bigint      NOT NULL,
    entries      integer     NOT NULL,
    keys         bytea       NOT NULL,
    previous_at  bigint      NOT NULL,
    previous     bytea       NOT NULL,
    hash         bytea       NOT NULL,
    body         bytea       NOT NULL,
    signature    bytea,
    PRIMARY KEY (retention, organization, stream, journal, number, at)
) PARTITION BY LIST (retention);
-- Ids and hashes do not get shorter by compression.
ALTER TABLE audit_pages ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE audit_pages ALTER COLUMN keys SET STORAGE EXTERNAL;
CREATE INDEX audit_pages_at ON audit_pages (organization, at);
COMMENT ON COLUMN audit_pages.organization IS '@gateway for what belongs to none';
COMMENT ON COLUMN audit_pages.stream IS '0 checkpoints, 1 messages, 2 sessions and actions';
COMMENT ON COLUMN audit_pages.journal IS 'the run of a gateway that wrote it; 0 for checkpoints';
COMMENT ON COLUMN audit_pages.keys IS 'a Bloom filter of the ids and agents in it';
COMMENT ON COLUMN audit_pages.signature IS 'of checkpoints, by a gateway''s identity';

-- What has no partition for its time, because none could be made, goes into the last ones.
CREATE TABLE audit_pages_30 PARTITION OF audit_pages FOR VALUES IN (30) PARTITION BY RANGE (at);
CREATE TABLE audit_pages_30_rest PARTITION OF audit_pages_30 DEFAULT;
CREATE TABLE audit_pages_90 PARTITION OF audit_pages FOR VALUES IN (90) PARTITION BY RANGE (at);
CREATE TABLE audit_pages_90_rest PARTITION OF audit_pages_90 DEFAULT;
CREATE TABLE audit_pages_365 PARTITION OF audit_pages FOR VALUES IN (365) PARTITION BY RANGE (at);
CREATE TABLE audit_pages_365_rest PARTITION OF audit_pages_365 DEFAULT;
CREATE TABLE audit_pages_0 PARTITION OF audit_pages FOR VALUES IN (0) PARTITION BY RANGE (at);
CREATE TABLE audit_pages_0_rest PARTITION OF audit_pages_0 DEFAULT;

-- The last page of each chain, and up to which page it was signed for.
CREATE TABLE audit_chains (
    organization varchar(64) NOT NULL,
    retention    smallint    NOT NULL,
    stream       smallint    NOT NULL,
    journal      bigint      NOT NULL,
    number       bigint      NOT NULL,
    at           bigint      NOT NULL,
    hash         bytea       NOT NULL,
    signed       bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (journal, stream, organization, retention)
) WITH (fillfactor = 50);
CREATE INDEX audit_chains_unsigned ON audit_chains (journal) WHERE number > signed;

ALTER TABLE message_queue ADD COLUMN erased_at timestamptz;
COMMENT ON COLUMN message_queue.erased_at IS 'its payload was removed for good: encrypted_payload is empty';
