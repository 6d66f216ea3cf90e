-- Sealing: what the signer asks besides its list of work (letters.sql).

-- query: APPROVAL_TO_SIGN
-- why:   the journal of a seal names the approval it rests on
-- takes: agency int4, dossier int8, child text
-- gives: at-most-one   seq int4, approved_by int8?, role text, on_day date
-- scans: the one row that the function gives is read
SELECT seq, approved_by, role, on_day FROM mingda.approval_to_sign($1, $2, $3);

-- query: CODE_TO_CHECK
-- why:   the signer judges the approver's one-time code before it seals
-- takes: agency int4, dossier int8, child text
-- gives: at-most-one   person_id int8?, secret bytea?, code text?, entered timestamptz?
-- scans: the one row that the function gives is read
SELECT person_id, secret, code, entered FROM mingda.code_to_check($1, $2, $3);

-- query: CODE_USED_ADD
-- why:   the code has served, for this letter; DUPLICATE: it had served already
-- takes: person_id int8, step int8, agency int4, dossier int8, child text, odt bytea, docx bytea
-- gives: none
INSERT INTO mingda.code_used (person_id, step, agency_id, dossier_id, child, odt, docx)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- query: CODE_ENTER
-- why:   the approver types a code for an approval of their own: taken, not-yours or too-many
-- takes: dossier int8, approval int4, typed text
-- gives: exactly-one   outcome text
-- scans: the one row that the function gives is read
SELECT mingda.enter_code($1, $2, $3);

-- query: CODE_ASKED
-- why:   is this person's approval to be confirmed with a one-time code?
-- takes: person int8
-- gives: at-most-one   enrolled timestamptz
SELECT enrolled FROM mingda.approver WHERE person_id = $1;

-- query: APPROVER_PUT
-- why:   mingda account enrol, as owner: a new secret takes the place of an old one
-- takes: login text, secret bytea
-- gives: at-most-one   person int8
INSERT INTO mingda.approver (person_id, secret) SELECT person_id, $2 FROM mingda.person WHERE login = $1
ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, enrolled = now() RETURNING person_id;

-- query: APPROVER_GET
-- why:   mingda demo code, as owner: the box of a demonstration account, and the moment for which a code is wanted
-- takes: login text
-- gives: at-most-one   person int8, secret bytea, moment timestamptz
-- scans: those who approve are some dozens
SELECT a.person_id, a.secret, mingda.moment() FROM mingda.approver a JOIN mingda.person p USING (person_id)
WHERE p.login = $1;

-- query: CODES_SPENT
-- why:   mingda demo code gives none that has served, or was typed in the two minutes before that moment, as owner
-- takes: person int8, from_step int8, to_step int8
-- gives: many   step int8?, code text?
SELECT u.step, NULL FROM mingda.code_used u WHERE u.person_id = $1 AND u.step BETWEEN $2 AND $3
UNION ALL
SELECT NULL, c.code FROM mingda.approval_code c
WHERE c.person_id = $1 AND c.entered BETWEEN mingda.moment() - interval '2 minutes' AND mingda.moment();

-- query: DEMO_CODE_ADD
-- why:   the demonstration's past: the code of that day and time, as owner
-- takes: agency int4, dossier int8, approval int4, person int8, code text, odt bytea, docx bytea, entered timestamptz
-- gives: none
INSERT INTO mingda.approval_code (agency_id, dossier_id, seq, try, person_id, code, odt, docx, entered)
VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8);

-- query: SEAL_CLAIM
-- why:   one signer at a time works on a letter; false: another was faster
-- takes: agency int4, dossier int8, child text, next_try int4
-- gives: exactly-one   free bool
-- scans: the one row that the function gives is read
SELECT mingda.seal_claim($1, $2, $3, $4);

-- query: CODE_SERVED
-- why:   the code that was checked when the letter was begun need not be typed again to finish it
-- takes: agency int4, dossier int8, child text
-- gives: exactly-one   served bool
-- scans: the one row that the function gives is read
SELECT mingda.code_served($1, $2, $3);

-- query: SEAL_BEGUN_ADD
-- why:   the values of a letter's two signatures, before their timestamps are known
-- takes: agency int4, dossier int8, child text, try int4, odt bytea, docx bytea, at int8, certificate bytea, odt_value text, docx_value text, odt_imprint bytea, docx_imprint bytea
-- gives: none
INSERT INTO mingda.seal_begun (agency_id, dossier_id, child, try, odt, docx, at, certificate, odt_value, docx_value,
    odt_imprint, docx_imprint)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- query: STAMPS_WANTED
-- why:   the clock's questions to the timestamp authority, of all agencies
-- takes: how_many int4
-- gives: many   agency int4, dossier int8, child text, which text, imprint bytea, tries int4
-- scans: the list that the function gives, at most how_many rows, is read whole
SELECT agency_id, dossier_id, child, which, imprint, tries FROM mingda.stamps_wanted($1);

-- query: STAMP_PUT
-- why:   an answer of the authority; false: it is not wanted any more
-- takes: agency int4, dossier int8, child text, which text, imprint bytea, answer bytea, at timestamptz, authority text
-- gives: exactly-one   taken bool
-- scans: the one row that the function gives is read
SELECT mingda.stamp_put($1, $2, $3, $4, $5, $6, $7, $8);

-- query: STAMP_FAILED
-- why:   no timestamp came, and why; asked again after a pause in seconds
-- takes: agency int4, dossier int8, child text, which text, imprint bytea, code text, pause int4
-- gives: none
SELECT FROM mingda.stamp_failed($1, $2, $3, $4, $5, $6, $7);

-- query: SEAL_SEEN
-- why:   the signer tells which certificate its seal has; true: it is another than before
-- takes: kind text, sha256 bytea, serial text, subject text, until timestamptz
-- gives: exactly-one   changed bool
-- scans: the one row that the function gives is read
SELECT mingda.seal_seen($1, $2, $3, $4, $5);

-- query: SEAL_CERTIFICATES
-- why:   until when the seals last: for those who watch
-- takes: nothing
-- gives: many   kind text, serial text, subject text, until timestamptz, seconds int8
-- scans: a row for each certificate that was ever in use: some dozens
SELECT DISTINCT ON (kind) kind, serial, subject, until, extract(epoch FROM until - mingda.moment())::bigint
FROM mingda.seal_certificate ORDER BY kind, since DESC;

-- query: LETTER_BESIDE
-- why:   which files stand beside a sealed letter besides the two signatures that all have, and is there a copy to read
-- takes: dossier int8, child text
-- gives: at-most-one   sm2 bool, odt_tsr bool, docx_tsr bool, pdf bool
SELECT s.odt_sm2 IS NOT NULL AND s.docx_sm2 IS NOT NULL,
       EXISTS (SELECT FROM mingda.stamp t WHERE t.agency_id = s.agency_id AND t.dossier_id = s.dossier_id
               AND t.child = s.child AND t.which = 'odt' AND t.imprint = s.odt_sha256),
       EXISTS (SELECT FROM mingda.stamp t WHERE t.agency_id = s.agency_id AND t.dossier_id = s.dossier_id
               AND t.child = s.child AND t.which = 'docx' AND t.imprint = s.docx_sha256),
       EXISTS (SELECT FROM mingda.pdf_copy c WHERE c.agency_id = s.agency_id AND c.dossier_id = s.dossier_id
               AND c.child = s.child)
FROM mingda.sealed s WHERE s.agency_id = mingda.agency() AND s.dossier_id = $1 AND s.child = $2;
