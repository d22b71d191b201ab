-- Masked sums: the hospitals an officer compared, how far this site is in each round, and every message that crossed for it.

CREATE TABLE roster (
  digest    TEXT PRIMARY KEY,
  hospitals TEXT NOT NULL  -- JSON
) STRICT;

ALTER TABLE decision ADD COLUMN roster TEXT;

-- The state is encrypted with a key of this site. A step that was taken is never taken back: a site that forgot what it signed could be made to sign twice.
CREATE TABLE masking (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  study    TEXT NOT NULL,
  round    INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  question TEXT NOT NULL,
  step     INTEGER NOT NULL,
  sealed   BLOB NOT NULL,
  UNIQUE (study, round, attempt)
) STRICT;

CREATE TRIGGER masking_goes_forward BEFORE UPDATE ON masking
WHEN NEW.step < OLD.step OR NEW.study <> OLD.study OR NEW.round <> OLD.round OR NEW.attempt <> OLD.attempt OR NEW.question <> OLD.question
BEGIN SELECT RAISE(ABORT, 'a step of the masking is never taken back'); END;
CREATE TRIGGER masking_kept BEFORE DELETE ON masking BEGIN SELECT RAISE(ABORT, 'what was masked is never forgotten'); END;

CREATE TABLE message (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  study    TEXT NOT NULL,
  round    INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  kind     INTEGER NOT NULL,
  content  TEXT NOT NULL,
  bytes    INTEGER NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

CREATE TRIGGER message_stays BEFORE UPDATE ON message BEGIN SELECT RAISE(ABORT, 'a message is never changed'); END;
CREATE TRIGGER message_kept BEFORE DELETE ON message BEGIN SELECT RAISE(ABORT, 'a message is never deleted'); END;

-- Behind a masked payload in the outbox: the payload in clear, encrypted with a key of this site.
CREATE TABLE outbox_clear (
  position INTEGER PRIMARY KEY REFERENCES outbox (position),
  sealed   BLOB NOT NULL
) STRICT;

CREATE TRIGGER outbox_clear_stays BEFORE UPDATE ON outbox_clear BEGIN SELECT RAISE(ABORT, 'a payload is never changed'); END;
CREATE TRIGGER outbox_clear_kept BEFORE DELETE ON outbox_clear BEGIN SELECT RAISE(ABORT, 'a payload is never deleted'); END;

PRAGMA user_version = 2;
