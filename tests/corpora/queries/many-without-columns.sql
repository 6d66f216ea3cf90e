-- query: A
-- why: x
-- takes: nothing
-- gives: many
SELECT 1;
