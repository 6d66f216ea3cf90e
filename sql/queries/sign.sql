-- Sealing: what the signer asks besides its list of work (letters.sql).

-- query: APPROVAL_TO_SIGN
-- why:   the journal of a seal names the approval it rests on
-- takes: agency int4, dossier int8, child text
-- gives: at-most-one   seq int4, approved_by int8?, role text, on_day date
-- scans: the one row that the function gives is read
SELECT seq, approved_by, role, on_day FROM mingda.approval_to_sign($1, $2, $3);
