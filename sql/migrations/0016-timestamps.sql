-- 0016: timestamps of a third person (RFC 3161) in a letter's signatures, and SM2 signatures beside it. The signer speaks to no
-- network and the clock holds no key, so a letter is sealed in two steps: the signer writes the values of its signatures
-- here, the clock brings the timestamps of them, the signer finishes the files. Where none comes in time the letter is
-- finished without, and a late one is kept beside it: a sealed file is never written again.

ALTER TABLE mingda.sealed
    ADD COLUMN odt_sm2      bytea CHECK (length(odt_sm2) BETWEEN 1 AND 65536),
    ADD COLUMN docx_sm2     bytea CHECK (length(docx_sm2) BETWEEN 1 AND 65536),
    ADD COLUMN odt_stamped  timestamptz,        -- the timestamp's time within the file; NULL: there is none in it
    ADD COLUMN docx_stamped timestamptz;
CREATE INDEX sealed_by_odt_sm2 ON mingda.sealed (sha256(odt_sm2)) WHERE odt_sm2 IS NOT NULL;
CREATE INDEX sealed_by_docx_sm2 ON mingda.sealed (sha256(docx_sm2)) WHERE docx_sm2 IS NOT NULL;

-- What the signer has signed and not finished: the two values and what timestamps are asked of. A letter is begun anew
-- (the next try) when it was drafted anew or the seal's certificate has been exchanged.
CREATE TABLE mingda.seal_begun (
    agency_id    integer NOT NULL,
    dossier_id   bigint NOT NULL,
    child        text NOT NULL,
    try          integer NOT NULL CHECK (try > 0),
    odt          bytea NOT NULL CHECK (length(odt) = 32),  -- SHA-256 of the unsigned packages
    docx         bytea NOT NULL CHECK (length(docx) = 32),
    at           bigint NOT NULL,                          -- the time of signing that the signatures state
    certificate  bytea NOT NULL CHECK (length(certificate) = 32),
    odt_value    text NOT NULL CHECK (odt_value ~ '^[A-Za-z0-9+/]+={0,2}$' AND length(odt_value) BETWEEN 40 AND 1400),
    docx_value   text NOT NULL CHECK (docx_value ~ '^[A-Za-z0-9+/]+={0,2}$' AND length(docx_value) BETWEEN 40 AND 1400),
    odt_imprint  bytea NOT NULL CHECK (length(odt_imprint) = 32),
    docx_imprint bytea NOT NULL CHECK (length(docx_imprint) = 32),
    begun        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agency_id, dossier_id, child, try)
);

