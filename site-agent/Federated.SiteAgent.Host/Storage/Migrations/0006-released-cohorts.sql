-- The differencing ledger: about which records numbers left, per set of variables. Records are 16 bytes of HMAC-SHA-256 under a key of this site: they can be compared, and name nobody.
CREATE TABLE released_cohort (
  position  INTEGER PRIMARY KEY AUTOINCREMENT,
  variables TEXT NOT NULL,
  digest    TEXT NOT NULL,  -- SHA-256 of records
  records   BLOB NOT NULL,
  UNIQUE (variables, digest)
) STRICT;

CREATE TRIGGER released_cohort_stays BEFORE UPDATE ON released_cohort BEGIN SELECT RAISE(ABORT, 'what was released is never changed'); END;
CREATE TRIGGER released_cohort_kept BEFORE DELETE ON released_cohort BEGIN SELECT RAISE(ABORT, 'what was released is never forgotten'); END;

PRAGMA user_version = 6;
