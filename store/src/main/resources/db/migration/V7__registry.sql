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
