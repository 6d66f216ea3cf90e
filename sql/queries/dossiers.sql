-- Dossiers: their numbers, and the heads, clocks and children that are derived from their facts.

-- query: DOSSIER_NUMBERS
-- why:   rebuild goes through all dossiers of the agency that were ever given a number
-- takes: after int8, how_many int4
-- gives: many   dossier int8, ref text
SELECT dossier_id, ref FROM mingda.dossier_number
WHERE agency_id = mingda.agency() AND dossier_id > $1 ORDER BY dossier_id LIMIT $2;

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

-- query: DOSSIER_BY_ID
-- why:   the same head for processes that hold the id
-- takes: dossier int8
-- gives: at-most-one   dossier int8, ref text, seq int4, edition text, edition_version text, calendar text, calendar_version text, configuration text, state text, public_state text, channel text, category text, delivery text, items int4, opened date, due date?, due_provisional bool, due_as_of date?, closed date?, outcome text?, handler int8?, handler_name text?, conflicts int4
SELECT d.dossier_id, d.ref, d.seq, d.edition, d.edition_version, d.calendar, d.calendar_version, d.configuration,
       d.state, d.public_state, d.channel, d.category, d.delivery, d.items, d.opened, d.due, d.due_provisional,
       d.due_as_of, d.closed, d.outcome, d.handler, p.name, d.conflicts
FROM mingda.dossier d LEFT JOIN mingda.person p ON p.person_id = d.handler
WHERE d.agency_id = mingda.agency() AND d.dossier_id = $1;

-- query: DOSSIER_LOCK
-- why:   a unit that adds facts holds the head first: two officers take turns, the second sees what changed
-- takes: dossier int8
-- gives: at-most-one   seq int4, edition text, edition_version text, calendar text, calendar_version text
SELECT seq, edition, edition_version, calendar, calendar_version FROM mingda.dossier
WHERE agency_id = mingda.agency() AND dossier_id = $1 FOR UPDATE;

-- query: DOSSIER_PUT
-- why:   writes the head that follows from the facts
-- takes: dossier int8, ref text, seq int4, edition text, edition_version text, calendar text, calendar_version text, configuration text, state text, public_state text, channel text, category text, delivery text, items int4, opened date, due date?, due_provisional bool, due_as_of date?, closed date?, outcome text?, handler int8?, conflicts int4
-- gives: none
INSERT INTO mingda.dossier (agency_id, dossier_id, ref, seq, edition, edition_version, calendar, calendar_version,
    configuration, state, public_state, channel, category, delivery, items, opened, due, due_provisional, due_as_of,
    closed, outcome, handler, conflicts)
