-- What the services of the office ask and write: one dossier at a time, its facts, texts, letters and heads.

-- query: DOSSIER_BASE
-- why:   everything about a dossier begins with its number; the key opens its texts
-- takes: ref text
-- gives: at-most-one  dossier_id int8, edition text, wrapped bytea?, row int4, imported int4, today date, handler int8?, handler_name text?
SELECT n.dossier_id, CASE WHEN n.edition IS NULL THEN a.edition ELSE n.edition END, k.wrapped,
       (SELECT coalesce(max(p.row), 0) FROM mingda.private p
         WHERE p.agency_id = n.agency_id AND p.dossier_id = n.dossier_id),
       mingda.imported(), mingda.today(), h.person_id, h.name
  FROM mingda.dossier_number n
  JOIN mingda.agency a ON a.agency_id = n.agency_id
  LEFT JOIN mingda.dossier_key k ON k.agency_id = n.agency_id AND k.dossier_id = n.dossier_id
  LEFT JOIN mingda.dossier d ON d.agency_id = n.agency_id AND d.dossier_id = n.dossier_id
  LEFT JOIN mingda.person h ON h.person_id = d.handler
 WHERE n.agency_id = mingda.agency() AND n.ref = $1

-- query: DOSSIER_FACTS
-- why:   the facts are the dossier: all else is computed from them
-- takes: ref text
-- gives: many  seq int4, kind text, child text, on_day date, at timestamptz, recorded date, by_person int8?, by_name text?, role text, data text
SELECT f.seq, f.kind, f.child, f.on_day, f.at, f.recorded, f.by_person, p.name, f.role, f.data::text
  FROM mingda.dossier_number n
  JOIN mingda.fact f ON f.agency_id = n.agency_id AND f.dossier_id = n.dossier_id
  LEFT JOIN mingda.person p ON p.person_id = f.by_person
 WHERE n.agency_id = mingda.agency() AND n.ref = $1
 ORDER BY f.seq

-- query: DOSSIER_HOLD
-- why:   whoever writes to a dossier holds its head first: the others wait, and then see what stands
-- takes: ref text
-- gives: at-most-one  dossier_id int8
SELECT d.dossier_id
  FROM mingda.dossier_number n
  JOIN mingda.dossier d ON d.agency_id = n.agency_id AND d.dossier_id = n.dossier_id
 WHERE n.agency_id = mingda.agency() AND n.ref = $1 FOR NO KEY UPDATE OF d

-- query: DOSSIER_NEW
-- why:   an application gets its id and its number, never used again
-- takes: day date?, foreign_ref text?
-- gives: exactly-one  dossier_id int8, ref text, imported int4
SELECT dossier_id, ref, mingda.imported() FROM mingda.new_dossier(coalesce($1, mingda.today()), $2)

-- query: PRIVATE_ADD
-- why:   a text that may identify a person is encrypted beside the facts
-- takes: dossier_id int8, row int4, kind text, nonce bytea, cipher bytea, commitment bytea
-- gives: none
INSERT INTO mingda.private (agency_id, dossier_id, row, kind, nonce, cipher, commitment)
VALUES (mingda.agency(), $1, $2, $3, $4, $5, $6)

-- query: PRIVATE_ROWS
-- why:   the texts that a page or a letter needs, by number
-- takes: dossier_id int8, rows int8[]
-- gives: many  row int4, nonce bytea, cipher bytea, commitment bytea
SELECT p.row, p.nonce, p.cipher, p.commitment
  FROM mingda.private p
 WHERE p.agency_id = mingda.agency() AND p.dossier_id = $1 AND p.row = ANY ($2)

-- query: DOSSIER_TEXTS
-- why:   the texts that a page may show, with the facts in one round trip; what letters were made from is large, and is
--        read where it is wanted
-- takes: ref text
-- gives: many  row int4, nonce bytea, cipher bytea, commitment bytea
SELECT p.row, p.nonce, p.cipher, p.commitment
  FROM mingda.dossier_number n
  JOIN mingda.private p ON p.agency_id = n.agency_id AND p.dossier_id = n.dossier_id AND p.kind <> 'letter'
 WHERE n.agency_id = mingda.agency() AND n.ref = $1

-- query: APPLICANT_HASH_ADD
-- why:   "the same applicant" is found without reading anybody's name
-- takes: kind text, hash bytea, dossier_id int8
-- gives: none
INSERT INTO mingda.applicant_hash (agency_id, kind, hash, dossier_id) VALUES (mingda.agency(), $1, $2, $3)
ON CONFLICT DO NOTHING

