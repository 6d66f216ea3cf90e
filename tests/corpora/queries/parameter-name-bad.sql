-- query: A
-- why: x
-- takes: Ref text
-- gives: none
SELECT $1;
