-- The agent's memory. Times are Unix milliseconds; digests and study_uids are lower-case hexadecimal.

CREATE TABLE seen (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  at   INTEGER NOT NULL
) STRICT;

CREATE TABLE study (
  uid            TEXT PRIMARY KEY,
  id             TEXT NOT NULL,
  title          TEXT NOT NULL,
  plan           TEXT NOT NULL,
  state          INTEGER NOT NULL,
  approval       INTEGER NOT NULL,
  sites_approved INTEGER NOT NULL,
  sites_required INTEGER NOT NULL
) STRICT;

CREATE TABLE plan (
  digest TEXT PRIMARY KEY,
  bytes  BLOB NOT NULL
) STRICT;

CREATE TABLE decision (
  study     TEXT NOT NULL,
  plan      TEXT NOT NULL,
  manifest  TEXT NOT NULL,
  verdict   INTEGER NOT NULL,
  signature BLOB NOT NULL,
  at        INTEGER NOT NULL,
  paused    INTEGER NOT NULL CHECK (paused IN (0, 1)),
  PRIMARY KEY (study, plan)
) STRICT;

-- What was answered to which task: a payload or a decline. Only delivery changes afterwards; a trigger sees to that.
CREATE TABLE outbox (
  position          INTEGER PRIMARY KEY AUTOINCREMENT,
  study             TEXT NOT NULL,
  round             INTEGER NOT NULL,
  attempt           INTEGER NOT NULL,
  plan              TEXT NOT NULL,
  analysis          TEXT NOT NULL,
  step              TEXT NOT NULL,
  kind              INTEGER NOT NULL,
  written           INTEGER NOT NULL,
  checks            TEXT NOT NULL,
  payload_digest    TEXT,
  payload_bytes     INTEGER NOT NULL,
  seal              BLOB,
  decline_code      INTEGER,
  decline_where     TEXT,
  decline_counts    TEXT,
  state             INTEGER NOT NULL,
  settled           INTEGER,
  refusal           INTEGER,
  receipt_accepted  INTEGER,
  receipt_signature BLOB,
  UNIQUE (study, round, attempt),
  CHECK ((payload_digest IS NULL) = (seal IS NULL) AND (payload_digest IS NULL) <> (decline_code IS NULL))
) STRICT;

CREATE INDEX outbox_pending ON outbox (position) WHERE state = 1;

-- Apart from the list, so that a list reads no payload.
CREATE TABLE outbox_payload (
  position INTEGER PRIMARY KEY REFERENCES outbox (position),
  bytes    BLOB NOT NULL
) STRICT;

CREATE TRIGGER outbox_stays BEFORE UPDATE OF study, round, attempt, plan, analysis, step, kind, written, checks, payload_digest, payload_bytes, seal,
  decline_code, decline_where, decline_counts ON outbox
BEGIN SELECT RAISE(ABORT, 'an answer is never changed'); END;
CREATE TRIGGER outbox_kept BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'an answer is never deleted'); END;
CREATE TRIGGER outbox_payload_stays BEFORE UPDATE ON outbox_payload BEGIN SELECT RAISE(ABORT, 'a payload is never changed'); END;
CREATE TRIGGER outbox_payload_kept BEFORE DELETE ON outbox_payload BEGIN SELECT RAISE(ABORT, 'a payload is never deleted'); END;

CREATE TABLE harmonized (
  study    TEXT NOT NULL,
  plan     TEXT NOT NULL,
  analysis TEXT NOT NULL,
  row_ids  TEXT NOT NULL,
  features BLOB NOT NULL,
  scanners BLOB NOT NULL,
  PRIMARY KEY (study, plan, analysis)
) STRICT;

-- The hospital's own tables. A row's features are binary64, little endian, in the order of feature.position; a short row has no value for what follows.
CREATE TABLE data_version (
  only    INTEGER PRIMARY KEY CHECK (only = 1),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO data_version VALUES (1, 0);

CREATE TABLE feature (
  position INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE feature_row (
  row_id TEXT PRIMARY KEY,
  cells  BLOB NOT NULL
) STRICT;

-- A cohort row's cells are a JSON array of texts in the order of cohort_column.position; a short row has empty cells after its end.
CREATE TABLE cohort_column (
  position INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE cohort_row (
  row_id TEXT PRIMARY KEY,
  cells  TEXT NOT NULL
) STRICT;

PRAGMA user_version = 1;
