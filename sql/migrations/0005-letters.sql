-- The shape of an agency's replies (GB/T 9704-2012): notice 告知书, document 文件, letter 信函.
ALTER TABLE mingda.agency ADD COLUMN layout text NOT NULL DEFAULT 'notice'
    CONSTRAINT agency_layout CHECK (layout IN ('notice', 'document', 'letter'));

-- Why an approved letter has not got its seal, for the people who wait for it; gone once it is sealed. The signer writes
-- here through its function and reads nothing.
CREATE TABLE mingda.seal_trouble (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    code       text NOT NULL CHECK (code ~ '^[A-Z][A-Z0-9_]{2,60}$'),
    since      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency_id, dossier_id, child)
);
ALTER TABLE mingda.seal_trouble ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON mingda.seal_trouble USING (agency_id = mingda.agency()) WITH CHECK (agency_id = mingda.agency());
GRANT SELECT ON mingda.seal_trouble TO mingda_web;

-- One letter that cannot be sealed; with agency NULL all that wait (there is no key to seal them with).
CREATE FUNCTION mingda.seal_failed(agency integer, dossier bigint, letter text, why text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    INSERT INTO mingda.seal_trouble AS t (agency_id, dossier_id, child, code)
    SELECT l.agency_id, l.dossier_id, l.child, why
    FROM mingda.letter l
    WHERE l.approved_seq IS NOT NULL AND l.sealed_seq IS NULL
      AND (agency IS NULL OR (l.agency_id = agency AND l.dossier_id = dossier AND l.child = letter))
      AND NOT EXISTS (SELECT FROM mingda.sealed s WHERE s.agency_id = l.agency_id AND s.dossier_id = l.dossier_id
                      AND s.child = l.child)
    ON CONFLICT ON CONSTRAINT seal_trouble_pkey DO UPDATE SET code = excluded.code, since = excluded.since
        WHERE t.code <> excluded.code
$$;
REVOKE EXECUTE ON FUNCTION mingda.seal_failed(integer, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingda.seal_failed(integer, bigint, text, text) TO mingda_sign;

CREATE FUNCTION mingda.seal_mended() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    DELETE FROM mingda.seal_trouble t
    WHERE t.agency_id = NEW.agency_id AND t.dossier_id = NEW.dossier_id AND t.child = NEW.child;
    RETURN NULL;
END $$;
CREATE TRIGGER seal_mended AFTER INSERT ON mingda.sealed FOR EACH ROW EXECUTE FUNCTION mingda.seal_mended();

-- Letters that cannot be sealed come last: however many there are, they are in nobody's way.
CREATE OR REPLACE FUNCTION mingda.letters_to_sign(how_many integer)
    RETURNS TABLE (agency_id integer, dossier_id bigint, child text, template text, number text,
                   odt bytea, docx bytea, odt_sha256 bytea, docx_sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT l.agency_id, l.dossier_id, l.child, l.template, l.number, o.bytes, d.bytes, l.odt, l.docx
    FROM mingda.agency a
    JOIN mingda.letter l ON l.agency_id = a.agency_id AND l.approved_seq IS NOT NULL AND l.sealed_seq IS NULL
    JOIN mingda.blob o ON o.agency_id = l.agency_id AND o.sha256 = l.odt AND o.dossier_id = l.dossier_id
    JOIN mingda.blob d ON d.agency_id = l.agency_id AND d.sha256 = l.docx AND d.dossier_id = l.dossier_id
    LEFT JOIN mingda.seal_trouble t
         ON t.agency_id = l.agency_id AND t.dossier_id = l.dossier_id AND t.child = l.child
    WHERE mingda.letter_approval(l.agency_id, l.dossier_id, l.child) IS NOT NULL
      AND NOT EXISTS (SELECT FROM mingda.sealed s WHERE s.agency_id = l.agency_id AND s.dossier_id = l.dossier_id
                      AND s.child = l.child)
    ORDER BY t.since NULLS FIRST, l.agency_id, l.dossier_id, l.child
    LIMIT how_many
$$;
