-- Where a project's sessions are kept when its auth settings say `"sessions": "postgres"`.
--
-- The node runs this itself, in the schema that the settings name or else the first of the connection's search path, unless the
-- table is there already. Where its user may not create tables, run it once by hand, and grant that user SELECT, INSERT, UPDATE and
-- DELETE on the table. The user must own it or be free of row-level security.
--
-- Of a session's secret only the SHA-256 is kept: the table tells nobody how to be a user. Times are in UTC.

CREATE TABLE IF NOT EXISTS portico_sessions (
  id             text        PRIMARY KEY,                -- public, random
  project        text        NOT NULL,                   -- several projects may share a database
  secret_sha256  bytea       NOT NULL CHECK (pg_catalog.octet_length(secret_sha256) = 32),
  user_id        text        NOT NULL,
  email          text,
  email_verified boolean     NOT NULL DEFAULT false,
  is_test        boolean     NOT NULL DEFAULT false,
  auth_time      timestamptz NOT NULL,                   -- when the user proved who they are
  amr            jsonb       NOT NULL DEFAULT '[]',      -- how: an array of strings
  amr_times      jsonb       NOT NULL DEFAULT '{}',      -- when each of these was, in seconds since 1970
  authz_version  bigint      NOT NULL DEFAULT 0,
  issuer         text,
  created_at     timestamptz NOT NULL DEFAULT pg_catalog.now(),
  expires_at     timestamptz NOT NULL,
  revoked_at     timestamptz                             -- null: it was not
);

-- For a user's sessions: listed youngest first, and ended all at once.
CREATE INDEX IF NOT EXISTS portico_sessions_of_user ON portico_sessions (project, user_id, created_at DESC);

-- For removing those that ended.
CREATE INDEX IF NOT EXISTS portico_sessions_by_end ON portico_sessions (expires_at);
