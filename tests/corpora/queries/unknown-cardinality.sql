-- query: A
-- why: x
-- takes: nothing
-- gives: two  id int8
SELECT 1;