-- query: APPLICANT_EARLIER
-- why:   a fee by the month counts what the same applicant asked for before in the calendar month; `linked` gave the same
--        telephone or address of mail and another identity: whether that is the same applicant, a person decides
-- takes: dossier_id int8
-- gives: exactly-one  same int8, linked int8
-- scans: the other applications of one person, found by the hashes of theirs
SELECT coalesce(sum(e.items) FILTER (WHERE t.same), 0), coalesce(sum(e.items) FILTER (WHERE NOT t.same), 0)
  FROM (SELECT d.opened FROM mingda.dossier d WHERE d.agency_id = mingda.agency() AND d.dossier_id = $1) m
 CROSS JOIN (SELECT o.dossier_id, bool_or(o.kind = 'id-number') AS same
               FROM mingda.applicant_hash h
               JOIN mingda.applicant_hash o ON o.agency_id = h.agency_id AND o.kind = h.kind AND o.hash = h.hash
              WHERE h.agency_id = mingda.agency() AND h.dossier_id = $1 AND o.dossier_id <> $1
              GROUP BY o.dossier_id) t
  JOIN mingda.dossier e ON e.agency_id = mingda.agency() AND e.dossier_id = t.dossier_id
 WHERE date_trunc('month', e.opened) = date_trunc('month', m.opened)
   AND (e.opened, e.dossier_id) < (m.opened, $1)

-- query: QUERY_CODE_ADD
-- why:   the query code of the receipt, as keyed hash
-- takes: dossier_id int8, hash bytea
-- gives: none
INSERT INTO mingda.query_code (agency_id, dossier_id, hash) VALUES (mingda.agency(), $1, $2)

-- query: QUERY_CODE_OF
-- why:   whoever follows a case gives number and code
-- takes: dossier_id int8
-- gives: at-most-one  hash bytea
SELECT hash FROM mingda.query_code WHERE agency_id = mingda.agency() AND dossier_id = $1

-- query: DOSSIER_LOCATE
-- why:   the public page knows a number before it knows an agency
-- takes: ref text
-- gives: at-most-one  agency_id int4, dossier_id int8
SELECT agency_id, dossier_id FROM mingda.locate($1)

-- query: ACCESS_ADD
-- why:   views of personal data are themselves recorded, with the reading of them
-- takes: ref text, what text, exchange text
-- gives: none
INSERT INTO mingda.access (agency_id, dossier_id, by_person, what, exchange)
SELECT n.agency_id, n.dossier_id, mingda.person(), $2, $3
  FROM mingda.dossier_number n WHERE n.agency_id = mingda.agency() AND n.ref = $1

