
-- query: A
-- takes: ref text
-- gives: at-most-one  id int8
SELECT 1 WHERE $1 = '';
