-- query: dossier
-- why: x
-- takes: nothing
-- gives: none
SELECT 1;
