-- Features measured here, each under the protocol that defines it: two protocols never share a column.
CREATE TABLE measurement_protocol (
  digest   TEXT PRIMARY KEY,
  section  BLOB NOT NULL,          -- canonical JSON; its SHA-256 is the digest
  features TEXT NOT NULL           -- JSON array of names
) STRICT;

-- One scan of the hospital's list under one protocol. Cells are binary64, little endian, in the order of the protocol's features; absent unless it was measured.
-- Nothing here depends on when or in which order scans were measured.
CREATE TABLE measured_row (
  protocol   TEXT NOT NULL REFERENCES measurement_protocol (digest),
  row_id     TEXT NOT NULL,
  outcome    INTEGER NOT NULL CHECK (outcome IN (0, 7, 8)),  -- measured; left out by the protocol; not measurable
  reason     TEXT NOT NULL,        -- names of checks apart by commas, or one line
  inputs     TEXT NOT NULL,        -- digest of what it was measured from
  cells      BLOB,
  provenance TEXT NOT NULL,        -- JSON
  PRIMARY KEY (protocol, row_id),
  CHECK ((outcome = 0) = (cells IS NOT NULL))
) STRICT;

PRAGMA user_version = 3;
