-- Nodes of a cluster look who was shut out lately: what one tells the others over Redis may be lost.
CREATE INDEX agents_revoked ON agents (revoked_at) WHERE revoked_at IS NOT NULL;
