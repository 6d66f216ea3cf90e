-- 0021: PDF copies of sealed letters, to read where no office program is at hand. The ODT stays the original: a copy is not
-- sealed, proves nothing, and nothing waits for one. LibreOffice makes them in a process of its own (`mingda pdf`), whose role
-- gets one sealed letter at a time and may give back one file for it.
CREATE TABLE mingda.pdf_copy (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    odt_sha256 bytea NOT NULL CHECK (length(odt_sha256) = 32), -- of the sealed ODT that it was made from
    bytes      bytea NOT NULL CHECK (length(bytes) BETWEEN 100 AND 16777216 AND substr(bytes, 1, 5) = '\x255044462d'),
    made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agency_id, dossier_id, child)
);
ALTER TABLE mingda.pdf_copy ALTER bytes SET STORAGE EXTERNAL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mingda.pdf_copy FOR EACH ROW EXECUTE FUNCTION mingda.refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON mingda.pdf_copy FOR EACH STATEMENT EXECUTE FUNCTION mingda.refuse_change();
ALTER TABLE mingda.pdf_copy ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON mingda.pdf_copy USING (agency_id = mingda.agency()) WITH CHECK (agency_id = mingda.agency());
GRANT SELECT ON mingda.pdf_copy TO mingda_web;
GRANT SELECT (agency_id, dossier_id, child, odt_sha256, made_at) ON mingda.pdf_copy TO mingda_audit;

-- The queue: a row per sealed letter without a copy. Where LibreOffice is never installed, it only waits.
CREATE TABLE mingda.pdf_wanted (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries      integer NOT NULL DEFAULT 0,
    problem    text CHECK (problem ~ '^[A-Z][A-Z0-9_]{2,60}$'),
    PRIMARY KEY (agency_id, dossier_id, child)
);
CREATE INDEX pdf_wanted_next ON mingda.pdf_wanted (tries, since);
ALTER TABLE mingda.pdf_wanted ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON mingda.pdf_wanted USING (agency_id = mingda.agency()) WITH CHECK (agency_id = mingda.agency());
INSERT INTO mingda.pdf_wanted (agency_id, dossier_id, child, since)
    SELECT agency_id, dossier_id, child, sealed_at FROM mingda.sealed;

CREATE FUNCTION mingda.pdf_is_wanted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    INSERT INTO mingda.pdf_wanted (agency_id, dossier_id, child) VALUES (NEW.agency_id, NEW.dossier_id, NEW.child);
    RETURN NULL;
END $$;
CREATE TRIGGER pdf_is_wanted AFTER INSERT ON mingda.sealed FOR EACH ROW EXECUTE FUNCTION mingda.pdf_is_wanted();

-- ----------------------------------------------------------------------------------------------- the role mingda_pdf
GRANT USAGE ON SCHEMA mingda TO mingda_pdf;
GRANT EXECUTE ON FUNCTION mingda.agency(), mingda.person(), mingda.today(), mingda.moment() TO mingda_pdf;

-- The next letter, for so many seconds, in which nobody else gets it. The try counts from here, so that one which ends the
-- process itself is not tried for ever; letters never tried come first.
CREATE FUNCTION mingda.pdf_take(seconds integer, most_tries integer)
    RETURNS TABLE (agency_id integer, dossier_id bigint, child text, odt bytea, odt_sha256 bytea, tries integer)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    WITH next AS (
        SELECT n.agency_id, n.dossier_id, n.child FROM mingda.pdf_wanted n
        WHERE n.tries < most_tries AND n.not_before <= clock_timestamp()
        ORDER BY n.tries, n.since LIMIT 1 FOR UPDATE SKIP LOCKED),
    taken AS (
        UPDATE mingda.pdf_wanted w SET tries = w.tries + 1,
               not_before = clock_timestamp() + make_interval(secs => seconds)
        FROM next WHERE w.agency_id = next.agency_id AND w.dossier_id = next.dossier_id AND w.child = next.child
        RETURNING w.agency_id, w.dossier_id, w.child, w.tries)
    SELECT t.agency_id, t.dossier_id, t.child, s.odt, s.odt_sha256, t.tries
    FROM taken t JOIN mingda.sealed s USING (agency_id, dossier_id, child)
$$;

-- The copy of a letter that was taken, made from exactly this ODT; false: none is wanted (any more).
CREATE FUNCTION mingda.pdf_put(agency integer, dossier bigint, letter text, of_odt bytea, whole bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    DELETE FROM mingda.pdf_wanted w USING mingda.sealed s
    WHERE w.agency_id = agency AND w.dossier_id = dossier AND w.child = letter AND w.tries > 0
      AND s.agency_id = agency AND s.dossier_id = dossier AND s.child = letter AND s.odt_sha256 = of_odt;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO mingda.pdf_copy (agency_id, dossier_id, child, odt_sha256, bytes)
    VALUES (agency, dossier, letter, of_odt, whole);
    RETURN true;
END $$;

-- There is none, and why; not before so many seconds again. A try that was not the letter's fault is given back.
CREATE FUNCTION mingda.pdf_failed(agency integer, dossier bigint, letter text, why text, pause integer, give_back boolean)
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    UPDATE mingda.pdf_wanted w SET problem = why, tries = w.tries - give_back::integer,
           not_before = clock_timestamp() + make_interval(secs => pause)
    WHERE w.agency_id = agency AND w.dossier_id = dossier AND w.child = letter AND w.tries > 0
$$;
REVOKE EXECUTE ON FUNCTION mingda.pdf_take(integer, integer), mingda.pdf_put(integer, bigint, text, bytea, bytea),
    mingda.pdf_failed(integer, bigint, text, text, integer, boolean), mingda.pdf_is_wanted() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingda.pdf_take(integer, integer), mingda.pdf_put(integer, bigint, text, bytea, bytea),
    mingda.pdf_failed(integer, bigint, text, text, integer, boolean) TO mingda_pdf;
