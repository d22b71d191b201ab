-- Checkpoints of the coordinator's ledger that were found to continue each other; the last one is what the next must continue.
CREATE TABLE coordinator_checkpoint (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  note     TEXT NOT NULL
) STRICT;

CREATE TRIGGER coordinator_checkpoint_stays BEFORE UPDATE ON coordinator_checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER coordinator_checkpoint_kept BEFORE DELETE ON coordinator_checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END;

PRAGMA user_version = 5;
