-- query: A
-- why: x
-- takes: nothing
-- gives: none
-- scans:
SELECT 1;
