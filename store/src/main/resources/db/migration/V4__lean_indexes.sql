-- Most messages are processed before they become a row. Nobody looks for those by their place in a
-- mailbox: only what is open, or ended otherwise, is in that index.
CREATE UNIQUE INDEX message_queue_unprocessed ON message_queue (agent_id, mailbox_epoch, sequence)
    WHERE status <> 'processed';
ALTER TABLE message_queue DROP CONSTRAINT message_queue_pkey;
