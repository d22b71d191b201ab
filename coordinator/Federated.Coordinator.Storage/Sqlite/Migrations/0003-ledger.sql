-- The coordinator's ledger: canonical entries, one per event of every study, the checkpoints its identity key signed over them, and who cosigned those. It only grows.
CREATE TABLE ledger (
    position INTEGER PRIMARY KEY CHECK (position >= 0),
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    bytes BLOB NOT NULL,
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    UNIQUE (stream, sequence)
) STRICT;

CREATE TRIGGER ledger_has_no_gaps BEFORE INSERT ON ledger WHEN NEW.position <> (SELECT COUNT(*) FROM ledger)
BEGIN SELECT RAISE(ABORT, 'a ledger has no gaps'); END;
CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END;
CREATE TRIGGER ledger_is_never_removed BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END;

CREATE TABLE ledger_checkpoints (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    note TEXT NOT NULL
) STRICT;

CREATE TRIGGER ledger_checkpoints_are_never_changed BEFORE UPDATE ON ledger_checkpoints BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER ledger_checkpoints_are_never_removed BEFORE DELETE ON ledger_checkpoints BEGIN SELECT RAISE(ABORT, 'a checkpoint is never removed'); END;

CREATE TABLE ledger_cosignatures (
    size INTEGER NOT NULL REFERENCES ledger_checkpoints (size),
    name TEXT NOT NULL,
    key_id INTEGER NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (size, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ledger_cosignatures_are_never_changed BEFORE UPDATE ON ledger_cosignatures BEGIN SELECT RAISE(ABORT, 'a cosignature is never changed'); END;
CREATE TRIGGER ledger_cosignatures_are_never_removed BEFORE DELETE ON ledger_cosignatures BEGIN SELECT RAISE(ABORT, 'a cosignature is never removed'); END;
