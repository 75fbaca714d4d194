-- Opens only with the storage key that everything else here is sealed with.
CREATE TABLE storage_key (
    only_row boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (only_row),
    sealed   bytea   NOT NULL
);
