-- query: A
-- why: x
-- takes: ref
-- gives: none
SELECT $1;
