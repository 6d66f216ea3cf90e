-- query: A
-- why: x
-- takes: ref varchar
-- gives: none
SELECT $1;
