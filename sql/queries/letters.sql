-- Letters: templates, packages, seals; and what leaves the house.

-- query: TEMPLATE_ADD
-- why:   a draft of a template, the next version of its code, as owner
-- takes: code text, xml text, drafted_by int8
-- gives: exactly-one   version int4
INSERT INTO mingda.letter_template (agency_id, code, version, xml, drafted_by)
SELECT mingda.agency(), $1, coalesce(max(version), 0) + 1, $2, $3 FROM mingda.letter_template
WHERE agency_id = mingda.agency() AND code = $1 RETURNING version;

-- query: TEMPLATE_APPROVE
-- why:   a second person approves a draft from a day on, as owner; the same person is refused by a constraint
-- takes: code text, version int4, approved_by int8, in_force date
-- gives: at-most-one   version int4
UPDATE mingda.letter_template SET approved_by = $3, in_force = $4
WHERE agency_id = mingda.agency() AND code = $1 AND version = $2 AND approved_by IS NULL RETURNING version;

-- query: CLAUSE_ADD
-- why:   a draft of a clause, the next version of its code, as owner
-- takes: code text, xml text, drafted_by int8
-- gives: exactly-one   version int4
INSERT INTO mingda.clause (agency_id, code, version, xml, drafted_by)
SELECT mingda.agency(), $1, coalesce(max(version), 0) + 1, $2, $3 FROM mingda.clause
WHERE agency_id = mingda.agency() AND code = $1 RETURNING version;

-- query: CLAUSE_APPROVE
-- why:   a second person approves a clause from a day on, as owner
-- takes: code text, version int4, approved_by int8, in_force date
-- gives: at-most-one   version int4
UPDATE mingda.clause SET approved_by = $3, in_force = $4
WHERE agency_id = mingda.agency() AND code = $1 AND version = $2 AND approved_by IS NULL RETURNING version;

-- query: LETTER_PUT
-- why:   writes a letter's row that follows from the facts
-- takes: dossier int8, child text, template text, version int4, number text, state text, odt bytea, docx bytea, drafted date, drafted_by int8?, approved_seq int4?, approved_by int8?, sealed_seq int4?, served date?, method text?
-- gives: none
INSERT INTO mingda.letter (agency_id, dossier_id, child, template, version, number, state, odt, docx, drafted, drafted_by,
    approved_seq, approved_by, sealed_seq, served, method)
VALUES (mingda.agency(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (agency_id, dossier_id, child) DO UPDATE SET template = excluded.template, version = excluded.version,
    number = excluded.number, state = excluded.state, odt = excluded.odt, docx = excluded.docx,
    drafted = excluded.drafted, drafted_by = excluded.drafted_by, approved_seq = excluded.approved_seq,
    approved_by = excluded.approved_by, sealed_seq = excluded.sealed_seq, served = excluded.served,
    method = excluded.method;

-- query: LETTERS_TO_SIGN
-- why:   the signer's work: approved letters without a seal, of all agencies, through the one door it has
-- takes: how_many int4, wait int4
-- gives: many   agency int4, dossier int8, child text, template text, number text, odt bytea, docx bytea, odt_sha256 bytea, docx_sha256 bytea, tries int4, at int8?, certificate bytea?, odt_value text?, docx_value text?, odt_imprint bytea?, docx_imprint bytea?, odt_stamp bytea?, docx_stamp bytea?
-- scans: the list that the function gives, at most how_many rows, is read whole
SELECT agency_id, dossier_id, child, template, number, odt, docx, odt_sha256, docx_sha256, tries, at, certificate,
    odt_value, docx_value, odt_imprint, docx_imprint, odt_stamp, docx_stamp
FROM mingda.letters_to_sign($1, $2);

-- query: SEALED_ADD
-- why:   the signer's one row for a letter; nobody else may write here
-- takes: agency int4, dossier int8, child text, odt bytea, docx bytea, odt_p7s bytea, docx_p7s bytea, certificate bytea, journal text, odt_sm2 bytea?, docx_sm2 bytea?, odt_stamped timestamptz?, docx_stamped timestamptz?
-- gives: none
INSERT INTO mingda.sealed (agency_id, dossier_id, child, odt, docx, odt_p7s, docx_p7s, certificate, journal, odt_sm2,
    docx_sm2, odt_stamped, docx_stamped)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- query: SEAL_FAILED
-- why:   the signer says why a letter has no seal yet; with agency NULL all that wait have none for this reason
-- takes: agency int4?, dossier int8?, child text?, code text
-- gives: none
SELECT FROM mingda.seal_failed($1, $2, $3, $4);

-- query: SEAL_TROUBLE
-- why:   those who wait for a seal read why it does not come, and see since when it should have
-- takes: dossier int8, child text
-- gives: at-most-one   code text?, seconds int8
SELECT t.code, extract(epoch FROM mingda.moment() - f.at)::bigint
FROM mingda.letter l
JOIN mingda.fact f ON f.agency_id = l.agency_id AND f.dossier_id = l.dossier_id AND f.seq = l.approved_seq
LEFT JOIN mingda.seal_trouble t ON t.agency_id = l.agency_id AND t.dossier_id = l.dossier_id AND t.child = l.child
WHERE l.agency_id = mingda.agency() AND l.dossier_id = $1 AND l.child = $2;

-- query: SEALED_NEW
-- why:   seals that are not yet facts of their dossiers: the clock takes them in
-- takes: how_many int4
-- gives: many   dossier int8, child text, odt_sha256 bytea, docx_sha256 bytea
-- scans: the partial index of letters that wait for their seal is read from its beginning
SELECT l.dossier_id, l.child, s.odt_sha256, s.docx_sha256
FROM mingda.letter l
JOIN mingda.sealed s ON s.agency_id = l.agency_id AND s.dossier_id = l.dossier_id AND s.child = l.child
WHERE l.agency_id = mingda.agency() AND l.approved_seq IS NOT NULL AND l.sealed_seq IS NULL
ORDER BY l.dossier_id, l.child LIMIT $1;

-- query: SEALED_FILE
-- why:   one file of a sealed letter: odt, docx, odt.p7s or docx.p7s
-- takes: dossier int8, child text, which text
-- gives: at-most-one   bytes bytea?, number text
SELECT CASE $3 WHEN 'odt' THEN s.odt WHEN 'docx' THEN s.docx WHEN 'odt.p7s' THEN s.odt_p7s
               WHEN 'docx.p7s' THEN s.docx_p7s END, l.number
FROM mingda.sealed s
JOIN mingda.letter l ON l.agency_id = s.agency_id AND l.dossier_id = s.dossier_id AND l.child = s.child
WHERE s.agency_id = mingda.agency() AND s.dossier_id = $1 AND s.child = $2;
