-- When a message that failed is tried again, and how often it failed.
ALTER TABLE message_queue
    ADD COLUMN failure_count   integer NOT NULL DEFAULT 0,
    ADD COLUMN next_attempt_at timestamptz,
    ADD COLUMN redriven_at     timestamptz;
COMMENT ON COLUMN message_queue.retry_count IS 'attempts after the first, whatever ended them';
COMMENT ON COLUMN message_queue.failure_count IS 'attempts that ended with a failure';
COMMENT ON COLUMN message_queue.redriven_at IS 'a dead letter was stored anew, with a later sequence';

CREATE INDEX message_queue_dead ON message_queue (finished_at)
    WHERE status = 'dead' AND redriven_at IS NULL;
