-- Dossiers: their numbers, and the heads, clocks and children that are derived from their facts.

-- query: DOSSIER_BY_REF
-- why:   the officer's page and the public page both begin here
-- takes: ref text
-- gives: at-most-one   dossier int8, ref text, seq int4, edition text, edition_version text, calendar text, calendar_version text, configuration text, state text, public_state text, channel text, category text, delivery text, items int4, opened date, due date?, due_provisional bool, due_as_of date?, closed date?, outcome text?, handler int8?, handler_name text?, conflicts int4
SELECT d.dossier_id, d.ref, d.seq, d.edition, d.edition_version, d.calendar, d.calendar_version, d.configuration,
       d.state, d.public_state, d.channel, d.category, d.delivery, d.items, d.opened, d.due, d.due_provisional,
       d.due_as_of, d.closed, d.outcome, d.handler, p.name, d.conflicts
FROM mingda.dossier_number n
JOIN mingda.dossier d ON d.agency_id = n.agency_id AND d.dossier_id = n.dossier_id
LEFT JOIN mingda.person p ON p.person_id = d.handler
WHERE n.agency_id = mingda.agency() AND n.ref = $1;

-- query: DOSSIER_LIST
-- why:   mingda dossier list, and auditors: all dossiers of the agency in the order of receipt
-- takes: after int8, how_many int4
-- gives: many   dossier int8, ref text, state text, opened date, due date?, due_provisional bool, closed date?, outcome text?, handler int8?, seq int4
SELECT dossier_id, ref, state, opened, due, due_provisional, closed, outcome, handler, seq FROM mingda.dossier
WHERE agency_id = mingda.agency() AND dossier_id > $1 ORDER BY dossier_id LIMIT $2;

-- query: CLOCKS_OF_DOSSIER
-- why:   the clocks as last derived
-- takes: dossier int8
-- gives: many   clock text, child text, basis text, unit text, day0 date, length int4, due date?, provisional bool, as_of date?, stopped date?
SELECT clock, child, basis, unit, day0, length, due, provisional, as_of, stopped FROM mingda.clock
WHERE agency_id = mingda.agency() AND dossier_id = $1 ORDER BY day0, clock, child;

-- query: CLOCK_PUT
-- why:   writes a clock that follows from the facts
-- takes: dossier int8, clock text, child text, basis text, unit text, day0 date, length int4, due date?, provisional bool, as_of date?, stopped date?
-- gives: none
INSERT INTO mingda.clock (agency_id, dossier_id, clock, child, basis, unit, day0, length, due, provisional, as_of, stopped)
VALUES (mingda.agency(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (agency_id, dossier_id, clock, child) DO UPDATE SET basis = excluded.basis, unit = excluded.unit,
    day0 = excluded.day0, length = excluded.length, due = excluded.due, provisional = excluded.provisional,
    as_of = excluded.as_of, stopped = excluded.stopped;

-- query: CHILDREN_OF_DOSSIER
-- why:   items, consultations, secrecy reviews and letters of a dossier
-- takes: dossier int8
-- gives: many   child text, kind text, state text, final bool, first_seq int4, last_seq int4, outcome text?, data jsonb
SELECT child, kind, state, final, first_seq, last_seq, outcome, data FROM mingda.child
WHERE agency_id = mingda.agency() AND dossier_id = $1 ORDER BY first_seq, child;

-- query: WAKE_SET
-- why:   the next day on which the clock must look at the dossier
-- takes: dossier int8, on_day date
-- gives: none
INSERT INTO mingda.wake (agency_id, dossier_id, on_day) VALUES (mingda.agency(), $1, $2)
ON CONFLICT (agency_id, dossier_id) DO UPDATE SET on_day = excluded.on_day;

-- query: WAKE_CLEAR
-- why:   nothing more will happen to it by itself
-- takes: dossier int8
-- gives: none
DELETE FROM mingda.wake WHERE agency_id = mingda.agency() AND dossier_id = $1;

-- query: WAKE_CLAIM
-- why:   dossiers whose day has come; several clocks share the work without waiting for each other
-- takes: today date, how_many int4
-- gives: many   dossier int8, on_day date
SELECT dossier_id, on_day FROM mingda.wake WHERE agency_id = mingda.agency() AND on_day <= $1
ORDER BY on_day, dossier_id LIMIT $2 FOR UPDATE SKIP LOCKED;