-- query: HEADS_SAVE
-- why:   the derived rows of one dossier, written together with the fact that changed them
-- takes: dossier_id int8, heads jsonb
-- gives: none
WITH dossier AS (
    INSERT INTO mingda.dossier AS t
    SELECT r.* FROM jsonb_populate_record(NULL::mingda.dossier, $2->'dossier') r
    ON CONFLICT (agency_id, dossier_id) DO UPDATE SET
        (ref, seq, edition, edition_version, calendar, calendar_version, configuration, state, public_state, channel,
         category, delivery, items, opened, due, due_provisional, due_as_of, closed, outcome, handler, conflicts,
         moved_from, moved_to, moved_seq)
        = ROW (EXCLUDED.ref, EXCLUDED.seq, EXCLUDED.edition, EXCLUDED.edition_version, EXCLUDED.calendar,
         EXCLUDED.calendar_version, EXCLUDED.configuration, EXCLUDED.state, EXCLUDED.public_state, EXCLUDED.channel,
         EXCLUDED.category, EXCLUDED.delivery, EXCLUDED.items, EXCLUDED.opened, EXCLUDED.due, EXCLUDED.due_provisional,
         EXCLUDED.due_as_of, EXCLUDED.closed, EXCLUDED.outcome, EXCLUDED.handler, EXCLUDED.conflicts,
         EXCLUDED.moved_from, EXCLUDED.moved_to, EXCLUDED.moved_seq)
), clocks AS (
    INSERT INTO mingda.clock SELECT r.* FROM jsonb_populate_recordset(NULL::mingda.clock, $2->'clocks') r
    ON CONFLICT (agency_id, dossier_id, clock, child) DO UPDATE SET
        (basis, unit, day0, length, due, provisional, as_of, stopped)
        = ROW (EXCLUDED.basis, EXCLUDED.unit, EXCLUDED.day0, EXCLUDED.length, EXCLUDED.due, EXCLUDED.provisional,
         EXCLUDED.as_of, EXCLUDED.stopped)
), clocks_gone AS (
    DELETE FROM mingda.clock c WHERE c.agency_id = mingda.agency() AND c.dossier_id = $1
    AND NOT EXISTS (SELECT FROM jsonb_populate_recordset(NULL::mingda.clock, $2->'clocks') r
                     WHERE r.clock = c.clock AND r.child = c.child)
), children AS (
    INSERT INTO mingda.child SELECT r.* FROM jsonb_populate_recordset(NULL::mingda.child, $2->'children') r
    ON CONFLICT (agency_id, dossier_id, child) DO UPDATE SET (kind, state, final, first_seq, last_seq, outcome, data)
        = ROW (EXCLUDED.kind, EXCLUDED.state, EXCLUDED.final, EXCLUDED.first_seq, EXCLUDED.last_seq, EXCLUDED.outcome,
         EXCLUDED.data)
), children_gone AS (
    DELETE FROM mingda.child c WHERE c.agency_id = mingda.agency() AND c.dossier_id = $1
    AND NOT EXISTS (SELECT FROM jsonb_populate_recordset(NULL::mingda.child, $2->'children') r WHERE r.child = c.child)
), letters AS (
    INSERT INTO mingda.letter SELECT r.* FROM jsonb_populate_recordset(NULL::mingda.letter, $2->'letters') r
    ON CONFLICT (agency_id, dossier_id, child) DO UPDATE SET
        (template, version, number, state, odt, docx, drafted, drafted_by, approved_seq, approved_by, sealed_seq, served,
         method)
        = ROW (EXCLUDED.template, EXCLUDED.version, EXCLUDED.number, EXCLUDED.state, EXCLUDED.odt, EXCLUDED.docx,
         EXCLUDED.drafted, EXCLUDED.drafted_by, EXCLUDED.approved_seq, EXCLUDED.approved_by, EXCLUDED.sealed_seq,
         EXCLUDED.served, EXCLUDED.method)
), letters_gone AS (
    DELETE FROM mingda.letter c WHERE c.agency_id = mingda.agency() AND c.dossier_id = $1
    AND NOT EXISTS (SELECT FROM jsonb_populate_recordset(NULL::mingda.letter, $2->'letters') r WHERE r.child = c.child)
), wake_gone AS (
    DELETE FROM mingda.wake w WHERE w.agency_id = mingda.agency() AND w.dossier_id = $1 AND $2->>'wake' IS NULL
)
INSERT INTO mingda.wake (agency_id, dossier_id, on_day)
SELECT mingda.agency(), $1, ($2->>'wake')::date WHERE $2->>'wake' IS NOT NULL
ON CONFLICT (agency_id, dossier_id) DO UPDATE SET on_day = EXCLUDED.on_day

-- query: HEADS_DIFFER
-- why:   `mingda rebuild --check`: what is stored against what follows from the facts; that it was computed from an older
--        calendar is no difference as long as it says the same
-- takes: dossier_id int8, heads jsonb
-- gives: many  what text
SELECT 'dossier' WHERE NOT EXISTS (
    SELECT FROM mingda.dossier d WHERE d.agency_id = mingda.agency() AND d.dossier_id = $1
       AND to_jsonb(d) - 'calendar_version'
           = to_jsonb(jsonb_populate_record(NULL::mingda.dossier, $2->'dossier')) - 'calendar_version')
UNION ALL
SELECT 'clock' WHERE coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.clock, c.child) FROM mingda.clock c
        WHERE c.agency_id = mingda.agency() AND c.dossier_id = $1), '[]')
    <> coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.clock, r.child)
        FROM jsonb_populate_recordset(NULL::mingda.clock, $2->'clocks') r), '[]')
UNION ALL
SELECT 'child' WHERE coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.child) FROM mingda.child c
        WHERE c.agency_id = mingda.agency() AND c.dossier_id = $1), '[]')
    <> coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.child)
        FROM jsonb_populate_recordset(NULL::mingda.child, $2->'children') r), '[]')
UNION ALL
SELECT 'letter' WHERE coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.child) FROM mingda.letter c
        WHERE c.agency_id = mingda.agency() AND c.dossier_id = $1), '[]')
    <> coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.child)
        FROM jsonb_populate_recordset(NULL::mingda.letter, $2->'letters') r), '[]')
