-- A store of a believable size for judging plans: on empty tables every plan costs the same.
INSERT INTO mingda.agency (agency_id, name, short_name, unit_code, doc_mark, court, review_body)
SELECT g, '机关' || g, '机关' || g, lpad(g::text, 10, '0'), '〔' || g || '〕', '法院', '政府' FROM generate_series(1, 3) g;
INSERT INTO mingda.person (login, name, hash) SELECT 'p' || g, '人员' || g, '-' FROM generate_series(1, 20000) g;
INSERT INTO mingda.person_role SELECT 1 + g % 3, g, 'role-' || chr(97 + g % 26) || chr(97 + g / 26 % 26) FROM generate_series(1, 20000) g;
INSERT INTO mingda.session (token_hash, person_id, agency_id, csrf, idle_end, end_at)
SELECT sha256(g::text::bytea), 1 + g * 97 % 20000, 1 + g % 3, sha256('c'), now() + interval '1 hour', now() + interval '8 hours'
FROM generate_series(1, 200) g;
INSERT INTO mingda.attempt SELECT 'login', sha256(g::text::bytea), now() - g * interval '10 minutes', 1
FROM generate_series(1, 2000) g;
INSERT INTO mingda.edition SELECT 'cn-2019', g::text, sha256(g::text::bytea), 'x', '2019-05-15', '2019-05-15'
FROM generate_series(1, 60) g;
INSERT INTO mingda.calendar SELECT 'cn', g::text, sha256(g::text::bytea), 'x', '2019-05-15', '2019-05-15'
FROM generate_series(1, 60) g;

CREATE TEMP TABLE d AS SELECT 1 + g % 3 AS a, 2026000000000 + g AS id, 'SQ' || lpad(g::text, 21, '0') AS ref, g
FROM generate_series(1, 8000) g;
INSERT INTO mingda.dossier_number SELECT a, id, ref FROM d;
INSERT INTO mingda.dossier (agency_id, dossier_id, ref, seq, edition, edition_version, calendar, calendar_version,
    configuration, state, public_state, opened, due, due_as_of, closed, handler)
SELECT a, id, ref, 3, 'cn-2019', '1', 'cn', '1', 'review', (ARRAY['review', 'drafting', 'approval', 'answered'])[1 + g % 4],
    'x', date '2026-01-01' + g % 300, date '2026-02-01' + g % 300, CASE WHEN g % 10 = 0 THEN date '2026-03-01' END,
    CASE WHEN g % 4 = 3 THEN date '2026-02-01' + g % 300 END, 1 + g * 97 % 20000
FROM d;
INSERT INTO mingda.fact (agency_id, dossier_id, seq, kind, on_day, at, recorded, role, body)
SELECT a, id, s, 'received', '2026-03-02', '2026-03-02 01:00:00Z', '2026-03-02', 'clerk',
    convert_to(jsonb_build_object('agency', a, 'dossier', id, 'seq', s, 'kind', 'received', 'on', '2026-03-02',
        'recorded', '2026-03-02', 'at', '2026-03-02T01:00:00Z', 'role', 'clerk', 'data', '{}'::jsonb)::text, 'UTF8')
FROM d, generate_series(1, 3) s;
INSERT INTO mingda.submission SELECT a, gen_random_uuid(), id, 1 FROM d;
INSERT INTO mingda.unsequenced (agency_id, dossier_id, seq) SELECT a, id, 3 FROM d;
INSERT INTO mingda.clock SELECT a, id, 'reply', '', '条例33', 'wd', '2026-03-02', 20 FROM d;
INSERT INTO mingda.child (agency_id, dossier_id, child, kind, state, first_seq, last_seq)
SELECT a, id, 'i' || n, 'item', 'open', 1, 1 FROM d, generate_series(1, 2) n;
INSERT INTO mingda.letter (agency_id, dossier_id, child, template, version, number, state, odt, docx, drafted, approved_seq,
    sealed_seq)
SELECT a, id, 'L' || n, 'D01', 1, ref || '-' || n, 'sealed', sha256(ref::bytea), sha256(ref::bytea), '2026-03-02', 3,
    CASE WHEN g % 50 > 0 THEN 4 END FROM d, generate_series(1, 2) n;
ALTER TABLE mingda.sealed DISABLE TRIGGER sealed_is_approved;
INSERT INTO mingda.sealed (agency_id, dossier_id, child, odt, docx, odt_p7s, docx_p7s, certificate, journal)
SELECT a, id, 'L1', 'x', 'x', 'x', 'x', sha256('x'), 'x' FROM d WHERE g % 2 = 0;
ALTER TABLE mingda.sealed ENABLE TRIGGER sealed_is_approved;
INSERT INTO mingda.wake SELECT a, id, date '2026-03-02' + g % 60 FROM d;
INSERT INTO mingda.posting SELECT a, id, ARRAY[g, 1000000 + g % 100] FROM d;
INSERT INTO mingda.dossier_key SELECT a, id, 'x' FROM d;
INSERT INTO mingda.private SELECT a, id, n, 'request', substr(sha256('n'), 1, 24), 'x', sha256('x')
FROM d, generate_series(1, 3) n;
INSERT INTO mingda.applicant_hash SELECT a, 'id-number', sha256((g % 500)::text::bytea), id FROM d;
INSERT INTO mingda.query_code SELECT a, id, sha256(ref::bytea) FROM d;
INSERT INTO mingda.access (agency_id, dossier_id, what) SELECT a, id, 'page' FROM d;
INSERT INTO mingda.blob (agency_id, sha256, dossier_id, bytes) SELECT a, sha256(ref::bytea), id, 'x' FROM d;
INSERT INTO mingda.letter_template (agency_id, code, version, xml, drafted_by, approved_by, in_force)
SELECT 1 + g % 3, 'D' || g / 3 % 30, 1 + g / 90, '<x code="D' || g / 3 % 30 || '"/>', 1, 2, '2026-01-01' FROM generate_series(1, 1800) g;
INSERT INTO mingda.clause (agency_id, code, version, xml, drafted_by, approved_by, in_force)
SELECT 1 + g % 3, 'c' || g / 3 % 30, 1 + g / 90, '<x code="c' || g / 3 % 30 || '"/>', 1, 2, '2026-01-01' FROM generate_series(1, 1800) g;
INSERT INTO mingda.outbox (agency_id, dossier_id, kind, payload, done)
SELECT a, id, 'mail', '{}', CASE WHEN g % 20 > 0 THEN now() END FROM d;
ANALYZE;
