-- Templates and clauses of the legal office: versions, their steps, and the letters that rest on them. `kind` is letter or clause.

-- query: TEXTS
-- why:   the list of the legal office: of each code what rules today, and what waits
-- takes: kind text
-- gives: many   code text, title text, version int4?, since date?, draft int4?, submitted bool, next int4?, next_from date?, until date?
-- scans: an agency has some dozens of texts, each in few versions
SELECT t.code, (array_agg(t.title ORDER BY t.version DESC) FILTER (WHERE NOT t.closed OR t.version = 1))[1],
       n.version, n.starts, max(t.version) FILTER (WHERE t.approved_by IS NULL AND NOT t.closed),
       bool_or(t.submitted AND t.approved_by IS NULL AND NOT t.closed),
       (array_agg(t.version ORDER BY t.starts) FILTER (WHERE t.starts > mingda.today() AND (t.ends IS NULL OR t.ends >= t.starts)))[1],
       min(t.starts) FILTER (WHERE t.starts > mingda.today() AND (t.ends IS NULL OR t.ends >= t.starts)), n.ends
  FROM mingda.letter_text t
  LEFT JOIN (SELECT f.code, f.version, v.starts, v.ends FROM mingda.texts_in_force($1, mingda.today()) f
               JOIN mingda.letter_text v ON v.agency_id = mingda.agency() AND v.kind = $1 AND v.code = f.code AND v.version = f.version) n
    ON n.code = t.code
 WHERE t.agency_id = mingda.agency() AND t.kind = $1
 GROUP BY t.code, n.version, n.starts, n.ends ORDER BY t.code

-- query: TEXT_VERSIONS
-- why:   all versions of a text, with who wrote and approved them and how many letters rest on each
-- takes: kind text, code text
-- gives: many   version int4, title text, drafted_by text, approved_by text?, in_force date?, starts date?, ends date?, base int4?, revision int4, submitted bool, closed bool, ended date?, reason text?, rules bool, letters int8
-- scans: the versions of one text
SELECT t.version, t.title, d.name, a.name, t.in_force, t.starts, t.ends, t.base, t.revision, t.submitted, t.closed, t.ended, t.reason,
       EXISTS (SELECT FROM mingda.texts_in_force($1, mingda.today()) f WHERE f.code = t.code AND f.version = t.version),
       CASE $1 WHEN 'letter' THEN (SELECT count(*) FROM mingda.letter l WHERE l.agency_id = mingda.agency() AND l.template = t.code AND l.version = t.version)
               ELSE (SELECT count(*) FROM mingda.clause_use u
                       JOIN mingda.letter l ON l.agency_id = mingda.agency() AND l.dossier_id = u.dossier_id AND l.child = u.child AND l.odt = u.odt
                      WHERE u.agency_id = mingda.agency() AND u.code = t.code AND u.version = t.version) END
  FROM mingda.letter_text t
  JOIN mingda.person d ON d.person_id = t.drafted_by
  LEFT JOIN mingda.person a ON a.person_id = t.approved_by
 WHERE t.agency_id = mingda.agency() AND t.kind = $1 AND t.code = $2
 ORDER BY t.version DESC

-- query: TEXT_VERSION
-- why:   one version with its words
-- takes: kind text, code text, version int4
-- gives: at-most-one   version int4, title text, xml text, drafted_by int8, approved_by int8?, in_force date?, starts date?, ends date?, base int4?, revision int4, submitted bool, closed bool, ended date?, reason text?
-- scans: the versions of one text
SELECT t.version, t.title, t.xml, t.drafted_by, t.approved_by, t.in_force, t.starts, t.ends, t.base, t.revision, t.submitted, t.closed, t.ended, t.reason
  FROM mingda.letter_text t
 WHERE t.agency_id = mingda.agency() AND t.kind = $1 AND t.code = $2 AND t.version = $3

-- query: TEXT_OPEN
-- why:   the draft of a text that is being worked on or waits for approval
-- takes: kind text, code text
-- gives: at-most-one   version int4, title text, xml text, drafted_by int8, base int4?, revision int4, submitted bool, reason text?
-- scans: the versions of one text
SELECT t.version, t.title, t.xml, t.drafted_by, t.base, t.revision, t.submitted, t.reason
  FROM mingda.letter_text t
 WHERE t.agency_id = mingda.agency() AND t.kind = $1 AND t.code = $2 AND t.approved_by IS NULL AND NOT t.closed

