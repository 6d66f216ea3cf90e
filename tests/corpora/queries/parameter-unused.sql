-- query: A
-- why: x
-- takes: ref text, day date
-- gives: none
SELECT $1;
