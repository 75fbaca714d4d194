-- What an agent that answers over REST said about a message it has processed.
CREATE TABLE message_results (
    agent_id      varchar(255) NOT NULL,
    mailbox_epoch bigint       NOT NULL,
    sequence      bigint       NOT NULL,
    result        bytea        NOT NULL,
    PRIMARY KEY (agent_id, mailbox_epoch, sequence)
);
ALTER TABLE message_results ALTER COLUMN result SET STORAGE EXTERNAL;
COMMENT ON COLUMN message_results.agent_id IS 'the recipient';
COMMENT ON COLUMN message_results.result IS 'sealed JSON';
