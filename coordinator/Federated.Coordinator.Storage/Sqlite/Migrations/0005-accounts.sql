-- Who may look at the pages. Times are Unix seconds.
CREATE TABLE accounts (
    name TEXT NOT NULL PRIMARY KEY,
    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3),
    password_hash TEXT NOT NULL,
    stamp TEXT NOT NULL,
    created INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    last_visit INTEGER
) STRICT, WITHOUT ROWID;

-- Only the digest of a link is kept: who reads the database cannot use it.
CREATE TABLE set_up_links (
    token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    name TEXT NOT NULL UNIQUE,
    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3),
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
