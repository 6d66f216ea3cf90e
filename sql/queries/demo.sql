-- What `mingda demo` needs besides the services.

-- query: DEMO_TODAY
-- why:   demonstration data are played day by day: the day holds for this connection alone
-- takes: day date
-- gives: exactly-one  today text
SELECT set_config('mingda.today', $1::text, false)

-- query: LETTERS_ON_THE_WAY
-- why:   letters that are approved and not yet sealed, or sealed and not yet served
-- takes: nothing
-- gives: many  ref text, child text, sealed bool
-- scans: the letters of a demonstration
SELECT n.ref, l.child, l.sealed_seq IS NOT NULL
  FROM mingda.letter l JOIN mingda.dossier_number n ON n.agency_id = l.agency_id AND n.dossier_id = l.dossier_id
 WHERE l.agency_id = mingda.agency() AND l.approved_seq IS NOT NULL AND l.served IS NULL
 ORDER BY l.dossier_id, l.child
