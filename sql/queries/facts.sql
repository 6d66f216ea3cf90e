-- Facts: added, read, never changed.

-- query: FACT_ADD
-- why:   files a fact with the row that waits for the audit log, and remembers the form that it came by
-- takes: dossier int8, seq int4, kind text, child text, on_day date, at timestamptz, recorded date, by_person int8?, role text, submission uuid?, body bytea
-- gives: none
WITH filed AS (
    INSERT INTO mingda.fact (agency_id, dossier_id, seq, kind, child, on_day, at, recorded, by_person, role, body)
    VALUES (mingda.agency(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $11)
), waiting AS (
    INSERT INTO mingda.unsequenced (agency_id, dossier_id, seq) VALUES (mingda.agency(), $1, $2)
)
INSERT INTO mingda.submission (agency_id, submission, dossier_id, seq)
SELECT mingda.agency(), $10, $1, $2 WHERE $10 IS NOT NULL;

-- query: SUBMISSION_FIND
-- why:   the same form came twice: which fact the first sending made
-- takes: submission uuid
-- gives: at-most-one   dossier int8, seq int4, ref text
SELECT s.dossier_id, s.seq, n.ref
FROM mingda.submission s
JOIN mingda.dossier_number n ON n.agency_id = s.agency_id AND n.dossier_id = s.dossier_id
WHERE s.agency_id = mingda.agency() AND s.submission = $1;

-- query: FACTS_OF_DOSSIER
-- why:   what the law engine folds, and the timeline of the dossier's page
-- takes: dossier int8
-- gives: many   seq int4, kind text, child text, on_day date, at timestamptz, recorded date, by_person int8?, by_name text?, role text, data jsonb
SELECT f.seq, f.kind, f.child, f.on_day, f.at, f.recorded, f.by_person, p.name, f.role, f.data
FROM mingda.fact f LEFT JOIN mingda.person p ON p.person_id = f.by_person
WHERE f.agency_id = mingda.agency() AND f.dossier_id = $1 ORDER BY f.seq;

-- query: FACT_BODIES_OF_DOSSIER
-- why:   the canonical bytes, for export and for the audit log
-- takes: dossier int8
-- gives: many   seq int4, body bytea
SELECT seq, body FROM mingda.fact WHERE agency_id = mingda.agency() AND dossier_id = $1 ORDER BY seq;
