-- 0009: an approver's one-time code (TOTP, RFC 6238). What web takes from a form is only what was typed; whether it is
-- right is judged by the signer alone, which alone can open the secrets. A code serves once, and for one letter.

-- The secret of a person who approves, in a box that only the signer's key opens. Web may know who has one.
CREATE TABLE mingda.approver (
    person_id bigint PRIMARY KEY REFERENCES mingda.person,
    secret    bytea NOT NULL CHECK (length(secret) BETWEEN 64 AND 128),
    enrolled  timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT (person_id, enrolled) ON mingda.approver TO mingda_web;

-- What was typed, for which approval and which two packages, and when by the database's own clock. Worth nothing a
-- minute later.
CREATE TABLE mingda.approval_code (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    seq        integer NOT NULL,               -- the fact that approves
    try        integer NOT NULL CHECK (try > 0),
    person_id  bigint NOT NULL REFERENCES mingda.person,
    code       text NOT NULL CHECK (code ~ '^[0-9]{6}$'),
    odt        bytea NOT NULL CHECK (length(odt) = 32),
    docx       bytea NOT NULL CHECK (length(docx) = 32),
    entered    timestamptz NOT NULL,
    PRIMARY KEY (agency_id, dossier_id, seq, try)
);
CREATE INDEX approval_code_by_person ON mingda.approval_code (person_id, entered);

-- The codes that have sealed something: the step of time each belongs to. The key lets none serve twice.
CREATE TABLE mingda.code_used (
    person_id  bigint NOT NULL REFERENCES mingda.person,
    step       bigint NOT NULL,                -- half minutes since 1970
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    odt        bytea NOT NULL CHECK (length(odt) = 32),
    docx       bytea NOT NULL CHECK (length(docx) = 32),
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, step)
);
CREATE INDEX code_used_by_letter ON mingda.code_used (agency_id, dossier_id, child);
GRANT INSERT ON mingda.code_used TO mingda_sign;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['approval_code', 'code_used']
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

-- A person types the code for an approval of their own. Ten in a quarter of an hour, whatever they are for: guessing
-- six digits takes longer than anybody lives. 'taken', 'not-yours' or 'too-many'.
CREATE FUNCTION mingda.enter_code(dossier bigint, approval integer, typed text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE
    f mingda.fact;
    tries integer;
BEGIN
    SELECT * INTO f FROM mingda.fact x WHERE x.agency_id = mingda.agency() AND x.dossier_id = dossier
        AND x.seq = approval AND x.by_person = mingda.person() AND x.data ? 'odt' AND x.data ? 'docx';
    IF NOT FOUND THEN
        RETURN 'not-yours';
    END IF;
    SELECT count(*) INTO tries FROM mingda.approval_code c
        WHERE c.person_id = f.by_person AND c.entered > mingda.moment() - interval '15 minutes'
          AND c.entered <= mingda.moment();
    IF tries >= 10 THEN
        RETURN 'too-many';
    END IF;
    INSERT INTO mingda.approval_code
    SELECT f.agency_id, f.dossier_id, f.seq, coalesce(max(c.try), 0) + 1, f.by_person, typed,
           decode(f.data->>'odt', 'hex'), decode(f.data->>'docx', 'hex'), mingda.moment()
    FROM mingda.approval_code c
    WHERE c.agency_id = f.agency_id AND c.dossier_id = f.dossier_id AND c.seq = f.seq;
    RETURN 'taken';
END $$;
GRANT EXECUTE ON FUNCTION mingda.enter_code(bigint, integer, text) TO mingda_web;

-- What the signer needs to judge the code of one approved letter: who approved, the box with their secret (NULL: they
-- have none), and the code last typed for exactly these packages (NULL: none was).
CREATE FUNCTION mingda.code_to_check(agency integer, dossier bigint, letter text)
    RETURNS TABLE (person_id bigint, secret bytea, code text, entered timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT f.by_person, a.secret, c.code, c.entered
    FROM mingda.letter l
    JOIN mingda.fact f ON f.agency_id = l.agency_id AND f.dossier_id = l.dossier_id
         AND f.seq = mingda.letter_approval(l.agency_id, l.dossier_id, l.child)
    LEFT JOIN mingda.approver a ON a.person_id = f.by_person
    LEFT JOIN LATERAL (SELECT x.code, x.entered FROM mingda.approval_code x
                       WHERE x.agency_id = f.agency_id AND x.dossier_id = f.dossier_id AND x.seq = f.seq
                         AND x.person_id = f.by_person AND x.odt = l.odt AND x.docx = l.docx
                       ORDER BY x.try DESC LIMIT 1) c ON true
    WHERE l.agency_id = agency AND l.dossier_id = dossier AND l.child = letter
$$;
GRANT EXECUTE ON FUNCTION mingda.code_to_check(integer, bigint, text) TO mingda_sign;

-- The database's own rule, whatever the signer believes: where the approver has a secret, nothing is sealed without a
-- code that was used up for exactly these packages.
CREATE FUNCTION mingda.sealed_with_code() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    PERFORM FROM mingda.letter l
        JOIN mingda.fact f ON f.agency_id = l.agency_id AND f.dossier_id = l.dossier_id AND f.seq = l.approved_seq
        JOIN mingda.approver a ON a.person_id = f.by_person
        WHERE l.agency_id = NEW.agency_id AND l.dossier_id = NEW.dossier_id AND l.child = NEW.child
          AND NOT EXISTS (SELECT FROM mingda.code_used u WHERE u.person_id = f.by_person
                          AND u.agency_id = l.agency_id AND u.dossier_id = l.dossier_id AND u.child = l.child
                          AND u.odt = l.odt AND u.docx = l.docx);
    IF FOUND THEN
        RAISE EXCEPTION 'letter % of dossier % has no code of its approver', NEW.child, NEW.dossier_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sealed_with_code';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sealed_with_code BEFORE INSERT ON mingda.sealed FOR EACH ROW
    EXECUTE FUNCTION mingda.sealed_with_code();
