-- PDF copies of sealed letters (mingda pdf).

-- query: PDF_TAKE
-- why:   the next sealed letter without a copy, for one process and so many seconds
-- takes: seconds int4, most_tries int4
-- gives: at-most-one   agency int4, dossier int8, child text, odt bytea, odt_sha256 bytea, tries int4
-- scans: the one row that the function gives is read
SELECT agency_id, dossier_id, child, odt, odt_sha256, tries FROM mingda.pdf_take($1, $2);

-- query: PDF_PUT
-- why:   a copy, made from exactly that ODT; false: it is not wanted any more
-- takes: agency int4, dossier int8, child text, odt_sha256 bytea, bytes bytea
-- gives: exactly-one   taken bool
-- scans: the one row that the function gives is read
SELECT mingda.pdf_put($1, $2, $3, $4, $5);

-- query: PDF_FAILED
-- why:   none was made, and why; tried again after a pause in seconds
-- takes: agency int4, dossier int8, child text, code text, pause int4, give_back bool
-- gives: none
SELECT FROM mingda.pdf_failed($1, $2, $3, $4, $5, $6);

-- query: LETTER_PDF
-- why:   the copy to read of a sealed letter, where there is one
-- takes: dossier int8, child text
-- gives: at-most-one   pdf bytea
SELECT c.bytes FROM mingda.pdf_copy c
WHERE c.agency_id = mingda.agency() AND c.dossier_id = $1 AND c.child = $2;
