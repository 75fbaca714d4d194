-- How often this database was opened by a gateway. One row.
CREATE TABLE database_owner (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    generation bigint  NOT NULL
);
INSERT INTO database_owner (generation) VALUES (0);

-- What every connection of a gateway begins with. While it lives no other gateway can open the
-- database, and once another one has, it fails. Each statement here sees what is committed by then.
CREATE FUNCTION join_gateway(opened bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_lock_shared(7018129296931645304) THEN
        RAISE EXCEPTION 'a gateway is opening this database' USING ERRCODE = 'lock_not_available';
    END IF;
    IF (SELECT generation FROM database_owner) <> opened THEN
        RAISE EXCEPTION 'another gateway has opened this database since' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
