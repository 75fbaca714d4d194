-- Lists of messages that find little. What two agents exchanged: their pair is in fewer ranges than
-- both of them are. Conversations have an index of their own: only messages that belong to one cost
-- something. So do those that ended badly, which are few. And a span of time alone is found in an
-- index that is small.
DROP INDEX message_queue_lists;
CREATE INDEX message_queue_lists ON message_queue USING brin (
    created_at,
    agent_id text_bloom_ops (n_distinct_per_range = 400, false_positive_rate = 0.01),
    sender_id text_bloom_ops (n_distinct_per_range = 400, false_positive_rate = 0.01),
    (hashtextextended(sender_id, hashtextextended(agent_id, 0)))
        int8_bloom_ops (n_distinct_per_range = 400, false_positive_rate = 0.005)
) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX message_queue_times ON message_queue USING brin (created_at)
    WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX message_queue_conversation ON message_queue (conversation_id, created_at)
    WHERE conversation_id IS NOT NULL;
CREATE INDEX message_queue_ended ON message_queue (status, created_at)
    WHERE status IN ('failed', 'expired', 'dead');
