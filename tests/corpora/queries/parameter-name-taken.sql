-- query: A
-- why: x
-- takes: life text
-- gives: none
SELECT $1;
