-- Calendars that were imported, and the dossiers that they move.

-- query: CALENDAR_LAYERS
-- why:   what was imported, over the files of the program; later ones win
-- takes: nothing
-- gives: many  import int4, name text, version text, bytes bytea
-- scans: a few rows a year
SELECT c.import, c.name, c.version, c.bytes FROM mingda.calendar c ORDER BY c.import

-- query: CALENDAR_IMPORT
-- why:   a notice is out: its days are added, as owner; nothing where the same bytes are there already
-- takes: name text, version text, sha256 bytea, bytes bytea, in_force date, known date, notice text
-- gives: at-most-one  import int4
INSERT INTO mingda.calendar (name, version, sha256, bytes, in_force, known, notice) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (name, version) DO NOTHING RETURNING import

-- query: CALENDAR_NOTICE
-- why:   a date moved: by which notice
-- takes: sha256 text
-- gives: at-most-one  notice text
-- scans: a few rows a year
SELECT c.notice FROM mingda.calendar c WHERE c.sha256 = decode($1, 'hex') ORDER BY c.import LIMIT 1

-- query: SWEEP_ALL
-- why:   a change of law is tried on dossiers by the hundred: which ones
-- takes: after int8, how_many int4
-- gives: many  dossier_id int8, ref text, edition text, handler_name text?, calendar_version text?, outcome text?, today date
-- scans: all dossiers of one agency are gone through
SELECT n.dossier_id, n.ref, CASE WHEN n.edition IS NULL THEN a.edition ELSE n.edition END, p.name, d.calendar_version,
       d.outcome, mingda.today()
  FROM mingda.dossier_number n
  JOIN mingda.agency a ON a.agency_id = n.agency_id
  LEFT JOIN mingda.dossier d ON d.agency_id = n.agency_id AND d.dossier_id = n.dossier_id
  LEFT JOIN mingda.person p ON p.person_id = d.handler
 WHERE n.agency_id = mingda.agency() AND n.dossier_id > $1
 ORDER BY n.dossier_id LIMIT $2

-- query: SWEEP_OPEN
-- why:   a new calendar moves open dossiers with a clock that reaches its days; no others are gone through
-- takes: after int8, how_many int4, first_day date
-- gives: many  dossier_id int8, ref text, edition text, handler_name text?, calendar_version text?, outcome text?, today date
-- scans: the open dossiers of one agency are gone through
SELECT d.dossier_id, d.ref, CASE WHEN n.edition IS NULL THEN a.edition ELSE n.edition END, p.name, d.calendar_version,
       d.outcome, mingda.today()
  FROM mingda.dossier d
  JOIN mingda.dossier_number n ON n.agency_id = d.agency_id AND n.dossier_id = d.dossier_id
  JOIN mingda.agency a ON a.agency_id = d.agency_id
  LEFT JOIN mingda.person p ON p.person_id = d.handler
 WHERE d.agency_id = mingda.agency() AND d.closed IS NULL AND d.dossier_id > $1
   AND EXISTS (SELECT FROM mingda.clock c
                WHERE c.agency_id = d.agency_id AND c.dossier_id = d.dossier_id AND c.stopped IS NULL
                  AND (c.due IS NULL OR c.due >= $3)
               OFFSET 0) -- looked up dossier by dossier: a page must not read the clocks of all
 ORDER BY d.dossier_id LIMIT $2

-- query: SWEEP_FACTS
-- why:   and all their facts, in one answer
-- takes: dossiers int8[]
-- gives: many  dossier_id int8, seq int4, kind text, child text, on_day date, recorded date, by_person int8?, role text, data text
SELECT f.dossier_id, f.seq, f.kind, f.child, f.on_day, f.recorded, f.by_person, f.role, f.data::text
  FROM mingda.fact f
 WHERE f.agency_id = mingda.agency() AND f.dossier_id = ANY ($1)
 ORDER BY f.dossier_id, f.seq

-- query: CLOSED_REACHED
-- why:   closed dossiers whose periods reach into the days of a notice: their rows are derived anew, page by page
-- takes: after int8, first_day date
-- gives: many  dossier_id int8, ref text
-- scans: an operator's command, once or twice a year
SELECT d.dossier_id, d.ref
  FROM mingda.dossier d
 WHERE d.agency_id = mingda.agency() AND d.closed IS NOT NULL AND d.dossier_id > $1
   AND EXISTS (SELECT FROM mingda.clock c
                WHERE c.agency_id = d.agency_id AND c.dossier_id = d.dossier_id AND c.due >= $2)
 ORDER BY d.dossier_id LIMIT 500
