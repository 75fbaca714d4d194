-- What the journal is: one sealed segment per group commit.
CREATE TABLE journal (
    segment bigint PRIMARY KEY,
    entries integer NOT NULL,
    body    bytea   NOT NULL
);
ALTER TABLE journal ALTER COLUMN body SET STORAGE EXTERNAL;

-- Segments in these ranges count as never written: their entries were refused.
CREATE TABLE journal_void (
    first_segment bigint PRIMARY KEY,
    last_segment  bigint NOT NULL CHECK (last_segment >= first_segment)
);

-- How far the projections have come. One row.
CREATE TABLE journal_checkpoint (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    segment  bigint  NOT NULL
);
INSERT INTO journal_checkpoint (segment) VALUES (0);

CREATE TABLE mailboxes (
    agent_id      varchar(255) PRIMARY KEY,
    epoch         bigint NOT NULL,
    next_sequence bigint NOT NULL
);

CREATE TABLE message_queue (
    id                uuid         NOT NULL,
    agent_id          varchar(255) NOT NULL,
    channel           varchar(255),
    message_type      varchar(64)  NOT NULL,
    payload           bytea,
    encrypted_payload bytea        NOT NULL,
    nonce             bytea,
    signature         bytea,
    status            varchar(50)  NOT NULL,
    retry_count       integer      NOT NULL DEFAULT 0,
    created_at        timestamptz  NOT NULL,
    sender_id         varchar(255) NOT NULL,
    mailbox_epoch     bigint       NOT NULL,
    sequence          bigint       NOT NULL,
    kind              smallint     NOT NULL,
    priority          smallint     NOT NULL,
    guarantee         smallint     NOT NULL,
    conversation_id   uuid,
    correlation_id    uuid,
    digest            bigint       NOT NULL,
    size              integer      NOT NULL,
    expires_at        timestamptz,
    delivered_at      timestamptz,
    processed_at      timestamptz,
    finished_at       timestamptz,
    reason            varchar(255),
    window_id         uuid,
    leaf_index        integer,
    PRIMARY KEY (agent_id, mailbox_epoch, sequence)
);
ALTER TABLE message_queue ALTER COLUMN encrypted_payload SET STORAGE EXTERNAL;
COMMENT ON COLUMN message_queue.agent_id IS 'the recipient';
COMMENT ON COLUMN message_queue.payload IS 'null: the whole envelope is sealed in encrypted_payload';
COMMENT ON COLUMN message_queue.nonce IS 'the IV of encrypted_payload';
COMMENT ON COLUMN message_queue.signature IS 'of the signing window that covers the message';

CREATE INDEX message_queue_pending ON message_queue (agent_id, priority, sequence)
    WHERE status IN ('pending', 'delivered');
-- Not unique: an id may come again from another sender, or after its dedupe window.
CREATE INDEX message_queue_id ON message_queue (id);
CREATE INDEX message_queue_expiring ON message_queue (expires_at)
    WHERE status IN ('pending', 'delivered') AND expires_at IS NOT NULL;
CREATE INDEX message_queue_created ON message_queue USING brin (created_at);

-- Steps that are not the plain way from pending over delivered to processed.
CREATE TABLE message_delivery_log (
    agent_id      varchar(255) NOT NULL,
    mailbox_epoch bigint       NOT NULL,
    sequence      bigint       NOT NULL,
    segment       bigint       NOT NULL,
    position      integer      NOT NULL,
    attempted_at  timestamptz  NOT NULL,
    status        varchar(50)  NOT NULL,
    reason        varchar(255),
    PRIMARY KEY (agent_id, mailbox_epoch, sequence, segment, position)
);

CREATE TABLE signing_windows (
    id           uuid PRIMARY KEY,
    agent_id     varchar(255) NOT NULL,
    session_hash bytea        NOT NULL,
    first_index  bigint       NOT NULL,
    leaf_hashes  bytea        NOT NULL,
    signature    bytea        NOT NULL,
    agent_key    bytea        NOT NULL,
    signed_at    timestamptz  NOT NULL
);

CREATE TABLE organizations (
    id         varchar(64) PRIMARY KEY,
    name       varchar(255) NOT NULL,
    created_at timestamptz  NOT NULL
);
INSERT INTO organizations (id, name, created_at) VALUES ('default', 'Default', now());

CREATE TABLE agents (
    agent_id        varchar(255) PRIMARY KEY,
    organization_id varchar(64) NOT NULL REFERENCES organizations (id),
    public_key      bytea,
    created_at      timestamptz NOT NULL,
    revoked_at      timestamptz
);

CREATE TABLE join_tokens (
    token_hash      bytea PRIMARY KEY,
    organization_id varchar(64) NOT NULL REFERENCES organizations (id),
    agent_id        varchar(255),
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    redeemed_at     timestamptz,
    redeemed_by     varchar(255)
);

CREATE TABLE api_keys (
    id              uuid PRIMARY KEY,
    key_hash        bytea        NOT NULL UNIQUE,
    role            varchar(16)  NOT NULL CHECK (role IN ('admin', 'sender', 'viewer')),
    organization_id varchar(64)  NOT NULL REFERENCES organizations (id),
    name            varchar(255) NOT NULL,
    created_at      timestamptz  NOT NULL,
    revoked_at      timestamptz
);

CREATE TABLE agent_connections (
    id            uuid PRIMARY KEY,
    agent_id      varchar(255) NOT NULL UNIQUE,
    public_key    bytea        NOT NULL,
    session_token bytea        NOT NULL,
    connected_at  timestamptz  NOT NULL,
    last_seen     timestamptz  NOT NULL,
    is_active     boolean      NOT NULL
);
COMMENT ON COLUMN agent_connections.session_token IS 'SHA-256 of the token';
CREATE INDEX agent_connections_token ON agent_connections (session_token);

CREATE TABLE audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz  NOT NULL,
    actor      varchar(255) NOT NULL,
    action     varchar(64)  NOT NULL,
    subject    varchar(255) NOT NULL,
    detail     varchar(1024)
);
CREATE INDEX audit_log_at ON audit_log USING brin (at);
