-- What a POST with an Idempotency-Key came to, kept for a day, so that a repeat gets the same answer
-- from every node and after a restart.
CREATE TABLE idempotency_keys (
    caller     varchar(64)  NOT NULL,
    key        varchar(255) NOT NULL,
    request    bytea        NOT NULL,
    id         uuid         NOT NULL,
    started_at timestamptz  NOT NULL,
    released   boolean      NOT NULL DEFAULT false,
    status     smallint,
    answer     bytea,
    PRIMARY KEY (caller, key)
);
ALTER TABLE idempotency_keys ALTER COLUMN answer SET STORAGE EXTERNAL;
CREATE INDEX idempotency_keys_started ON idempotency_keys (started_at);
COMMENT ON COLUMN idempotency_keys.request IS 'SHA-256 of method, path and body';
COMMENT ON COLUMN idempotency_keys.id IS 'of what is made; an attempt that is made again makes the same';
COMMENT ON COLUMN idempotency_keys.released IS 'the attempt ended and nobody knows how: it may be made again';
COMMENT ON COLUMN idempotency_keys.answer IS 'sealed; null while it is under way';

-- The registry: what an agent says of itself. A column that is null stands for what an older gateway
-- did not write.
ALTER TABLE agents
    ADD COLUMN name         varchar(255),
    ADD COLUMN type         varchar(64)   NOT NULL DEFAULT 'agent',
    ADD COLUMN endpoint     varchar(2048),
    ADD COLUMN capabilities jsonb         NOT NULL DEFAULT '[]',
    ADD COLUMN status       varchar(16)   NOT NULL DEFAULT 'active'
                            CHECK (status IN ('active', 'inactive', 'maintenance')),
    ADD COLUMN updated_at   timestamptz   NOT NULL DEFAULT now(),
    ADD COLUMN version      bigint        NOT NULL DEFAULT 1;
COMMENT ON COLUMN agents.name IS 'null: as agent_id';
COMMENT ON COLUMN agents.capabilities IS 'an array of objects with a name and, perhaps, attributes';
COMMENT ON COLUMN agents.public_key IS 'null: it uses REST only, or has not joined yet';
UPDATE agents SET updated_at = created_at;
-- A name is free again once its agent is revoked; an id never is.
CREATE UNIQUE INDEX agents_name ON agents (organization_id, coalesce(name, agent_id))
    WHERE revoked_at IS NULL;
CREATE INDEX agents_capabilities ON agents USING gin (capabilities jsonb_path_ops);

-- Beside the agents, since it changes all the time.
CREATE TABLE agent_heartbeats (
    agent_id varchar(255) PRIMARY KEY REFERENCES agents (agent_id) ON DELETE CASCADE,
    beat_at  timestamptz  NOT NULL,
    state    varchar(8)   NOT NULL CHECK (state IN ('healthy', 'suspect', 'offline'))
) WITH (fillfactor = 50);
COMMENT ON COLUMN agent_heartbeats.state IS 'the last one that was told to whoever follows the registry';
CREATE INDEX agent_heartbeats_fading ON agent_heartbeats (beat_at) WHERE state <> 'offline';

ALTER TABLE agent_connections ADD COLUMN lost_at timestamptz;
COMMENT ON COLUMN agent_connections.lost_at IS 'when it was found that its gateway had gone without closing it';

-- What a key may do and for how long. A scope is one of those of the role; null is all of them.
ALTER TABLE api_keys
    ADD COLUMN scopes         text[],
    ADD COLUMN agent_id       varchar(255) REFERENCES agents (agent_id) ON DELETE CASCADE,
    ADD COLUMN expires_at     timestamptz,
    ADD COLUMN last_used_at   timestamptz,
    ADD COLUMN previous_hash  bytea UNIQUE,
    ADD COLUMN previous_until timestamptz,
    ADD COLUMN per_second     integer,
    ADD COLUMN burst          integer;
COMMENT ON COLUMN api_keys.agent_id IS 'whom it speaks for; null: for api.NAME';
COMMENT ON COLUMN api_keys.last_used_at IS 'to within a minute';
COMMENT ON COLUMN api_keys.previous_hash IS 'of the secret before the last rotation, good until previous_until';
COMMENT ON COLUMN api_keys.per_second IS 'null, and burst: as the gateway is configured';

-- Who may send to the agents of another organization. Within one everybody may.
CREATE TABLE access_rules (
    id                uuid PRIMARY KEY,
    from_organization varchar(64)  NOT NULL,
    to_organization   varchar(64)  NOT NULL REFERENCES organizations (id),
    message_type      varchar(64),
    created_at        timestamptz  NOT NULL
);
CREATE UNIQUE INDEX access_rules_once
    ON access_rules (to_organization, from_organization, coalesce(message_type, ''));
COMMENT ON COLUMN access_rules.message_type IS 'null: any';