-- query: TEXT_HISTORY
-- why:   who did what to a text, when and why
-- takes: kind text, code text
-- gives: many   version int4, at timestamptz, by text?, deed text, on_day date?, reason text?
-- scans: the people of the agencies may be read to name those of the history
SELECT h.version, h.at, p.name, h.deed, h.on_day, h.reason
  FROM mingda.text_history h LEFT JOIN mingda.person p ON p.person_id = h.person_id
 WHERE h.agency_id = mingda.agency() AND h.kind = $1 AND h.code = $2
 ORDER BY h.entry DESC LIMIT 300

-- query: TEXT_WROTE
-- why:   who wrote a version cannot approve it
-- takes: kind text, code text, version int4, person int8
-- gives: exactly-one   wrote bool
SELECT EXISTS (SELECT FROM mingda.text_history h
                WHERE h.agency_id = mingda.agency() AND h.kind = $1 AND h.code = $2 AND h.version = $3 AND h.person_id = $4
                  AND h.deed IN ('drafted', 'saved', 'submitted'))

-- query: TEXT_DRAFT
-- why:   a new draft in the name of the session's person; no version: there is an open one
-- takes: kind text, code text, base int4?, xml text
-- gives: exactly-one   version int4?
SELECT mingda.text_draft($1, $2, $3, $4)

-- query: TEXT_STEP
-- why:   the next step of a version, in the name of the session's person; no revision: somebody was faster
-- takes: kind text, code text, version int4, revision int4, deed text, xml text?, on_day date?, reason text?
-- gives: exactly-one   revision int4?
SELECT mingda.text_step($1, $2, $3, $4, $5, $6, $7, $8)

-- query: TEXTS_FROM
-- why:   every text that rules on a day, and what is approved to begin after it: a clause is tried with all of them
-- takes: kind text, day date
-- gives: many   code text, version int4, xml text
-- scans: all texts of a kind are wanted
SELECT t.code, t.version, t.xml FROM mingda.letter_text t
 WHERE t.agency_id = mingda.agency() AND t.kind = $1 AND t.starts > $2 AND (t.ends IS NULL OR t.ends >= t.starts)
UNION ALL
SELECT f.code, f.version, f.xml FROM mingda.texts_in_force($1, $2) f

-- query: TEXTS_LATER
-- why:   what is approved to begin after a day, while a text that begins on it still rules: it is tried on those days too
-- takes: kind text, code text, day date
-- gives: many   code text, begins date
-- scans: what waits to begin is a handful
SELECT t.code, t.starts FROM mingda.letter_text t
 WHERE t.agency_id = mingda.agency() AND t.starts > $3 AND (t.ends IS NULL OR t.ends >= t.starts)
   AND NOT EXISTS (SELECT FROM mingda.letter_text o
                    WHERE o.agency_id = mingda.agency() AND o.kind = $1 AND o.code = $2 AND o.starts > $3
                      AND o.starts <= t.starts AND (o.ends IS NULL OR o.ends >= o.starts))
 ORDER BY t.starts, t.code

-- query: TEXT_LETTERS
-- why:   the letters that were made with a version of a template
-- takes: code text, version int4, kind text
-- gives: many   ref text, child text, number text, state text, drafted date
-- scans: a clause's letters are found by its own key
SELECT n.ref, l.child, l.number, l.state, l.drafted
  FROM mingda.letter l
  JOIN mingda.dossier_number n ON n.agency_id = l.agency_id AND n.dossier_id = l.dossier_id
 WHERE l.agency_id = mingda.agency()
   AND CASE $3 WHEN 'letter' THEN l.template = $1 AND l.version = $2
               ELSE EXISTS (SELECT FROM mingda.clause_use u WHERE u.agency_id = mingda.agency() AND u.code = $1 AND u.version = $2
                            AND u.dossier_id = l.dossier_id AND u.child = l.child AND u.odt = l.odt) END
 ORDER BY l.drafted DESC, l.dossier_id DESC, l.child LIMIT 50

-- query: CLAUSE_USED
-- why:   a letter was composed with this version of a clause
-- takes: code text, version int4, dossier int8, child text, odt bytea
-- gives: none
INSERT INTO mingda.clause_use (agency_id, code, version, dossier_id, child, odt)
VALUES (mingda.agency(), $1, $2, $3, $4, $5) ON CONFLICT DO NOTHING

-- query: LETTERS_ALL
-- why:   all letters of an agency, to be composed again
-- takes: nothing
-- gives: many   ref text, child text
-- scans: all letters of one agency are wanted
SELECT n.ref, l.child FROM mingda.letter l
  JOIN mingda.dossier_number n ON n.agency_id = l.agency_id AND n.dossier_id = l.dossier_id
 WHERE l.agency_id = mingda.agency() ORDER BY l.dossier_id, l.child