UNION ALL
SELECT 'wake' WHERE (SELECT w.on_day FROM mingda.wake w WHERE w.agency_id = mingda.agency() AND w.dossier_id = $1)
    IS DISTINCT FROM ($2->>'wake')::date

-- query: DOSSIERS_AFTER
-- why:   going through all dossiers of an agency, page by page
-- takes: after int8
-- gives: many  dossier_id int8, ref text, due_as_of date?
-- scans: all dossiers of one agency are gone through
SELECT n.dossier_id, n.ref, d.due_as_of
  FROM mingda.dossier_number n
  LEFT JOIN mingda.dossier d ON d.agency_id = n.agency_id AND d.dossier_id = n.dossier_id
 WHERE n.agency_id = mingda.agency() AND n.dossier_id > $1
 ORDER BY n.dossier_id LIMIT 500

-- query: DOSSIERS_FLOATING
-- why:   due dates that move with the day are computed anew once a day
-- takes: nothing
-- gives: many  dossier_id int8, ref text
SELECT d.dossier_id, d.ref FROM mingda.dossier d
 WHERE d.agency_id = mingda.agency() AND d.due_as_of < mingda.today()
 ORDER BY d.due_as_of LIMIT 500

-- query: WAKES_COME
-- why:   dossiers at which the clock itself must act, page by page; where several clocks run, the key of the facts lets one win
-- takes: after_day date, after_dossier int8
-- gives: many  dossier_id int8, ref text, on_day date
SELECT w.dossier_id, n.ref, w.on_day
  FROM mingda.wake w JOIN mingda.dossier_number n ON n.agency_id = w.agency_id AND n.dossier_id = w.dossier_id
 WHERE w.agency_id = mingda.agency() AND w.on_day <= mingda.today() AND (w.on_day, w.dossier_id) > ($1, $2)
 ORDER BY w.on_day, w.dossier_id LIMIT 100

-- query: LETTERS_SEALED
-- why:   sealed rows that are not yet facts of their dossiers, page by page
-- takes: after_dossier int8, after_child text
-- gives: many  dossier_id int8, ref text, child text, odt bytea, docx bytea
-- scans: the partial index of letters that wait for their seal is read from its beginning
SELECT l.dossier_id, n.ref, l.child, s.odt_sha256, s.docx_sha256
  FROM mingda.letter l
  JOIN mingda.sealed s ON s.agency_id = l.agency_id AND s.dossier_id = l.dossier_id AND s.child = l.child
  JOIN mingda.dossier_number n ON n.agency_id = l.agency_id AND n.dossier_id = l.dossier_id
 WHERE l.agency_id = mingda.agency() AND l.approved_seq IS NOT NULL AND l.sealed_seq IS NULL
   AND (l.dossier_id, l.child) > ($1, $2)
 ORDER BY l.dossier_id, l.child LIMIT 100

-- query: LETTER_FILES
-- why:   the sealed files as they are served, never packed again
-- takes: dossier_id int8, child text
-- gives: at-most-one  odt bytea, docx bytea, odt_p7s bytea, docx_p7s bytea, odt_sm2 bytea?, docx_sm2 bytea?, odt_tsr bytea?, docx_tsr bytea?, sealed_at timestamptz
SELECT s.odt, s.docx, s.odt_p7s, s.docx_p7s, s.odt_sm2, s.docx_sm2,
       (SELECT t.answer FROM mingda.stamp t WHERE t.agency_id = s.agency_id AND t.dossier_id = s.dossier_id
        AND t.child = s.child AND t.which = 'odt' AND t.imprint = s.odt_sha256),
       (SELECT t.answer FROM mingda.stamp t WHERE t.agency_id = s.agency_id AND t.dossier_id = s.dossier_id
        AND t.child = s.child AND t.which = 'docx' AND t.imprint = s.docx_sha256), s.sealed_at
  FROM mingda.sealed s WHERE s.agency_id = mingda.agency() AND s.dossier_id = $1 AND s.child = $2

-- query: LETTER_DIGESTS
-- why:   the unsealed packages of a letter as it stands
-- takes: dossier_id int8, child text
-- gives: at-most-one  odt bytea, docx bytea
SELECT l.odt, l.docx FROM mingda.letter l WHERE l.agency_id = mingda.agency() AND l.dossier_id = $1 AND l.child = $2

-- query: TEMPLATE_IN_FORCE
-- why:   the version of a template that rules letters drafted on a day
-- takes: code text, day date
-- gives: at-most-one  version int4, xml text
-- scans: an agency has some dozens of templates, each in few versions
SELECT f.version, f.xml FROM mingda.texts_in_force('letter', $2) f WHERE f.code = $1

