-- The site's ledger: canonical entries, in order, and the checkpoints its identity key signed over them. It only grows.

CREATE TABLE ledger (
  position INTEGER PRIMARY KEY CHECK (position >= 0),  -- 0, 1, 2, ...
  occasion TEXT NOT NULL UNIQUE,                       -- a repeat of the same thing has the same
  bytes    BLOB NOT NULL,
  leaf     BLOB NOT NULL CHECK (length(leaf) = 32)
) STRICT;

CREATE TRIGGER ledger_in_order BEFORE INSERT ON ledger WHEN NEW.position <> (SELECT count(*) FROM ledger)
BEGIN SELECT RAISE(ABORT, 'a ledger has no gaps'); END;
CREATE TRIGGER ledger_stays BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END;
CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END;

CREATE TABLE ledger_checkpoint (
  size INTEGER PRIMARY KEY CHECK (size >= 0),
  note TEXT NOT NULL
) STRICT;

CREATE TRIGGER ledger_checkpoint_stays BEFORE UPDATE ON ledger_checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER ledger_checkpoint_kept BEFORE DELETE ON ledger_checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END;

-- Payloads are encrypted with a key of this site from here on; those of earlier releases lie as they left.
ALTER TABLE outbox_payload ADD COLUMN encrypted INTEGER NOT NULL DEFAULT 0 CHECK (encrypted IN (0, 1));

-- Who decided, as the officer's command said.
ALTER TABLE decision ADD COLUMN officer TEXT;

PRAGMA user_version = 4;
