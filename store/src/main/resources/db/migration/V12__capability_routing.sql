-- Work whose recipient the gateway chooses, and may choose again: by which address. Until somebody is
-- chosen it is in a mailbox cap:ORGANIZATION#NUMBER. A row whose status is 'moved' has in its reason
-- who has the message next.
ALTER TABLE message_queue ADD COLUMN routed_to varchar(262);
COMMENT ON COLUMN message_queue.routed_to IS 'the address that the recipient was chosen by; null: its sender named it';
COMMENT ON COLUMN message_queue.redriven_at IS 'a dead letter was stored anew, with a later sequence; a moved message is where its reason says';

CREATE INDEX message_queue_routed ON message_queue (agent_id, sequence)
    WHERE routed_to IS NOT NULL AND status IN ('pending', 'delivered') AND agent_id NOT LIKE 'cap:%';
CREATE INDEX message_queue_moving ON message_queue (finished_at)
    WHERE status = 'moved' AND redriven_at IS NULL;
CREATE INDEX mailboxes_pools ON mailboxes (agent_id) WHERE agent_id LIKE 'cap:%';
CREATE INDEX agents_able ON agents (agent_id)
    WHERE capabilities <> '[]' AND revoked_at IS NULL AND status = 'active';
