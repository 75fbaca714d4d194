-- Work that an agent has put off or failed with, and that may move on to another one: few rows, which
-- were looked for among all that is open.
CREATE INDEX message_queue_put_off ON message_queue (agent_id, sequence)
    WHERE routed_to IS NOT NULL AND status IN ('pending', 'delivered') AND agent_id NOT LIKE 'cap:%'
        AND failure_count > 0;
