-- What one transaction that made rows has counted. Short-lived: a background task adds these rows to
-- the table below and deletes them, in one transaction.
CREATE TABLE statistics_batches (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body bytea  NOT NULL
);
ALTER TABLE statistics_batches ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON COLUMN statistics_batches.body IS 'counts by hour, sender, recipient and type';

-- Counts of messages by hour and by day, UTC.
CREATE TABLE statistics (
    organization_id varchar(64)  NOT NULL,
    dimension       smallint     NOT NULL,
    width           smallint     NOT NULL,
    start_hour      integer      NOT NULL,
    key             varchar(255) NOT NULL,
    other           varchar(255) NOT NULL,
    sent            bigint       NOT NULL,
    sent_bytes      bigint       NOT NULL,
    received        bigint       NOT NULL,
    received_bytes  bigint       NOT NULL,
    redriven        bigint       NOT NULL,
    retries         bigint       NOT NULL,
    failures        bigint       NOT NULL,
    processed       bigint       NOT NULL,
    failed          bigint       NOT NULL,
    expired         bigint       NOT NULL,
    dead            bigint       NOT NULL,
    times           bytea,
    PRIMARY KEY (organization_id, dimension, width, start_hour, key, other)
) WITH (fillfactor = 80);
COMMENT ON TABLE statistics IS 'of the organization of the recipient; empty where nobody knows it';
COMMENT ON COLUMN statistics.dimension IS '0 all, 1 by type, 2 by agent, 3 by sender (key) and recipient (other)';
COMMENT ON COLUMN statistics.width IS 'how many hours: 1 or 24';
COMMENT ON COLUMN statistics.start_hour IS 'since 1970';
COMMENT ON COLUMN statistics.times IS 'histogram of the times from acceptance to processed';

-- Lists of messages, newest first: which parts of the table can have what is asked for. Near to free
-- for whoever inserts, where a B-tree of each column would not be.
DROP INDEX message_queue_created;
CREATE INDEX message_queue_lists ON message_queue USING brin (
    created_at,
    agent_id text_bloom_ops (n_distinct_per_range = 400, false_positive_rate = 0.01),
    sender_id text_bloom_ops (n_distinct_per_range = 400, false_positive_rate = 0.01),
    conversation_id uuid_bloom_ops (n_distinct_per_range = 800, false_positive_rate = 0.01)
) WITH (pages_per_range = 32, autosummarize = on);
