-- query: A
-- why: x
-- takes: nothing
-- gives: none  id int8
SELECT 1;