-- query: TEMPLATE_VERSION
-- why:   a letter is composed again from the version it was made from
-- takes: code text, version int4
-- gives: at-most-one  xml text
SELECT t.xml FROM mingda.letter_template t WHERE t.agency_id = mingda.agency() AND t.code = $1 AND t.version = $2

-- query: CLAUSES_IN_FORCE
-- why:   the clauses that a template may include, as of a day
-- takes: day date
-- gives: many  code text, version int4, xml text
-- scans: all clauses of one agency are wanted
SELECT f.code, f.version, f.xml FROM mingda.texts_in_force('clause', $1) f

-- query: CLAUSES_OF_VERSIONS
-- why:   a letter is composed again from the clauses it was made from: an object of code and version
-- takes: versions text
-- gives: many  code text, version int4, xml text
-- scans: an agency has some dozens of clauses, each in few versions
SELECT c.code, c.version, c.xml
  FROM json_each_text($1::json) AS used
  JOIN mingda.clause c ON c.agency_id = mingda.agency() AND c.code = used.key AND c.version = used.value::integer

-- query: BLOB_ADD
-- why:   a rendered letter or a file of a dossier, once
-- takes: sha256 bytea, dossier_id int8, name text, media text, encrypted bool, scan text, bytes bytea
-- gives: none
INSERT INTO mingda.blob (agency_id, sha256, dossier_id, name, media, encrypted, scan, bytes)
VALUES (mingda.agency(), $1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING

-- query: BLOB_GET
-- why:   a rendered letter, read before it is sealed
-- takes: dossier_id int8, sha256 bytea
-- gives: at-most-one  bytes bytea, name text, media text
SELECT b.bytes, b.name, b.media FROM mingda.blob b
 WHERE b.agency_id = mingda.agency() AND b.dossier_id = $1 AND b.sha256 = $2


-- query: PERSON_NAME
-- why:   a fact names a person by number, a page by name
-- takes: person int8
-- gives: at-most-one  name text
SELECT p.name FROM mingda.person p WHERE p.person_id = $1

-- query: QUEUE_FIGURES
-- why:   what waits, above the queue: counted in the indexes of open dossiers alone; cost follows those, not the old ones
-- takes: person int8, soon date
-- gives: exactly-one  mine int8, all int8, soon int8, overdue int8
-- scans: the open dossiers of one agency are counted
SELECT (SELECT count(*) FROM mingda.dossier d
         WHERE d.agency_id = mingda.agency() AND d.closed IS NULL AND d.handler = $1),
       (SELECT count(*) FROM mingda.dossier d WHERE d.agency_id = mingda.agency() AND d.closed IS NULL),
       (SELECT count(*) FROM mingda.dossier d
         WHERE d.agency_id = mingda.agency() AND d.closed IS NULL AND d.due BETWEEN mingda.today() AND $2),
       (SELECT count(*) FROM mingda.dossier d
         WHERE d.agency_id = mingda.agency() AND d.closed IS NULL AND d.due < mingda.today() AND NOT d.due_provisional)

-- query: QUEUE_PAGE
-- why:   the queue by due date, page by page; views are bounds of the due date
-- takes: from_due date, until_due date, after_due date, after_dossier int8
-- gives: many  dossier int8, ref text, state text, opened date, due date?, due_provisional bool, due_order date, handler_name text?, channel text, moved_from date?, moved_to date?, row int4?, nonce bytea?, cipher bytea?, commitment bytea?, wrapped bytea?
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.due_provisional,
       CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, p.name, d.channel, d.moved_from, d.moved_to,
       r.row, r.nonce, r.cipher, r.commitment, k.wrapped
  FROM (SELECT * FROM mingda.dossier d
        WHERE d.agency_id = mingda.agency() AND d.closed IS NULL
          AND CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END BETWEEN $1 AND $2
          AND (CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id) > ($3, $4)
        ORDER BY CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id LIMIT 51) d
  LEFT JOIN mingda.person p ON p.person_id = d.handler
  LEFT JOIN LATERAL (SELECT k.wrapped FROM mingda.dossier_key k
                      WHERE k.agency_id = d.agency_id AND k.dossier_id = d.dossier_id LIMIT 1) k ON true
  LEFT JOIN LATERAL (SELECT t.row, t.nonce, t.cipher, t.commitment FROM mingda.private t
                      WHERE t.agency_id = d.agency_id AND t.dossier_id = d.dossier_id AND t.kind = 'request'
                      ORDER BY t.row LIMIT 1) r ON true
 ORDER BY CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id

-- query: QUEUE_MINE
-- why:   the same for what is assigned to one person
-- takes: handler int8, from_due date, until_due date, after_due date, after_dossier int8
-- gives: many  dossier int8, ref text, state text, opened date, due date?, due_provisional bool, due_order date, handler_name text?, channel text, moved_from date?, moved_to date?, row int4?, nonce bytea?, cipher bytea?, commitment bytea?, wrapped bytea?
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.due_provisional,
       CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, p.name, d.channel, d.moved_from, d.moved_to,
       r.row, r.nonce, r.cipher, r.commitment, k.wrapped
  FROM (SELECT * FROM mingda.dossier d
        WHERE d.agency_id = mingda.agency() AND d.closed IS NULL AND d.handler = $1
          AND CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END BETWEEN $2 AND $3
          AND (CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id) > ($4, $5)
        ORDER BY CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id LIMIT 51) d
  LEFT JOIN mingda.person p ON p.person_id = d.handler
  LEFT JOIN LATERAL (SELECT k.wrapped FROM mingda.dossier_key k
                      WHERE k.agency_id = d.agency_id AND k.dossier_id = d.dossier_id LIMIT 1) k ON true
  LEFT JOIN LATERAL (SELECT t.row, t.nonce, t.cipher, t.commitment FROM mingda.private t
                      WHERE t.agency_id = d.agency_id AND t.dossier_id = d.dossier_id AND t.kind = 'request'
                      ORDER BY t.row LIMIT 1) r ON true
 ORDER BY CASE WHEN d.due IS NULL THEN '9999-12-31'::date ELSE d.due END, d.dossier_id

-- query: QUEUE_CLOSED
-- why:   what was closed, newest first
-- takes: before_closed date, before_dossier int8
-- gives: many  dossier int8, ref text, state text, opened date, due date?, due_provisional bool, due_order date, handler_name text?, channel text, row int4?, nonce bytea?, cipher bytea?, commitment bytea?, wrapped bytea?
SELECT d.dossier_id, d.ref, d.state, d.opened, d.due, d.due_provisional,
       d.closed, p.name, d.channel,
       r.row, r.nonce, r.cipher, r.commitment, k.wrapped
  FROM (SELECT * FROM mingda.dossier d
        WHERE d.agency_id = mingda.agency() AND d.closed <= $1 AND (d.closed, d.dossier_id) < ($1, $2)
        ORDER BY d.closed DESC, d.dossier_id DESC LIMIT 51) d
  LEFT JOIN mingda.person p ON p.person_id = d.handler
  LEFT JOIN LATERAL (SELECT k.wrapped FROM mingda.dossier_key k
                      WHERE k.agency_id = d.agency_id AND k.dossier_id = d.dossier_id LIMIT 1) k ON true
  LEFT JOIN LATERAL (SELECT t.row, t.nonce, t.cipher, t.commitment FROM mingda.private t
                      WHERE t.agency_id = d.agency_id AND t.dossier_id = d.dossier_id AND t.kind = 'request'
                      ORDER BY t.row LIMIT 1) r ON true
 ORDER BY d.closed DESC, d.dossier_id DESC

-- query: DRAFT_PUT
-- why:   an application that is being written survives until it is sent; encrypted, one for each visitor
-- takes: visitor bytea, wrapped bytea, nonce bytea, cipher bytea
-- gives: none
INSERT INTO mingda.draft (agency_id, visitor, wrapped, nonce, cipher) VALUES (mingda.agency(), $1, $2, $3, $4)
ON CONFLICT (agency_id, visitor) DO UPDATE SET wrapped = EXCLUDED.wrapped, nonce = EXCLUDED.nonce, cipher = EXCLUDED.cipher,
    seen = now()

-- query: DRAFT_GET
-- why:   the next page of an application that is being written
-- takes: visitor bytea
-- gives: at-most-one  wrapped bytea, nonce bytea, cipher bytea
SELECT wrapped, nonce, cipher FROM mingda.draft
 WHERE agency_id = mingda.agency() AND visitor = $1 AND seen > now() - interval '1 day'

-- query: DRAFTS_CLEAR
-- why:   what nobody goes on with is forgotten after a day
-- takes: nothing
-- gives: none
-- scans: drafts of one day
DELETE FROM mingda.draft WHERE agency_id = mingda.agency() AND seen < now() - interval '1 day'
