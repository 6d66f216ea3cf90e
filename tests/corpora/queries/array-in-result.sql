-- query: A
-- why: x
-- takes: nothing
-- gives: many  grams text[]
SELECT 1;
