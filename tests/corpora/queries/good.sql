-- A file may open with prose; a key's text may go on in the next line.

-- query: DOSSIER_BY_REF
-- why:   the public page and the officer's page
--        both begin "here"
-- takes: ref text, day date?, n int8?
-- gives: at-most-one   id int8, due date?, body bytea
-- scans: it is a test
SELECT id, 'a;b $9 \', due
FROM dossier WHERE ref = $1 AND ($2 IS NULL OR due < $2) AND n = $3;

-- query: TOUCH
-- why:   no semicolon at the end of the last one
-- takes:
-- gives: none
UPDATE dossier SET seen = now()
