-- Each run of a gateway writes a journal of its own. Segment numbers begin with the journal's id:
-- id * 2^40 + 1, and so on. A row is here until all of its journal are rows.
CREATE TABLE journals (
    id         bigint       PRIMARY KEY CHECK (id < 8388608),
    node       varchar(255) NOT NULL,
    member     boolean      NOT NULL,
    state      varchar(16)  NOT NULL CHECK (state IN ('open', 'taken-over')),
    beat       bigint       NOT NULL DEFAULT 0,
    opened_at  timestamptz  NOT NULL
) WITH (fillfactor = 50);
COMMENT ON COLUMN journals.member IS 'false: its gateway had the database for itself, and every mailbox';
COMMENT ON COLUMN journals.beat IS 'grows while its gateway lives';
CREATE SEQUENCE journal_ids MINVALUE 1;
INSERT INTO journals (id, node, member, state, opened_at) VALUES (0, 'before', false, 'open', now());

-- A table of its own: whoever writes rows locks it, which must neither hold up a heartbeat nor
-- whoever takes the journal over.
ALTER TABLE journal_checkpoint DROP COLUMN only_row;
ALTER TABLE journal_checkpoint ADD COLUMN journal bigint NOT NULL DEFAULT 0 PRIMARY KEY;
ALTER TABLE journal_checkpoint ALTER COLUMN journal DROP DEFAULT;
COMMENT ON COLUMN journal_checkpoint.segment IS 'the last one of the journal whose messages are rows';
COMMENT ON TABLE journal_void IS 'segments in these ranges count as never written: their entries were refused';

-- Who may give out sequences in a mailbox: an open journal, or nobody where there is none with that
-- id. Without meaning while a gateway has the database for itself.
ALTER TABLE mailboxes
    ADD COLUMN owner        bigint NOT NULL DEFAULT 0,
    ADD COLUMN wanted_by    bigint,
    ADD COLUMN newest_slice bigint NOT NULL DEFAULT 0,
    ADD COLUMN logins       bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN mailboxes.logins IS 'grows with each login of the agent in a cluster';
COMMENT ON COLUMN mailboxes.wanted_by IS 'the journal that asks the owner to let go';
COMMENT ON COLUMN mailboxes.newest_slice IS 'the highest first 40 bits of an id in it';
UPDATE mailboxes m SET newest_slice = q.slice
    FROM (SELECT agent_id, max(('x' || replace(substr(id::text, 1, 11), '-', ''))::bit(40)::bigint) AS slice
          FROM message_queue GROUP BY agent_id) q
    WHERE q.agent_id = m.agent_id;
CREATE INDEX mailboxes_wanted ON mailboxes (owner) WHERE wanted_by IS NOT NULL;

ALTER TABLE agent_connections ADD COLUMN journal bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN agent_connections.journal IS 'of the gateway that it is, or was, connected to';

-- What nodes tell each other while Redis is away. Its reader deletes it; sealed.
CREATE TABLE node_mail (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    to_node   bigint NOT NULL,
    from_node bigint NOT NULL,
    frame     bytea  NOT NULL,
    PRIMARY KEY (to_node, id)
);
ALTER TABLE node_mail ALTER COLUMN frame SET STORAGE EXTERNAL;

-- What every connection of a gateway begins with. While it lives nobody can take its journal over,
-- and once somebody has, it fails. Each statement here sees what is committed by then.
DROP FUNCTION join_gateway(bigint);
DROP TABLE database_owner;
CREATE FUNCTION join_journal(journal bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_lock_shared(1634101607, journal::integer) THEN
        RAISE EXCEPTION 'journal % is being taken over', journal USING ERRCODE = 'lock_not_available';
    END IF;
    IF NOT EXISTS (SELECT FROM journals WHERE id = journal AND state = 'open') THEN
        RAISE EXCEPTION 'another gateway has taken over journal %', journal USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
