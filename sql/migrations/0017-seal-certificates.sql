-- 0017: which certificate each seal has had, and until when it lasts: for those who watch (/metrics, the queue's notice) and for
-- those who ask years later which one was in use. One row for each change, told by the signer; the newest rules. No agency:
-- the installation has one seal process.
CREATE TABLE mingda.seal_certificate (
    kind    text NOT NULL CHECK (kind IN ('seal', 'sm2')),
    since   timestamptz NOT NULL DEFAULT clock_timestamp(),
    sha256  bytea NOT NULL CHECK (length(sha256) = 32),
    serial  text NOT NULL CHECK (serial ~ '^[0-9]{1,60}$'),
    subject text NOT NULL CHECK (length(subject) <= 1000),
    until   timestamptz NOT NULL,                     -- of it or of a certificate above it, whichever ends first
    PRIMARY KEY (kind, since)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mingda.seal_certificate FOR EACH ROW
    EXECUTE FUNCTION mingda.refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON mingda.seal_certificate FOR EACH STATEMENT
    EXECUTE FUNCTION mingda.refuse_change();
GRANT SELECT ON mingda.seal_certificate TO mingda_web, mingda_audit;

-- The signer has opened this seal: a row where it is another than before.
CREATE FUNCTION mingda.seal_seen(which text, digest bytea, number text, name text, lasts timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('seal_certificate ' || which, 0));
    IF digest IS NOT DISTINCT FROM (SELECT c.sha256 FROM mingda.seal_certificate c WHERE c.kind = which
                                    ORDER BY c.since DESC LIMIT 1) THEN
        RETURN false;
    END IF;
    INSERT INTO mingda.seal_certificate (kind, sha256, serial, subject, until) VALUES (which, digest, number, name, lasts);
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION mingda.seal_seen(text, bytea, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingda.seal_seen(text, bytea, text, text, timestamptz) TO mingda_sign;
