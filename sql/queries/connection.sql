-- What a connection and a unit of work begin with, and the register of migrations.

-- query: CONNECTION_SETUP
-- why:   sent once after connecting: names are found in our schema alone, nothing waits for ever
-- takes: statement_timeout text, lock_timeout text
-- gives: exactly-one   path text, statements text, locks text, idle text, zone text
SELECT set_config('search_path', 'mingda, pg_temp', false),
       set_config('statement_timeout', $1, false),
       set_config('lock_timeout', $2, false),
       set_config('idle_in_transaction_session_timeout', '60s', false),
       set_config('timezone', 'UTC', false);

-- query: SCOPE
-- why:   the first statement of every transaction: the agency and the person that row-level security fences by, and
--        the moment and civil day of the unit
-- takes: agency text, person text, as_auditor bool
-- gives: exactly-one   agency text, person text, moment timestamptz, today date, read_only text, role text
SELECT set_config('mingda.agency', $1, true), set_config('mingda.person', $2, true),
       date_trunc('second', mingda.moment()), mingda.today(),
       CASE WHEN $3 THEN set_config('transaction_read_only', 'on', true) ELSE 'off' END,
       CASE WHEN $3 AND pg_has_role('mingda_audit', 'MEMBER') THEN set_config('role', 'mingda_audit', true)
            ELSE session_user::text END;

-- query: MIGRATIONS
-- why:   what has been applied, to compare with the files
-- takes: nothing
-- gives: many   name text, sha256 bytea, applied timestamptz
-- scans: the register is read whole, and has a handful of rows
SELECT name, sha256, applied FROM mingda.migration ORDER BY name;

-- query: MIGRATION_ADD
-- why:   enters an applied file in the register
-- takes: name text, sha256 bytea
-- gives: none
INSERT INTO mingda.migration (name, sha256) VALUES ($1, $2);
