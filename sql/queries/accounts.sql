-- People of the office, their roles and sessions.

-- query: PERSON_BY_LOGIN
-- why:   signing in; an account that is not active is found too, so that both answers take the same way
-- takes: login text
-- gives: at-most-one   person int8, name text, hash text, active bool
SELECT person_id, name, hash, active FROM mingda.person WHERE login = $1;

-- query: PERSON_AGENCIES
-- why:   where somebody who signs in belongs; the first one is entered
-- takes: person int8
-- gives: many   agency int4, agency_name text, roles text
SELECT r.agency_id, a.name, string_agg(r.role, ' ' ORDER BY r.role)
FROM mingda.person_role r JOIN mingda.agency a ON a.agency_id = r.agency_id
WHERE r.person_id = $1 GROUP BY r.agency_id, a.name ORDER BY r.agency_id;

-- query: PERSON_ADD
-- why:   mingda account add, as owner
-- takes: login text, name text, hash text
-- gives: exactly-one   person int8
INSERT INTO mingda.person (login, name, hash) VALUES ($1, $2, $3)
ON CONFLICT (login) DO UPDATE SET name = excluded.name, hash = excluded.hash, active = true RETURNING person_id;

-- query: PERSON_ROLE_ADD
-- why:   mingda account add, as owner
-- takes: agency int4, person int8, role text
-- gives: none
INSERT INTO mingda.person_role (agency_id, person_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- query: PEOPLE_WITH_ROLE
-- why:   whom a form may name (the handler of a dossier), within the session's agency
-- takes: role text
-- gives: many   person int8, name text, login text
SELECT p.person_id, p.name, p.login
FROM mingda.person_role r JOIN mingda.person p ON p.person_id = r.person_id
WHERE r.agency_id = mingda.agency() AND r.role = $1 AND p.active ORDER BY p.person_id;

-- query: SESSION_ADD
-- why:   signing in gives a new session; its token is never stored, its SHA-256 is
-- takes: token_hash bytea, person int8, agency int4, csrf bytea, idle_seconds int4, whole_seconds int4
-- gives: none
INSERT INTO mingda.session (token_hash, person_id, agency_id, csrf, idle_end, end_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), now() + make_interval(secs => $6));

-- query: SESSION_BY_TOKEN
-- why:   the beginning of each exchange of somebody who is signed in: who, where, with which roles
-- takes: token_hash bytea
-- gives: at-most-one   person int8, login text, name text, agency int4, agency_name text, csrf bytea, roles text, stale_seconds int8
SELECT s.person_id, p.login, p.name, s.agency_id, a.name, s.csrf,
       coalesce((SELECT string_agg(r.role, ' ' ORDER BY r.role) FROM mingda.person_role r
                 WHERE r.agency_id = s.agency_id AND r.person_id = s.person_id), ''),
       extract(epoch FROM now() - s.seen)::bigint
FROM mingda.session s JOIN mingda.person p ON p.person_id = s.person_id AND p.active
JOIN mingda.agency a ON a.agency_id = s.agency_id
WHERE s.token_hash = $1 AND s.idle_end > now() AND s.end_at > now();

-- query: SESSION_SEEN
-- why:   moves the idle end on; asked for at most once a minute of use
-- takes: token_hash bytea, idle_seconds int4
-- gives: none
UPDATE mingda.session SET seen = now(), idle_end = now() + make_interval(secs => $2) WHERE token_hash = $1;

-- query: SESSION_END
-- why:   signing out, and the old session when a new one is given
-- takes: token_hash bytea
-- gives: none
DELETE FROM mingda.session WHERE token_hash = $1;

-- query: SESSIONS_CLEAR
-- why:   the clock clears sessions that have ended
-- takes: nothing
-- gives: none
DELETE FROM mingda.session WHERE end_at < now();

-- query: ATTEMPT_ADD
-- why:   one more try at a door by one subject; how many in this slot of time, this one included
-- takes: kind text, subject bytea, slot_seconds int4
-- gives: exactly-one   count int4
INSERT INTO mingda.attempt AS t (kind, subject, slot)
VALUES ($1, $2, to_timestamp(floor(extract(epoch FROM now()) / $3) * $3))
ON CONFLICT (kind, subject, slot) DO UPDATE SET count = t.count + 1 RETURNING count;

-- query: ATTEMPT_COUNT
-- why:   whether a door is closed to a subject before a costly check is made
-- takes: kind text, subject bytea, slot_seconds int4
-- gives: exactly-one   count int8
SELECT coalesce(sum(count), 0)::bigint FROM mingda.attempt
WHERE kind = $1 AND subject = $2 AND slot = to_timestamp(floor(extract(epoch FROM now()) / $3) * $3);

-- query: ATTEMPTS_FORGIVE
-- why:   a right password opens the door again
-- takes: kind text, subject bytea
-- gives: none
DELETE FROM mingda.attempt WHERE kind = $1 AND subject = $2;

-- query: ATTEMPTS_CLEAR
-- why:   the clock clears tries of yesterday
-- takes: nothing
-- gives: none
DELETE FROM mingda.attempt WHERE slot < now() - interval '1 day';
