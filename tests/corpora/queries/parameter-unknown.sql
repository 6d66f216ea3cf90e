-- query: A
-- why:   because
-- takes: ref text
-- gives: at-most-one  id int8
SELECT $1, $2;
