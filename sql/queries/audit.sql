-- What auditors see.

-- query: AUDIT_COUNTS
-- why:   dossiers received in a span of days: answered on time, answered late, open, open and over, and those with
--        facts in conflict with the rules; each figure opens the list below. Judged by the due date that held on the closing day
-- takes: from_day date, to_day date, today date
-- gives: exactly-one   received int8, on_time int8, late int8, open int8, open_over int8, conflicts int8
SELECT count(*),
       count(*) FILTER (WHERE closed IS NOT NULL AND NOT (due IS NOT NULL AND closed > due)),
       count(*) FILTER (WHERE closed > due),
       count(*) FILTER (WHERE closed IS NULL),
       count(*) FILTER (WHERE closed IS NULL AND due < $3 AND NOT due_provisional),
       count(*) FILTER (WHERE conflicts > 0)
FROM mingda.dossier WHERE agency_id = mingda.agency() AND opened BETWEEN $1 AND $2;

-- query: AUDIT_LIST
-- why:   the dossiers behind a figure: which is all, on-time, late, open, open-over or conflicts
-- takes: from_day date, to_day date, today date, which text, after int8, how_many int4
-- gives: many   dossier int8, ref text, state text, opened date, due date?, due_provisional bool, closed date?, outcome text?, handler_name text?, conflicts int4
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.due_provisional, d.closed, d.outcome, p.name, d.conflicts
FROM mingda.dossier d LEFT JOIN mingda.person p ON p.person_id = d.handler
WHERE d.agency_id = mingda.agency() AND d.opened BETWEEN $1 AND $2 AND d.dossier_id > $5
  AND CASE $4 WHEN 'all' THEN true
              WHEN 'on-time' THEN d.closed IS NOT NULL AND NOT (d.due IS NOT NULL AND d.closed > d.due)
              WHEN 'late' THEN coalesce(d.closed > d.due, false)
              WHEN 'open' THEN d.closed IS NULL
              WHEN 'open-over' THEN d.closed IS NULL AND coalesce(d.due < $3, false) AND NOT d.due_provisional
              WHEN 'conflicts' THEN d.conflicts > 0
              ELSE false END
ORDER BY d.dossier_id LIMIT $6;
