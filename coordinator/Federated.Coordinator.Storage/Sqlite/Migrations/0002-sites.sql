-- Who may come in. Times are Unix seconds.
CREATE TABLE sites (
    name TEXT NOT NULL PRIMARY KEY,
    identity_public_key BLOB NOT NULL,
    joined INTEGER NOT NULL,
    revoked INTEGER
) STRICT, WITHOUT ROWID;

-- The secret is needed until the invitation is used, because the site proves knowledge of it without sending it; then it is wiped.
CREATE TABLE invitations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 8),
    site TEXT NOT NULL,
    secret BLOB CHECK (secret IS NULL OR length(secret) = 32),
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER,
    -- What was asked with it, and what was answered: the same question again, after a lost reply, gets the same answer.
    request_digest BLOB CHECK (length(request_digest) = 32),
    certificate BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    site TEXT NOT NULL REFERENCES sites (name),
    issued INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    replaced INTEGER,
    revoked INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX certificates_by_site ON certificates (site);
