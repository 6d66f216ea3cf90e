-- Verifying: what the register says of a file or of a code, to anybody.

-- query: LETTER_CODE_ADD
-- why:   a letter is drafted with its code: the page for verifying will find it
-- takes: code bytea, dossier int8, child text, odt bytea, title text
-- gives: none
INSERT INTO mingda.letter_code (agency_id, code, dossier_id, child, odt, title)
VALUES (mingda.agency(), $1, $2, $3, $4, $5);

-- query: SEALED_BY_DIGEST
-- why:   is this file, byte for byte, one that was sealed here, by whichever agency?
-- takes: digest bytea
-- gives: at-most-one   agency_name text, title text?, number text, dated date, sealed timestamptz, odt_sha256 bytea, docx_sha256 bytea, which text
-- scans: the one row that the function gives is read
SELECT agency_name, title, number, dated, sealed, odt_sha256, docx_sha256, which FROM mingda.sealed_by_digest($1);

-- query: SEALED_BY_CODE
-- why:   the letter on which this code is printed; what is asked with is the code's SHA-256
-- takes: digest bytea
-- gives: at-most-one   agency_name text, title text?, number text, dated date, sealed timestamptz, odt_sha256 bytea, docx_sha256 bytea
-- scans: the one row that the function gives is read
SELECT agency_name, title, number, dated, sealed, odt_sha256, docx_sha256 FROM mingda.sealed_by_code($1);

-- query: VERIFY_MOMENT
-- why:   a signature from the future is not valid; on a pinned day the later of the two moments counts, for letters are
--        sealed at the pinned one
-- takes: nothing
-- gives: exactly-one   moment timestamptz
SELECT greatest(now(), mingda.moment());
