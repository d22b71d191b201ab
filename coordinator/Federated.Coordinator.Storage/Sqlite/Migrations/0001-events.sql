-- The events of every study. A stream's head is kept beside it, so that knowing whether anything is new costs one small read.
CREATE TABLE streams (
    name TEXT NOT NULL PRIMARY KEY,
    head INTEGER NOT NULL CHECK (head > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    data BLOB NOT NULL,
    UNIQUE (stream, sequence)
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_follow_without_a_gap BEFORE INSERT ON events
WHEN NEW.sequence <> COALESCE((SELECT MAX(sequence) FROM events WHERE stream = NEW.stream), 0) + 1
BEGIN SELECT RAISE(ABORT, 'events follow each other without a gap'); END;