-- The answers of the authority, whole, by what they are of. `beside`: of the sealed file's bytes, because it came late.
CREATE TABLE mingda.stamp (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    which      text NOT NULL CHECK (which IN ('odt', 'docx')),
    imprint    bytea NOT NULL CHECK (length(imprint) = 32),
    beside     boolean NOT NULL,
    answer     bytea NOT NULL CHECK (length(answer) BETWEEN 1 AND 65536),
    stamped    timestamptz NOT NULL,
    authority  text NOT NULL CHECK (length(authority) <= 600),
    taken      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agency_id, dossier_id, child, which, imprint)
);
CREATE INDEX stamp_by_digest ON mingda.stamp (sha256(answer));
GRANT SELECT ON mingda.stamp TO mingda_web;
GRANT SELECT (agency_id, dossier_id, child, which, imprint, beside, stamped, authority, taken) ON mingda.stamp TO mingda_audit;
GRANT SELECT (odt_stamped, docx_stamped, journal) ON mingda.sealed TO mingda_audit;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['seal_begun', 'stamp']
    LOOP
        EXECUTE format('ALTER TABLE mingda.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY fence ON mingda.%I USING (agency_id = mingda.agency())
                        WITH CHECK (agency_id = mingda.agency())', t);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mingda.%I FOR EACH ROW
                        EXECUTE FUNCTION mingda.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON mingda.%I FOR EACH STATEMENT
                        EXECUTE FUNCTION mingda.refuse_change()', t);
    END LOOP;
END $$;

-- The clock's list: what a timestamp is wanted of. Follows from the two tables above and `sealed`.
CREATE TABLE mingda.stamp_wanted (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    which      text NOT NULL CHECK (which IN ('odt', 'docx')),
    imprint    bytea NOT NULL CHECK (length(imprint) = 32),
    beside     boolean NOT NULL,
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries      integer NOT NULL DEFAULT 0,
    problem    text CHECK (problem ~ '^[A-Z][A-Z0-9_]{2,60}$'),
    PRIMARY KEY (agency_id, dossier_id, child, which)
);
CREATE INDEX stamp_wanted_next ON mingda.stamp_wanted (not_before);
ALTER TABLE mingda.stamp_wanted ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON mingda.stamp_wanted USING (agency_id = mingda.agency()) WITH CHECK (agency_id = mingda.agency());

-- ------------------------------------------------------------------------------------------------------- the signer
GRANT INSERT ON mingda.seal_begun TO mingda_sign;

-- A value is taken only for an approved letter, and with the code of its approver (0009) when the unit ends.
CREATE TRIGGER begun_is_approved BEFORE INSERT ON mingda.seal_begun FOR EACH ROW
    EXECUTE FUNCTION mingda.sealed_is_approved();
CREATE CONSTRAINT TRIGGER begun_with_code AFTER INSERT ON mingda.seal_begun DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION mingda.sealed_with_code();

CREATE FUNCTION mingda.stamps_are_wanted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    INSERT INTO mingda.stamp_wanted AS w (agency_id, dossier_id, child, which, imprint, beside)
    VALUES (NEW.agency_id, NEW.dossier_id, NEW.child, 'odt', NEW.odt_imprint, false),
           (NEW.agency_id, NEW.dossier_id, NEW.child, 'docx', NEW.docx_imprint, false)
    ON CONFLICT ON CONSTRAINT stamp_wanted_pkey DO UPDATE SET imprint = excluded.imprint, beside = false, tries = 0,
        since = excluded.since, not_before = excluded.not_before, problem = NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER stamps_are_wanted AFTER INSERT ON mingda.seal_begun FOR EACH ROW
    EXECUTE FUNCTION mingda.stamps_are_wanted();

-- Sealed: nothing is wanted any more, or (where it was begun and no timestamp came in time) one beside the file.
CREATE FUNCTION mingda.stamps_come_late() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    DELETE FROM mingda.stamp_wanted w
    WHERE w.agency_id = NEW.agency_id AND w.dossier_id = NEW.dossier_id AND w.child = NEW.child;
    INSERT INTO mingda.stamp_wanted (agency_id, dossier_id, child, which, imprint, beside)
    SELECT NEW.agency_id, NEW.dossier_id, NEW.child, f.which, f.digest, true
    FROM (VALUES ('odt', NEW.odt_sha256, NEW.odt_stamped), ('docx', NEW.docx_sha256, NEW.docx_stamped))
         AS f (which, digest, stamped)
    WHERE f.stamped IS NULL AND EXISTS (SELECT FROM mingda.seal_begun b WHERE b.agency_id = NEW.agency_id
                                        AND b.dossier_id = NEW.dossier_id AND b.child = NEW.child);
    RETURN NULL;
END $$;
CREATE TRIGGER stamps_come_late AFTER INSERT ON mingda.sealed FOR EACH ROW EXECUTE FUNCTION mingda.stamps_come_late();

-- One signer at a time works on a letter; true when nobody has sealed it, or begun this try of it, meanwhile.
CREATE FUNCTION mingda.seal_claim(agency integer, dossier bigint, letter text, next_try integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(format('seal %s %s %s', agency, dossier, letter), 0));
    RETURN NOT EXISTS (SELECT FROM mingda.sealed s WHERE s.agency_id = agency AND s.dossier_id = dossier
                       AND s.child = letter)
       AND NOT EXISTS (SELECT FROM mingda.seal_begun b WHERE b.agency_id = agency AND b.dossier_id = dossier
                       AND b.child = letter AND b.try = next_try);
END $$;
GRANT EXECUTE ON FUNCTION mingda.seal_claim(integer, bigint, text, integer) TO mingda_sign;

-- Has a code of its approver served for exactly these two packages already?
CREATE FUNCTION mingda.code_served(agency integer, dossier bigint, letter text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT EXISTS (SELECT FROM mingda.letter l
                   JOIN mingda.fact f ON f.agency_id = l.agency_id AND f.dossier_id = l.dossier_id
                        AND f.seq = mingda.letter_approval(l.agency_id, l.dossier_id, l.child)
                   JOIN mingda.code_used u ON u.person_id = f.by_person AND u.agency_id = l.agency_id
                        AND u.dossier_id = l.dossier_id AND u.child = l.child AND u.odt = l.odt AND u.docx = l.docx
                   WHERE l.agency_id = agency AND l.dossier_id = dossier AND l.child = letter)
$$;
GRANT EXECUTE ON FUNCTION mingda.code_served(integer, bigint, text) TO mingda_sign;

-- The signer's list of work, with what was begun of it: a letter that waits for its timestamps less than `wait` seconds is
-- left out.
DROP FUNCTION mingda.letters_to_sign(integer);
CREATE FUNCTION mingda.letters_to_sign(how_many integer, wait integer)
    RETURNS TABLE (agency_id integer, dossier_id bigint, child text, template text, number text,
                   odt bytea, docx bytea, odt_sha256 bytea, docx_sha256 bytea, tries integer, at bigint,
                   certificate bytea, odt_value text, docx_value text, odt_imprint bytea, docx_imprint bytea,
                   odt_stamp bytea, docx_stamp bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT l.agency_id, l.dossier_id, l.child, l.template, l.number, o.bytes, d.bytes, l.odt, l.docx,
           coalesce((SELECT max(x.try) FROM mingda.seal_begun x WHERE x.agency_id = l.agency_id
                     AND x.dossier_id = l.dossier_id AND x.child = l.child), 0),
           b.at, b.certificate, b.odt_value, b.docx_value, b.odt_imprint, b.docx_imprint, so.answer, sd.answer
    FROM mingda.agency a
    JOIN mingda.letter l ON l.agency_id = a.agency_id AND l.approved_seq IS NOT NULL AND l.sealed_seq IS NULL
    JOIN mingda.blob o ON o.agency_id = l.agency_id AND o.sha256 = l.odt AND o.dossier_id = l.dossier_id
    JOIN mingda.blob d ON d.agency_id = l.agency_id AND d.sha256 = l.docx AND d.dossier_id = l.dossier_id
    LEFT JOIN mingda.seal_trouble t
         ON t.agency_id = l.agency_id AND t.dossier_id = l.dossier_id AND t.child = l.child
    LEFT JOIN LATERAL (SELECT * FROM mingda.seal_begun x WHERE x.agency_id = l.agency_id
                       AND x.dossier_id = l.dossier_id AND x.child = l.child AND x.odt = l.odt AND x.docx = l.docx
                       ORDER BY x.try DESC LIMIT 1) b ON true
    LEFT JOIN mingda.stamp so ON so.agency_id = l.agency_id AND so.dossier_id = l.dossier_id AND so.child = l.child
         AND so.which = 'odt' AND so.imprint = b.odt_imprint
    LEFT JOIN mingda.stamp sd ON sd.agency_id = l.agency_id AND sd.dossier_id = l.dossier_id AND sd.child = l.child
         AND sd.which = 'docx' AND sd.imprint = b.docx_imprint
    WHERE mingda.letter_approval(l.agency_id, l.dossier_id, l.child) IS NOT NULL
      AND NOT EXISTS (SELECT FROM mingda.sealed s WHERE s.agency_id = l.agency_id AND s.dossier_id = l.dossier_id
                      AND s.child = l.child)
      AND (b.begun IS NULL OR b.begun <= clock_timestamp() - make_interval(secs => wait)
           OR (so.answer IS NOT NULL AND sd.answer IS NOT NULL))
    ORDER BY t.since NULLS FIRST, l.agency_id, l.dossier_id, l.child
    LIMIT how_many
$$;
GRANT EXECUTE ON FUNCTION mingda.letters_to_sign(integer, integer) TO mingda_sign;

-- -------------------------------------------------------------------------------------------------------- the clock
-- What it asks next, of all agencies: those that hold a seal up come first.
CREATE FUNCTION mingda.stamps_wanted(how_many integer)
    RETURNS TABLE (agency_id integer, dossier_id bigint, child text, which text, imprint bytea, tries integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT w.agency_id, w.dossier_id, w.child, w.which, w.imprint, w.tries FROM mingda.stamp_wanted w
    WHERE w.not_before <= clock_timestamp() ORDER BY w.beside, w.since, w.dossier_id, w.child, w.which LIMIT how_many
$$;
GRANT EXECUTE ON FUNCTION mingda.stamps_wanted(integer) TO mingda_clock;

-- An answer is taken once, and only while it is wanted; false: it is not (any more).
CREATE FUNCTION mingda.stamp_put(agency integer, dossier bigint, letter text, kind text, of_imprint bytea, whole bytea,
                                 at timestamptz, signer text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE w mingda.stamp_wanted;
BEGIN
    DELETE FROM mingda.stamp_wanted x WHERE x.agency_id = agency AND x.dossier_id = dossier AND x.child = letter
        AND x.which = kind AND x.imprint = of_imprint RETURNING * INTO w;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO mingda.stamp (agency_id, dossier_id, child, which, imprint, beside, answer, stamped, authority)
    VALUES (agency, dossier, letter, kind, of_imprint, w.beside, whole, at, signer);
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION mingda.stamp_put(integer, bigint, text, text, bytea, bytea, timestamptz, text) TO mingda_clock;

-- None came, and why: asked again after that many seconds.
CREATE FUNCTION mingda.stamp_failed(agency integer, dossier bigint, letter text, kind text, of_imprint bytea, why text,
                                    pause integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    UPDATE mingda.stamp_wanted w SET tries = w.tries + 1, problem = why,
           not_before = clock_timestamp() + make_interval(secs => pause)
    WHERE w.agency_id = agency AND w.dossier_id = dossier AND w.child = letter AND w.which = kind
      AND w.imprint = of_imprint
$$;
GRANT EXECUTE ON FUNCTION mingda.stamp_failed(integer, bigint, text, text, bytea, text, integer) TO mingda_clock;

-- --------------------------------------------------------------------------------------------------------- everybody
-- The sealed letter one of whose files has exactly these bytes, and which of them.
CREATE OR REPLACE FUNCTION mingda.sealed_by_digest(digest bytea)
    RETURNS TABLE (agency_name text, title text, number text, dated date, sealed timestamptz, odt_sha256 bytea,
                   docx_sha256 bytea, which text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT x.*, f.which
    FROM (SELECT s.agency_id, s.dossier_id, s.child, 'odt' AS which FROM mingda.sealed s WHERE s.odt_sha256 = digest
          UNION ALL
          SELECT s.agency_id, s.dossier_id, s.child, 'docx' FROM mingda.sealed s WHERE s.docx_sha256 = digest
          UNION ALL
          SELECT s.agency_id, s.dossier_id, s.child, 'odt.p7s' FROM mingda.sealed s WHERE sha256(s.odt_p7s) = digest
          UNION ALL
          SELECT s.agency_id, s.dossier_id, s.child, 'docx.p7s' FROM mingda.sealed s WHERE sha256(s.docx_p7s) = digest
          UNION ALL
          SELECT s.agency_id, s.dossier_id, s.child, 'odt.sm2.p7s' FROM mingda.sealed s
          WHERE s.odt_sm2 IS NOT NULL AND sha256(s.odt_sm2) = digest
          UNION ALL
          SELECT s.agency_id, s.dossier_id, s.child, 'docx.sm2.p7s' FROM mingda.sealed s
          WHERE s.docx_sm2 IS NOT NULL AND sha256(s.docx_sm2) = digest
          UNION ALL
          SELECT t.agency_id, t.dossier_id, t.child, t.which || '.tsr' FROM mingda.stamp t
          WHERE t.beside AND sha256(t.answer) = digest
         ) f
    CROSS JOIN LATERAL mingda.sealed_letter(f.agency_id, f.dossier_id, f.child) x
    LIMIT 1
$$;

REVOKE EXECUTE ON FUNCTION mingda.seal_claim(integer, bigint, text, integer), mingda.code_served(integer, bigint, text),
    mingda.letters_to_sign(integer, integer), mingda.stamps_wanted(integer),
    mingda.stamp_put(integer, bigint, text, text, bytea, bytea, timestamptz, text),
    mingda.stamp_failed(integer, bigint, text, text, bytea, text, integer) FROM PUBLIC;
