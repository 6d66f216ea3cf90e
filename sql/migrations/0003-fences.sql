-- The clock needs the names of people and the ends of sessions, not what people sign in with.
REVOKE SELECT ON mingda.person, mingda.session, mingda.attempt FROM mingda_clock;
GRANT SELECT (person_id, login, name, active, created) ON mingda.person TO mingda_clock;
GRANT SELECT (end_at) ON mingda.session TO mingda_clock;
GRANT SELECT (slot) ON mingda.attempt TO mingda_clock;

-- A fence against bugs: who acts in a session files facts in their own name or in nobody's (what the program does by rule).
CREATE FUNCTION mingda.fact_is_ones_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.by_person IS NOT NULL AND mingda.person() IS NOT NULL AND NEW.by_person <> mingda.person() THEN
        RAISE EXCEPTION 'fact % is filed in the name of somebody else', NEW.seq
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fact_is_ones_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fact_is_ones_own BEFORE INSERT ON mingda.fact FOR EACH ROW EXECUTE FUNCTION mingda.fact_is_ones_own();

-- Nobody's own approval seals: the fact that is named as the approval is not the drafter's. What the program drafts and
-- approves by rule is nobody's.
CREATE FUNCTION mingda.letter_approval(agency integer, dossier bigint, letter text) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT f.seq FROM mingda.letter l
    JOIN mingda.fact f ON f.agency_id = l.agency_id AND f.dossier_id = l.dossier_id AND f.seq = l.approved_seq
         AND f.child = l.child AND f.data->>'odt' = encode(l.odt, 'hex') AND f.data->>'docx' = encode(l.docx, 'hex')
         AND (f.by_person IS NULL OR f.by_person IS DISTINCT FROM l.drafted_by)
    WHERE l.agency_id = agency AND l.dossier_id = dossier AND l.child = letter
$$;
CREATE OR REPLACE FUNCTION mingda.letters_to_sign(how_many integer)
    RETURNS TABLE (agency_id integer, dossier_id bigint, child text, template text, number text,
                   odt bytea, docx bytea, odt_sha256 bytea, docx_sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT l.agency_id, l.dossier_id, l.child, l.template, l.number, o.bytes, d.bytes, l.odt, l.docx
    FROM mingda.agency a
    JOIN mingda.letter l ON l.agency_id = a.agency_id AND l.approved_seq IS NOT NULL AND l.sealed_seq IS NULL
    JOIN mingda.blob o ON o.agency_id = l.agency_id AND o.sha256 = l.odt AND o.dossier_id = l.dossier_id
    JOIN mingda.blob d ON d.agency_id = l.agency_id AND d.sha256 = l.docx AND d.dossier_id = l.dossier_id
    WHERE mingda.letter_approval(l.agency_id, l.dossier_id, l.child) IS NOT NULL
      AND NOT EXISTS (SELECT FROM mingda.sealed s WHERE s.agency_id = l.agency_id AND s.dossier_id = l.dossier_id
                      AND s.child = l.child)
    ORDER BY l.agency_id, l.dossier_id, l.child
    LIMIT how_many
$$;
CREATE OR REPLACE FUNCTION mingda.sealed_is_approved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    IF mingda.letter_approval(NEW.agency_id, NEW.dossier_id, NEW.child) IS NULL THEN
        RAISE EXCEPTION 'letter % of dossier % is not approved', NEW.child, NEW.dossier_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sealed_is_approved';
    END IF;
    RETURN NEW;
END $$;
