-- What each number of a sum in the outbox means: names, shapes and units of its blocks (JSON), so that an officer can read the numbers and not only the bytes.
CREATE TABLE outbox_layout (
  position INTEGER PRIMARY KEY REFERENCES outbox (position),
  blocks   TEXT NOT NULL,
  packed   TEXT NOT NULL
) STRICT;

CREATE TRIGGER outbox_layout_stays BEFORE UPDATE ON outbox_layout BEGIN SELECT RAISE(ABORT, 'a layout is never changed'); END;
CREATE TRIGGER outbox_layout_kept BEFORE DELETE ON outbox_layout BEGIN SELECT RAISE(ABORT, 'a layout is never deleted'); END;

PRAGMA user_version = 7;
