-- 0013: search without readable words.

-- What is asked may name people. A posting therefore holds keyed hashes of pairs of characters and of words, 64 bits of
-- each: equal words are found, none can be read or tried out without the master key. Erasure takes the row away.
DROP FUNCTION mingda.search(text[], integer);
DROP INDEX mingda.posting_grams;
TRUNCATE mingda.posting;
ALTER TABLE mingda.posting DROP COLUMN grams, ADD COLUMN words bigint[] NOT NULL;
CREATE INDEX posting_words ON mingda.posting USING gin (words) WITH (gin_pending_list_limit = 64);

-- Dossiers of the session's agency that hold all of `wanted`, or the whole name `named`; newest first, before `before`.
-- Array operators are not leakproof: a policy would keep the index from being used, so the fence is written out here.
-- What is found comes first, by the index alone; then order and page.
CREATE FUNCTION mingda.search(wanted bigint[], named bigint[], before bigint, how_many integer)
    RETURNS TABLE (dossier_id bigint) LANGUAGE sql STABLE ROWS 51 SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    WITH found AS MATERIALIZED (
        SELECT p.dossier_id FROM mingda.posting p
        WHERE p.agency_id = mingda.agency() AND cardinality(wanted) > 0 AND p.words @> wanted
        UNION
        SELECT p.dossier_id FROM mingda.posting p
        WHERE p.agency_id = mingda.agency() AND cardinality(named) > 0 AND p.words @> named)
    SELECT f.dossier_id FROM found f WHERE f.dossier_id < before ORDER BY f.dossier_id DESC LIMIT how_many
$$;
GRANT EXECUTE ON FUNCTION mingda.search(bigint[], bigint[], bigint, integer) TO mingda_web;
