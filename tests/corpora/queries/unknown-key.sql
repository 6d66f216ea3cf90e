-- query: A
-- why: x
-- give: none
SELECT 1;
