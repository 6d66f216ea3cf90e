-- prose
SELECT 1;
