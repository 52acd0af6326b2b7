-- What the change feed told last of each dataset's description: a node that finds another one tells it, once.
CREATE TABLE dataset_descriptions (
    dataset TEXT  NOT NULL PRIMARY KEY,
    sha256  BYTEA NOT NULL
);
