-- query: A
-- why: x
-- takes: nothing
-- gives: many  id int8, id int4
SELECT 1;
