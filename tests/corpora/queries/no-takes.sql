-- query: A
-- why: x
-- gives: none
DELETE FROM x;
