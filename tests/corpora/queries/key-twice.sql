-- query: A
-- why: x
-- why: y
-- takes: nothing
-- gives: none
SELECT 1;
