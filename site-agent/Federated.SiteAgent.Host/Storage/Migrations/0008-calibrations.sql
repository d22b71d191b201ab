-- What phantoms settled, one row per calibration, signed by the site's identity key. Nothing is changed or removed: a newer version takes its place.
CREATE TABLE calibration (
  version        INTEGER PRIMARY KEY,
  scanner        TEXT NOT NULL,
  reconstruction TEXT NOT NULL,
  software       TEXT NOT NULL,
  valid_from     TEXT NOT NULL,   -- yyyy-MM-dd
  valid_to       TEXT NOT NULL,
  factor         REAL,
  noise          REAL NOT NULL,
  fwhm           REAL,
  recoveries     TEXT NOT NULL,   -- JSON array of numbers
  filters        TEXT NOT NULL,   -- JSON array of { standard, fwhmMillimetres }
  series         TEXT NOT NULL,
  made           TEXT NOT NULL,   -- ISO 8601, UTC
  signature      BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

CREATE TRIGGER calibration_stays BEFORE UPDATE ON calibration BEGIN SELECT RAISE(ABORT, 'a calibration is never changed'); END;
CREATE TRIGGER calibration_kept BEFORE DELETE ON calibration BEGIN SELECT RAISE(ABORT, 'a calibration is never deleted'); END;

PRAGMA user_version = 8;
