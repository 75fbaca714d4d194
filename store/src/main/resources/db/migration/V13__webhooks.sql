-- How messages are posted to the endpoints of agents. An agent with an endpoint and no row here has no
-- secret yet, and nothing is posted to it: it was registered by an earlier gateway.
CREATE TABLE webhooks (
    agent_id        varchar(255) PRIMARY KEY REFERENCES agents (agent_id) ON DELETE CASCADE,
    secret          bytea        NOT NULL,
    previous_secret bytea,
    previous_until  timestamptz,
    concurrency     smallint,
    disabled_at     timestamptz,
    disabled_reason varchar(255),
    created_at      timestamptz  NOT NULL,
    rotated_at      timestamptz
);
COMMENT ON COLUMN webhooks.secret IS 'sealed';
COMMENT ON COLUMN webhooks.previous_secret IS 'sealed; signs as well until previous_until';
COMMENT ON COLUMN webhooks.concurrency IS 'null: as the gateway is configured';
COMMENT ON COLUMN webhooks.disabled_at IS 'its server has said that there is no such endpoint any more';

-- Attempts to post a message, kept for a while.
CREATE TABLE webhook_deliveries (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id      varchar(255) NOT NULL,
    message_id    uuid         NOT NULL,
    attempt       integer      NOT NULL,
    attempted_at  timestamptz  NOT NULL,
    duration_ms   integer      NOT NULL,
    status        varchar(16)  NOT NULL CHECK (status IN ('success', 'failed', 'timeout')),
    response_code smallint,
    response_body bytea,
    error         varchar(255)
);
COMMENT ON COLUMN webhook_deliveries.agent_id IS 'the recipient';
COMMENT ON COLUMN webhook_deliveries.response_code IS 'null: there was no response';
COMMENT ON COLUMN webhook_deliveries.response_body IS 'sealed; its beginning';
CREATE INDEX webhook_deliveries_agent ON webhook_deliveries (agent_id, id);
CREATE INDEX webhook_deliveries_message ON webhook_deliveries (message_id);
CREATE INDEX webhook_deliveries_attempted ON webhook_deliveries USING brin (attempted_at);
