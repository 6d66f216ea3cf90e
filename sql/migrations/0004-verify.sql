-- 0004: anybody may ask whether a file is a letter of this house. The register answers by the SHA-256 of a sealed file or
-- by the code printed on the letter (验证码), for all agencies, and says of a letter only its title, number, agency and
-- dates: never for whom it is or what it says.

-- What a letter bears: one row for each package that was drafted with a code. Only the code's SHA-256 is kept.
CREATE TABLE mingda.letter_code (
    agency_id  integer NOT NULL REFERENCES mingda.agency,
    code       bytea NOT NULL CHECK (length(code) = 32),
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    odt        bytea NOT NULL CHECK (length(odt) = 32),  -- SHA-256 of the unsigned package on which it is printed
    title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 600), -- of the template
    PRIMARY KEY (agency_id, code)
);
CREATE UNIQUE INDEX letter_code_everywhere ON mingda.letter_code (code);
CREATE INDEX letter_code_by_letter ON mingda.letter_code (agency_id, dossier_id, child, odt);
ALTER TABLE mingda.letter_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON mingda.letter_code USING (agency_id = mingda.agency()) WITH CHECK (agency_id = mingda.agency());
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mingda.letter_code FOR EACH ROW
    EXECUTE FUNCTION mingda.refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON mingda.letter_code FOR EACH STATEMENT
    EXECUTE FUNCTION mingda.refuse_change();
GRANT INSERT ON mingda.letter_code TO mingda_web, mingda_clock;

CREATE INDEX sealed_by_odt ON mingda.sealed (odt_sha256);
CREATE INDEX sealed_by_docx ON mingda.sealed (docx_sha256);
CREATE INDEX sealed_by_odt_p7s ON mingda.sealed (sha256(odt_p7s));
CREATE INDEX sealed_by_docx_p7s ON mingda.sealed (sha256(docx_p7s));

-- One sealed letter as strangers may know it.
CREATE FUNCTION mingda.sealed_letter(agency integer, dossier bigint, letter text)
    RETURNS TABLE (agency_name text, title text, number text, dated date, sealed timestamptz, odt_sha256 bytea,
                   docx_sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT a.name, c.title, l.number, l.drafted, to_timestamp((s.journal::jsonb->>'at')::bigint), s.odt_sha256,
           s.docx_sha256
    FROM mingda.sealed s
    JOIN mingda.agency a ON a.agency_id = s.agency_id
    JOIN mingda.letter l ON l.agency_id = s.agency_id AND l.dossier_id = s.dossier_id AND l.child = s.child
    LEFT JOIN mingda.letter_code c ON c.agency_id = l.agency_id AND c.dossier_id = l.dossier_id AND c.child = l.child
         AND c.odt = l.odt
    WHERE s.agency_id = agency AND s.dossier_id = dossier AND s.child = letter
$$;

-- The sealed letter one of whose four files has exactly these bytes, and which of them.
CREATE FUNCTION mingda.sealed_by_digest(digest bytea)
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
         ) f
    CROSS JOIN LATERAL mingda.sealed_letter(f.agency_id, f.dossier_id, f.child) x
    LIMIT 1
$$;

-- The sealed letter on which this code is printed. A code of a draft that was sent back answers nothing.
CREATE FUNCTION mingda.sealed_by_code(digest bytea)
    RETURNS TABLE (agency_name text, title text, number text, dated date, sealed timestamptz, odt_sha256 bytea,
                   docx_sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT x.*
    FROM mingda.letter_code c
    JOIN mingda.letter l ON l.agency_id = c.agency_id AND l.dossier_id = c.dossier_id AND l.child = c.child
         AND l.odt = c.odt
    CROSS JOIN LATERAL mingda.sealed_letter(l.agency_id, l.dossier_id, l.child) x
    WHERE c.code = digest
$$;
GRANT EXECUTE ON FUNCTION mingda.sealed_by_digest(bytea), mingda.sealed_by_code(bytea) TO mingda_web;
