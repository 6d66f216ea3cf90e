-- 0022: a seal lasts until the first certificate of its chain ends. Where another chain is put beside the same certificate it
-- ends at another time, which those who watch are to see: a row for that too.
CREATE OR REPLACE FUNCTION mingda.seal_seen(which text, digest bytea, number text, name text, lasts timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('seal_certificate ' || which, 0));
    IF EXISTS (SELECT FROM (SELECT c.sha256, c.until FROM mingda.seal_certificate c WHERE c.kind = which
                            ORDER BY c.since DESC LIMIT 1) newest
               WHERE newest.sha256 = digest AND newest.until = lasts) THEN
        RETURN false;
    END IF;
    INSERT INTO mingda.seal_certificate (kind, sha256, serial, subject, until) VALUES (which, digest, number, name, lasts);
    RETURN true;
END $$;
