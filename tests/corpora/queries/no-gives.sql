-- query: A
-- why: x
-- takes: nothing
DELETE FROM x;