VALUES (mingda.agency(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21, $22)
ON CONFLICT (agency_id, dossier_id) DO UPDATE SET ref = excluded.ref, seq = excluded.seq, edition = excluded.edition,
    edition_version = excluded.edition_version, calendar = excluded.calendar,
    calendar_version = excluded.calendar_version, configuration = excluded.configuration, state = excluded.state,
    public_state = excluded.public_state, channel = excluded.channel, category = excluded.category,
    delivery = excluded.delivery, items = excluded.items, opened = excluded.opened, due = excluded.due,
    due_provisional = excluded.due_provisional, due_as_of = excluded.due_as_of, closed = excluded.closed,
    outcome = excluded.outcome, handler = excluded.handler, conflicts = excluded.conflicts;

-- query: DOSSIER_FLOATING
-- why:   due dates that float with the day and were computed before today: the clock refreshes them
-- takes: today date, how_many int4
-- gives: many   dossier int8
SELECT dossier_id FROM mingda.dossier
WHERE agency_id = mingda.agency() AND due_as_of < $1 ORDER BY due_as_of, dossier_id LIMIT $2;

-- query: QUEUE
-- why:   the open dossiers of the agency by due date; the next page begins after the last row of this one
-- takes: after_due date, after_dossier int8, how_many int4
-- gives: many   dossier int8, ref text, state text, opened date, due date?, due_provisional bool, due_order date, handler int8?, handler_name text?, channel text, category text, items int4, conflicts int4
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.due_provisional, CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END,
       d.handler, p.name, d.channel, d.category, d.items, d.conflicts
FROM mingda.dossier d LEFT JOIN mingda.person p ON p.person_id = d.handler
WHERE d.agency_id = mingda.agency() AND d.closed IS NULL
  AND (CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id) > ($1, $2)
ORDER BY CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id LIMIT $3;

-- query: QUEUE_OF_HANDLER
-- why:   the same for what is assigned to one person
-- takes: handler int8, after_due date, after_dossier int8, how_many int4
-- gives: many   dossier int8, ref text, state text, opened date, due date?, due_provisional bool, due_order date, handler int8?, handler_name text?, channel text, category text, items int4, conflicts int4
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.due_provisional, CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END,
       d.handler, p.name, d.channel, d.category, d.items, d.conflicts
FROM mingda.dossier d LEFT JOIN mingda.person p ON p.person_id = d.handler
WHERE d.agency_id = mingda.agency() AND d.closed IS NULL AND d.handler = $1
  AND (CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id) > ($2, $3)
ORDER BY CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id LIMIT $4;

-- query: QUEUE_BY_STATE
-- why:   the same for one state (what waits for review, for approval)
-- takes: state text, after_due date, after_dossier int8, how_many int4
-- gives: many   dossier int8, ref text, state text, opened date, due date?, due_provisional bool, due_order date, handler int8?, handler_name text?, channel text, category text, items int4, conflicts int4
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.due_provisional, CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END,
       d.handler, p.name, d.channel, d.category, d.items, d.conflicts
FROM mingda.dossier d LEFT JOIN mingda.person p ON p.person_id = d.handler
WHERE d.agency_id = mingda.agency() AND d.closed IS NULL AND d.state = $1
  AND (CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id) > ($2, $3)
ORDER BY CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id LIMIT $4;

-- query: QUEUE_COUNTS
-- why:   the figures above the queue: open, due within the next days, over, without a date
-- takes: today date, soon date
-- gives: exactly-one   open int8, soon int8, over int8, waiting int8
-- scans: the open dossiers of one agency are counted, by their partial index
SELECT count(*), count(*) FILTER (WHERE due BETWEEN $1 AND $2), count(*) FILTER (WHERE due < $1 AND NOT due_provisional),
       count(*) FILTER (WHERE due IS NULL)
FROM mingda.dossier WHERE agency_id = mingda.agency() AND closed IS NULL;

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

-- query: CHILD_PUT
-- why:   writes a child that follows from the facts
-- takes: dossier int8, child text, kind text, state text, final bool, first_seq int4, last_seq int4, outcome text?, data jsonb
-- gives: none
INSERT INTO mingda.child (agency_id, dossier_id, child, kind, state, final, first_seq, last_seq, outcome, data)
VALUES (mingda.agency(), $1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (agency_id, dossier_id, child) DO UPDATE SET kind = excluded.kind, state = excluded.state,
    final = excluded.final, first_seq = excluded.first_seq, last_seq = excluded.last_seq,
    outcome = excluded.outcome, data = excluded.data;

-- query: DERIVED_CLEAR
-- why:   before a dossier's clocks and children are written anew
-- takes: dossier int8
-- gives: none
WITH clocks AS (DELETE FROM mingda.clock WHERE agency_id = mingda.agency() AND dossier_id = $1)
DELETE FROM mingda.child WHERE agency_id = mingda.agency() AND dossier_id = $1;

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

-- query: WAKE_OF
-- why:   rebuild --check compares it
-- takes: dossier int8
-- gives: at-most-one   on_day date
SELECT on_day FROM mingda.wake WHERE agency_id = mingda.agency() AND dossier_id = $1;

-- query: POSTING_PUT
-- why:   the pairs of characters by which a dossier is found
-- takes: dossier int8, grams text[]
-- gives: none
INSERT INTO mingda.posting (agency_id, dossier_id, grams) VALUES (mingda.agency(), $1, $2)
ON CONFLICT (agency_id, dossier_id) DO UPDATE SET grams = excluded.grams;

-- query: SEARCH
-- why:   dossiers of the agency that hold all pairs of characters of the words sought
-- takes: grams text[], how_many int4
-- gives: many   dossier int8, ref text, state text, opened date, due date?, closed date?, handler int8?
-- scans: the list that the function gives, at most how_many rows, is read whole
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.closed, d.handler
FROM mingda.search($1, $2) s JOIN mingda.dossier d ON d.agency_id = mingda.agency() AND d.dossier_id = s.dossier_id
ORDER BY d.dossier_id DESC;
