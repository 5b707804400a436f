-- The ledger's journal. Amounts are nano-dollars, instants are microseconds since 1970 in UTC.
-- `postings` is a JSON array of [account, window_start, amount]: which account moved in which period, and by how much.

-- A number for each account, so that a posting stays small.
CREATE TABLE accounts (
    id     INTEGER PRIMARY KEY,
    scope  TEXT NOT NULL,
    name   TEXT NOT NULL,
    member TEXT NOT NULL,
    model  TEXT NOT NULL,
    UNIQUE (scope, name, member, model)
) STRICT;

-- What each account has spent in each of its periods: always opening + sealed + the postings of `spend` after the seal.
CREATE TABLE balances (
    account      INTEGER NOT NULL REFERENCES accounts,
    window_start INTEGER NOT NULL,
    window_end   INTEGER,
    opening      INTEGER NOT NULL DEFAULT 0,
    sealed       INTEGER NOT NULL DEFAULT 0,
    spent        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, window_start)
) STRICT, WITHOUT ROWID;

-- Up to which row of `spend` the balances were found to be right.
CREATE TABLE seal (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    through INTEGER NOT NULL
) STRICT;
INSERT INTO seal VALUES (1, 0);

-- What running requests hold. A request's parts add up; all go when it is settled.
CREATE TABLE holds (
    request       BLOB NOT NULL,
    part          INTEGER NOT NULL,
    admitted_at   INTEGER NOT NULL,
    postings      TEXT NOT NULL,
    key_hash      BLOB,
    key_alias     TEXT,
    team          TEXT,
    user          TEXT,
    organization  TEXT,
    model         TEXT NOT NULL,
    route         TEXT NOT NULL,
    tags          TEXT,
    price_version TEXT,
    PRIMARY KEY (request, part)
) STRICT, WITHOUT ROWID;

-- The spend log: every billed attempt once, in the order of commits.
CREATE TABLE spend (
    id                    INTEGER PRIMARY KEY,
    request               BLOB NOT NULL,
    attempt               INTEGER NOT NULL,
    admitted_at           INTEGER NOT NULL,
    cost                  INTEGER NOT NULL,
    postings              TEXT NOT NULL,
    key_hash              BLOB,
    key_alias             TEXT,
    team                  TEXT,
    user                  TEXT,
    organization          TEXT,
    model                 TEXT NOT NULL,
    route                 TEXT NOT NULL,
    tags                  TEXT,
    price_version         TEXT,
    provider              TEXT,
    deployment            TEXT,
    upstream_model        TEXT,
    outcome               TEXT NOT NULL,
    flags                 INTEGER NOT NULL,
    status                INTEGER NOT NULL DEFAULT 0,
    duration_ms           INTEGER NOT NULL DEFAULT 0,
    first_byte_ms         INTEGER,
    service_tier          TEXT NOT NULL DEFAULT 'standard',
    input_tokens          INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens     INTEGER NOT NULL DEFAULT 0,
    cache_write_5m_tokens INTEGER NOT NULL DEFAULT 0,
    cache_write_1h_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens         INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens      INTEGER NOT NULL DEFAULT 0,
    audio_input_tokens    INTEGER NOT NULL DEFAULT 0,
    audio_output_tokens   INTEGER NOT NULL DEFAULT 0,
    image_input_tokens    INTEGER NOT NULL DEFAULT 0,
    image_output_tokens   INTEGER NOT NULL DEFAULT 0,
    images                INTEGER NOT NULL DEFAULT 0,
    audio_seconds         INTEGER NOT NULL DEFAULT 0,
    characters            INTEGER NOT NULL DEFAULT 0,
    search_units          INTEGER NOT NULL DEFAULT 0,
    web_searches          INTEGER NOT NULL DEFAULT 0,
    UNIQUE (request, attempt)
) STRICT;
