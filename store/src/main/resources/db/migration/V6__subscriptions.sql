-- Durable subscriptions to topics: they outlive the session of their agent and the gateway.
CREATE TABLE subscriptions (
    agent_id      varchar(255) NOT NULL REFERENCES agents (agent_id) ON DELETE CASCADE,
    id            uuid         NOT NULL,
    pattern       varchar(255) NOT NULL,
    filter_keys   text[]       NOT NULL,
    filter_values text[]       NOT NULL,
    queue_group   varchar(64),
    created_at    timestamptz  NOT NULL,
    PRIMARY KEY (agent_id, id),
    CHECK (cardinality(filter_keys) = cardinality(filter_values))
);
COMMENT ON COLUMN subscriptions.id IS 'chosen by the agent';
