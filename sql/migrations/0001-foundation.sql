-- 0001: the store of the foundation. Forward only: a change is a new file; `mingda migrate` refuses a changed one.
--
-- Facts are stored, everything else is computed. Keys begin with agency_id and are fenced by row-level security on
-- the setting mingda.agency; the named exceptions are agencies themselves, editions, calendars, people with their
-- roles and sessions, and the audit log. The file runs as mingda_owner, in one transaction.

CREATE SCHEMA IF NOT EXISTS mingda;
REVOKE ALL ON SCHEMA mingda FROM PUBLIC;

-- Functions are for the roles named below, never for everybody.
ALTER DEFAULT PRIVILEGES IN SCHEMA mingda REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- ------------------------------------------------------------------------------------------ who asks, and which day
-- The agency and the person of the session: set by the first statement of each transaction, NULL when not set.
CREATE FUNCTION mingda.agency() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('mingda.agency', true), '')::integer;
CREATE FUNCTION mingda.person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('mingda.person', true), '')::bigint;

-- The civil day of the office (Asia/Shanghai). Tests and demonstrations pin it for all processes at once:
-- ALTER DATABASE … SET mingda.today = '2026-03-02'.
-- (CASE, not coalesce: row-level security counts coalesce as leaky and would keep such conditions from the index.)
CREATE FUNCTION mingda.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN nullif(current_setting('mingda.today', true), '') IS NULL
                THEN (now() AT TIME ZONE 'Asia/Shanghai')::date
                ELSE current_setting('mingda.today', true)::date END;
-- The moment of the transaction; on a pinned day its time of day, so that facts of the same unit agree with today().
CREATE FUNCTION mingda.moment() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (mingda.today() + (now() AT TIME ZONE 'Asia/Shanghai')::time) AT TIME ZONE 'Asia/Shanghai';

CREATE FUNCTION mingda.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege',
        CONSTRAINT = 'append_only';
END $$;

-- ----------------------------------------------------------------------------------------------- named exceptions
CREATE TABLE mingda.agency (
    agency_id      integer PRIMARY KEY CHECK (agency_id > 0),
    name           text NOT NULL,
    short_name     text NOT NULL,
    unit_code      text NOT NULL UNIQUE CHECK (unit_code ~ '^[0-9A-Z]{10}$'), -- in application numbers (statute 6.3)
    doc_mark       text NOT NULL,                                           -- 发文机关代字
    court          text NOT NULL,                                           -- 行政诉讼: where to sue
    review_body    text NOT NULL,                                           -- 行政复议: who reviews
    review_channel text NOT NULL DEFAULT '',                                -- web address of the review body
    address        text NOT NULL DEFAULT '',
    postcode       text NOT NULL DEFAULT '',
    phone          text NOT NULL DEFAULT '',
    office         text NOT NULL DEFAULT '',                                -- 政府信息公开工作机构
    web_address    text NOT NULL DEFAULT '',
    edition        text NOT NULL DEFAULT 'cn-2019',
    calendar       text NOT NULL DEFAULT 'cn'
);

CREATE TABLE mingda.edition (
    name     text NOT NULL,
    version  text NOT NULL,
    sha256   bytea NOT NULL CHECK (length(sha256) = 32),
    bytes    bytea NOT NULL,
    in_force date NOT NULL,             -- dossiers received from this day begin under it
    known    date NOT NULL,             -- since when the office has known it
    PRIMARY KEY (name, version)
);
CREATE TABLE mingda.calendar (
    name     text NOT NULL,
    version  text NOT NULL,
    sha256   bytea NOT NULL CHECK (length(sha256) = 32),
    bytes    bytea NOT NULL,
    in_force date NOT NULL,
    known    date NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE mingda.person (
    person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login     text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9._-]{0,39}$'),
    name      text NOT NULL,
    hash      text NOT NULL,            -- argon2id, as libsodium writes it
    active    boolean NOT NULL DEFAULT true,
    created   timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE mingda.person_role (
    agency_id integer NOT NULL REFERENCES mingda.agency,
    person_id bigint NOT NULL REFERENCES mingda.person,
    role      text NOT NULL CHECK (role ~ '^[a-z][a-z-]{0,39}$'),
    PRIMARY KEY (agency_id, person_id, role)
);
CREATE INDEX person_role_by_person ON mingda.person_role (person_id);

-- The token is known to the browser alone; its SHA-256 finds the session.
CREATE TABLE mingda.session (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    person_id  bigint NOT NULL REFERENCES mingda.person,
    agency_id  integer NOT NULL REFERENCES mingda.agency,
    csrf       bytea NOT NULL CHECK (length(csrf) = 32),
    created    timestamptz NOT NULL DEFAULT now(),
    seen       timestamptz NOT NULL DEFAULT now(),
    idle_end   timestamptz NOT NULL,
    end_at     timestamptz NOT NULL
);
CREATE INDEX session_by_end ON mingda.session (end_at);
CREATE INDEX session_by_person ON mingda.session (person_id);

-- Tries at a door (login, query code) per subject and slot of time; the subject is a keyed hash.
CREATE TABLE mingda.attempt (
    kind    text NOT NULL,
    subject bytea NOT NULL,
    slot    timestamptz NOT NULL,
    count   integer NOT NULL DEFAULT 1,
    PRIMARY KEY (kind, subject, slot)
);
CREATE INDEX attempt_by_slot ON mingda.attempt (slot);

-- --------------------------------------------------------------------------------------------------------- facts
-- dossier_id = year of receipt × 10^9 + serial of the agency's year, so that the table can be partitioned by ranges.
-- body: canonical JSON (RFC 8785) of the whole fact; it holds no personal data, it names rows of `private`.
CREATE FUNCTION mingda.fact_data(body bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN convert_from(body, 'UTF8')::jsonb -> 'data'; -- the database is UTF-8: what makes it merely stable is absent

CREATE TABLE mingda.fact (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL CHECK (dossier_id > 1900000000000),
    seq        integer NOT NULL CHECK (seq > 0),
    kind       text NOT NULL,
    child      text NOT NULL DEFAULT '',
    on_day     date NOT NULL,           -- the day it happened
    at         timestamptz NOT NULL,    -- the moment it was accepted
    recorded   date NOT NULL,           -- the civil day on which the office came to know it
    by_person  bigint,                  -- NULL: the applicant or the clock
    role       text NOT NULL,
    body       bytea NOT NULL CHECK (length(body) BETWEEN 2 AND 65536),
    data       jsonb NOT NULL GENERATED ALWAYS AS (mingda.fact_data(body)) STORED,
    PRIMARY KEY (agency_id, dossier_id, seq)
);

-- The columns of a fact are those of its body: nobody can file one thing and log another.
CREATE FUNCTION mingda.fact_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE b jsonb := convert_from(NEW.body, 'UTF8')::jsonb;
BEGIN
    IF (b->>'agency')::integer IS DISTINCT FROM NEW.agency_id
       OR (b->>'dossier')::bigint IS DISTINCT FROM NEW.dossier_id
       OR (b->>'seq')::integer IS DISTINCT FROM NEW.seq
       OR b->>'kind' IS DISTINCT FROM NEW.kind
       OR coalesce(b->>'child', '') IS DISTINCT FROM NEW.child
       OR (b->>'on')::date IS DISTINCT FROM NEW.on_day
       OR (b->>'recorded')::date IS DISTINCT FROM NEW.recorded
       OR (b->>'at')::timestamptz IS DISTINCT FROM date_trunc('second', NEW.at)
       OR (b->>'by')::bigint IS DISTINCT FROM NEW.by_person
       OR b->>'role' IS DISTINCT FROM NEW.role
       OR jsonb_typeof(b->'data') IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'the body of fact % differs from its columns', NEW.seq
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fact_agrees';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fact_agrees BEFORE INSERT ON mingda.fact FOR EACH ROW EXECUTE FUNCTION mingda.fact_agrees();

-- Each form carries a random submission id: the second sending of the same form finds the first.
CREATE TABLE mingda.submission (
    agency_id  integer NOT NULL,
    submission uuid NOT NULL,
    dossier_id bigint NOT NULL,
    seq        integer NOT NULL,
    PRIMARY KEY (agency_id, submission)
);

-- Facts that are not yet leaves of the audit log, in the order of their arrival.
CREATE TABLE mingda.unsequenced (
    arrival    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    seq        integer NOT NULL,
    UNIQUE (agency_id, dossier_id, seq)
);

-- Application numbers, never reused; a number taken over from elsewhere is kept as it was.
CREATE TABLE mingda.dossier_number (
    agency_id  integer NOT NULL REFERENCES mingda.agency,
    dossier_id bigint NOT NULL,
    ref        text NOT NULL UNIQUE CHECK (length(ref) BETWEEN 8 AND 40),
    PRIMARY KEY (agency_id, dossier_id)
);
CREATE TABLE mingda.counter (
    agency_id integer NOT NULL REFERENCES mingda.agency,
    name      text NOT NULL,            -- 'year:2026', 'day:2026-03-02'
    last      integer NOT NULL,
    PRIMARY KEY (agency_id, name)
);

-- ------------------------------------------------------------------------------------- derived: can be thrown away
CREATE TABLE mingda.dossier (
    agency_id        integer NOT NULL,
    dossier_id       bigint NOT NULL,
    ref              text NOT NULL,
    seq              integer NOT NULL,               -- of the last fact
    edition          text NOT NULL,
    edition_version  text NOT NULL,
    calendar         text NOT NULL,
    calendar_version text NOT NULL,
    configuration    text NOT NULL,                  -- atomic states, separated by a space, document order
    state            text NOT NULL,                  -- the state that lists show
    public_state     text NOT NULL,                  -- what the applicant is told
    channel          text NOT NULL DEFAULT '',
    category         text NOT NULL DEFAULT '',
    delivery         text NOT NULL DEFAULT '',
    items            integer NOT NULL DEFAULT 1,
    opened           date NOT NULL,                  -- day of receipt
    due              date,                           -- NULL: no period runs, or it is replaced
    due_provisional  boolean NOT NULL DEFAULT false,
    due_as_of        date,                           -- set when `due` floats with the day: computed as of this day
    closed           date,
    outcome          text,
    handler          bigint,
    conflicts        integer NOT NULL DEFAULT 0,     -- facts that stand in conflict
    PRIMARY KEY (agency_id, dossier_id)
);
-- CASE, not coalesce: row-level security counts coalesce as leaky and would not use the index.
CREATE INDEX dossier_open_by_due ON mingda.dossier (agency_id,
    (CASE WHEN due IS NULL THEN '9999-12-31'::date ELSE due END), dossier_id)
    WHERE closed IS NULL;
CREATE INDEX dossier_by_handler ON mingda.dossier (agency_id, handler,
    (CASE WHEN due IS NULL THEN '9999-12-31'::date ELSE due END), dossier_id)
    WHERE closed IS NULL;
CREATE INDEX dossier_by_opened ON mingda.dossier (agency_id, opened, dossier_id);
CREATE INDEX dossier_by_closed ON mingda.dossier (agency_id, closed, dossier_id) WHERE closed IS NOT NULL;
CREATE INDEX dossier_floating ON mingda.dossier (agency_id, due_as_of) WHERE due_as_of IS NOT NULL;

CREATE TABLE mingda.clock (
    agency_id   integer NOT NULL,
    dossier_id  bigint NOT NULL,
    clock       text NOT NULL,                       -- 'reply', 'third-party' …
    child       text NOT NULL DEFAULT '',
    basis       text NOT NULL,
    unit        text NOT NULL,
    day0        date NOT NULL,
    length      integer NOT NULL,
    due         date,
    provisional boolean NOT NULL DEFAULT false,
    as_of       date,
    stopped     date,
    PRIMARY KEY (agency_id, dossier_id, clock, child)
);

-- Items, consultations, secrecy reviews, letters: instances inside the dossier.
CREATE TABLE mingda.child (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL CHECK (child ~ '^[A-Za-z]+[0-9]+$'),
    kind       text NOT NULL,                        -- the child chart, or 'item'
    state      text NOT NULL,
    final      boolean NOT NULL DEFAULT false,
    first_seq  integer NOT NULL,
    last_seq   integer NOT NULL,
    outcome    text,
    data       jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (agency_id, dossier_id, child)
);

-- A letter and how far it is. approved_seq names the fact that approved exactly these two digests.
CREATE TABLE mingda.letter (
    agency_id    integer NOT NULL,
    dossier_id   bigint NOT NULL,
    child        text NOT NULL,
    template     text NOT NULL,
    version      integer NOT NULL,
    number       text NOT NULL,                      -- document number: application number-k
    state        text NOT NULL,
    odt          bytea NOT NULL CHECK (length(odt) = 32),   -- SHA-256 of the unsigned package
    docx         bytea NOT NULL CHECK (length(docx) = 32),
    drafted      date NOT NULL,
    drafted_by   bigint,
    approved_seq integer,
    approved_by  bigint,
    sealed_seq   integer,
    served       date,
    method       text,
    PRIMARY KEY (agency_id, dossier_id, child)
);
CREATE INDEX letter_to_sign ON mingda.letter (agency_id, dossier_id, child)
    WHERE approved_seq IS NOT NULL AND sealed_seq IS NULL;

-- The next day on which the clock must look at a dossier.
CREATE TABLE mingda.wake (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    on_day     date NOT NULL,
    PRIMARY KEY (agency_id, dossier_id)
);
CREATE INDEX wake_by_day ON mingda.wake (agency_id, on_day, dossier_id);

-- Pairs of characters of what is asked, for Chinese search; read only through mingda.search().
CREATE TABLE mingda.posting (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    grams      text[] NOT NULL,
    PRIMARY KEY (agency_id, dossier_id)
);
CREATE INDEX posting_grams ON mingda.posting USING gin (grams) WITH (gin_pending_list_limit = 64);

-- --------------------------------------------------------------------------------------------------- personal data
-- One data key per dossier, wrapped by the master key. Erasure sets wrapped to NULL, for ever.
CREATE TABLE mingda.dossier_key (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    wrapped    bytea,
    erased     timestamptz,
    PRIMARY KEY (agency_id, dossier_id),
    CHECK ((wrapped IS NULL) = (erased IS NOT NULL))
);
-- The salt of the commitment is inside the cipher, so that erasure of the key makes the commitment mute.
CREATE TABLE mingda.private (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    row        integer NOT NULL CHECK (row > 0),
    kind       text NOT NULL,                        -- 'applicant', 'request', 'note' …
    nonce      bytea NOT NULL CHECK (length(nonce) = 24),
    cipher     bytea NOT NULL,
    commitment bytea NOT NULL CHECK (length(commitment) = 32),
    PRIMARY KEY (agency_id, dossier_id, row)
);
-- "The same applicant": keyed hashes of name with ID number, telephone, address of mail.
CREATE TABLE mingda.applicant_hash (
    agency_id  integer NOT NULL,
    kind       text NOT NULL,
    hash       bytea NOT NULL CHECK (length(hash) = 32),
    dossier_id bigint NOT NULL,
    PRIMARY KEY (agency_id, kind, hash, dossier_id)
);
-- The query code (查询码) of the receipt, as keyed hash.
CREATE TABLE mingda.query_code (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    hash       bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (agency_id, dossier_id)
);
-- An application that is being written, until it is sent: encrypted like a dossier's texts, forgotten after a day. The
-- visitor's id is known to the browser alone; this is its SHA-256.
CREATE TABLE mingda.draft (
    agency_id integer NOT NULL,
    visitor   bytea NOT NULL CHECK (length(visitor) = 32),
    wrapped   bytea NOT NULL,
    nonce     bytea NOT NULL CHECK (length(nonce) = 24),
    cipher    bytea NOT NULL,
    seen      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency_id, visitor)
);
-- Who looked at personal data, when.
CREATE TABLE mingda.access (
    access_id  bigint GENERATED ALWAYS AS IDENTITY,
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    by_person  bigint,
    what       text NOT NULL,
    exchange   text NOT NULL DEFAULT '',
    PRIMARY KEY (agency_id, access_id)
);
CREATE INDEX access_by_dossier ON mingda.access (agency_id, dossier_id, access_id);

-- ------------------------------------------------------------------------------------------------ files and letters
CREATE TABLE mingda.blob (
    agency_id  integer NOT NULL,
    sha256     bytea NOT NULL CHECK (length(sha256) = 32), -- of the plain bytes
    dossier_id bigint NOT NULL,
    name       text NOT NULL DEFAULT '',
    media      text NOT NULL DEFAULT 'application/octet-stream',
    encrypted  boolean NOT NULL DEFAULT false,       -- with the dossier's data key, nonce first
    scan       text NOT NULL DEFAULT 'unscanned' CHECK (scan IN ('unscanned', 'clean', 'refused', 'own')),
    bytes      bytea NOT NULL,
    stored     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency_id, sha256, dossier_id)
);
ALTER TABLE mingda.blob ALTER bytes SET STORAGE EXTERNAL;   -- packages are compressed already

-- One row for each sealed letter, written by mingda_sign alone; a sealed file is never written again.
CREATE TABLE mingda.sealed (
    agency_id  integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    odt        bytea NOT NULL,
    docx       bytea NOT NULL,
    odt_p7s    bytea NOT NULL,
    docx_p7s   bytea NOT NULL,
    odt_sha256  bytea NOT NULL GENERATED ALWAYS AS (sha256(odt)) STORED,
    docx_sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(docx)) STORED,
    certificate bytea NOT NULL CHECK (length(certificate) = 32), -- SHA-256 of the seal's certificate (DER)
    journal    text NOT NULL,                        -- what the signer checked, in its words
    sealed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency_id, dossier_id, child)
);
ALTER TABLE mingda.sealed ALTER odt SET STORAGE EXTERNAL, ALTER docx SET STORAGE EXTERNAL;

-- A template or clause is a draft until a second person approves it, and rules letters from its day on.
CREATE TABLE mingda.letter_template (
    agency_id   integer NOT NULL REFERENCES mingda.agency,
    code        text NOT NULL,
    version     integer NOT NULL CHECK (version > 0),
    xml         text NOT NULL,
    drafted_by  bigint NOT NULL REFERENCES mingda.person,
    approved_by bigint REFERENCES mingda.person,
    in_force    date,
    PRIMARY KEY (agency_id, code, version),
    CONSTRAINT template_second_person CHECK (approved_by <> drafted_by),
    CHECK (in_force IS NULL OR approved_by IS NOT NULL)
);
CREATE TABLE mingda.clause (
    agency_id   integer NOT NULL REFERENCES mingda.agency,
    code        text NOT NULL,
    version     integer NOT NULL CHECK (version > 0),
    xml         text NOT NULL,
    drafted_by  bigint NOT NULL REFERENCES mingda.person,
    approved_by bigint REFERENCES mingda.person,
    in_force    date,
    PRIMARY KEY (agency_id, code, version),
    CONSTRAINT clause_second_person CHECK (approved_by <> drafted_by),
    CHECK (in_force IS NULL OR approved_by IS NOT NULL)
);

-- What leaves the house: written with the facts, sent by the clock. The payload names rows, it holds no personal data.
CREATE TABLE mingda.outbox (
    agency_id  integer NOT NULL,
    outbox_id  bigint GENERATED ALWAYS AS IDENTITY,
    dossier_id bigint NOT NULL,
    kind       text NOT NULL,
    payload    jsonb NOT NULL,
    created    timestamptz NOT NULL DEFAULT now(),
    not_before timestamptz NOT NULL DEFAULT now(),
    tries      integer NOT NULL DEFAULT 0,
    problem    text,
    done       timestamptz,
    PRIMARY KEY (agency_id, outbox_id)
);
CREATE INDEX outbox_waiting ON mingda.outbox (agency_id, not_before, outbox_id) WHERE done IS NULL;

-- ----------------------------------------------------------------------------------------------------- append-only
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['fact', 'submission', 'dossier_number', 'private', 'access', 'sealed', 'edition', 'calendar']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mingda.%I FOR EACH ROW
                        EXECUTE FUNCTION mingda.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON mingda.%I FOR EACH STATEMENT
                        EXECUTE FUNCTION mingda.refuse_change()', t);
    END LOOP;
END $$;

-- ------------------------------------------------------------------------------------------------------- functions
-- A new dossier of the session's agency, received on `day`: its id and its application number
-- SQ + unit code + yyyyMMdd + serial of the day, three digits at least (statute 6.3). A foreign number is kept.
CREATE FUNCTION mingda.new_dossier(day date, foreign_ref text DEFAULT NULL)
    RETURNS TABLE (dossier_id bigint, ref text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE
    a integer := mingda.agency();
    unit text;
    n integer;
    serial integer;
BEGIN
    SELECT g.unit_code INTO STRICT unit FROM mingda.agency g WHERE g.agency_id = a;
    INSERT INTO mingda.counter AS c VALUES (a, 'year:' || extract(year FROM day)::integer, 1)
        ON CONFLICT ON CONSTRAINT counter_pkey DO UPDATE SET last = c.last + 1 RETURNING c.last INTO n;
    dossier_id := extract(year FROM day)::bigint * 1000000000 + n;
    IF foreign_ref IS NOT NULL THEN
        ref := foreign_ref;
    ELSE
        INSERT INTO mingda.counter AS c VALUES (a, 'day:' || to_char(day, 'YYYY-MM-DD'), 1)
            ON CONFLICT ON CONSTRAINT counter_pkey DO UPDATE SET last = c.last + 1 RETURNING c.last INTO serial;
        ref := 'SQ' || unit || to_char(day, 'YYYYMMDD') || lpad(serial::text, greatest(3, length(serial::text)), '0');
    END IF;
    INSERT INTO mingda.dossier_number VALUES (a, new_dossier.dossier_id, new_dossier.ref);
    RETURN NEXT;
END $$;

-- Where a number belongs: the one look-up that must work before an agency is known (the public page).
CREATE FUNCTION mingda.locate(number text) RETURNS TABLE (agency_id integer, dossier_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT n.agency_id, n.dossier_id FROM mingda.dossier_number n WHERE n.ref = number
$$;

-- What the signer may see: approved letters without a seal. A letter counts as approved when the fact it names is
-- about this child and carries the digests of exactly these two packages.
CREATE FUNCTION mingda.letters_to_sign(how_many integer)
    RETURNS TABLE (agency_id integer, dossier_id bigint, child text, template text, number text,
                   odt bytea, docx bytea, odt_sha256 bytea, docx_sha256 bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT l.agency_id, l.dossier_id, l.child, l.template, l.number, o.bytes, d.bytes, l.odt, l.docx
    FROM mingda.agency a
    JOIN mingda.letter l ON l.agency_id = a.agency_id AND l.approved_seq IS NOT NULL AND l.sealed_seq IS NULL
    JOIN mingda.fact f ON f.agency_id = l.agency_id AND f.dossier_id = l.dossier_id AND f.seq = l.approved_seq
         AND f.child = l.child AND f.data->>'odt' = encode(l.odt, 'hex') AND f.data->>'docx' = encode(l.docx, 'hex')
    JOIN mingda.blob o ON o.agency_id = l.agency_id AND o.sha256 = l.odt AND o.dossier_id = l.dossier_id
    JOIN mingda.blob d ON d.agency_id = l.agency_id AND d.sha256 = l.docx AND d.dossier_id = l.dossier_id
    WHERE NOT EXISTS (SELECT FROM mingda.sealed s WHERE s.agency_id = l.agency_id AND s.dossier_id = l.dossier_id
                      AND s.child = l.child)
    ORDER BY l.agency_id, l.dossier_id, l.child
    LIMIT how_many
$$;

-- A seal is taken only for an approved letter.
CREATE FUNCTION mingda.sealed_is_approved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    PERFORM FROM mingda.letter l
        JOIN mingda.fact f ON f.agency_id = l.agency_id AND f.dossier_id = l.dossier_id AND f.seq = l.approved_seq
         AND f.child = l.child AND f.data->>'odt' = encode(l.odt, 'hex') AND f.data->>'docx' = encode(l.docx, 'hex')
        WHERE l.agency_id = NEW.agency_id AND l.dossier_id = NEW.dossier_id AND l.child = NEW.child;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'letter % of dossier % is not approved', NEW.child, NEW.dossier_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sealed_is_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sealed_is_approved BEFORE INSERT ON mingda.sealed FOR EACH ROW
    EXECUTE FUNCTION mingda.sealed_is_approved();

-- Dossiers of the session's agency that hold all pairs. Array operators are not leakproof: a policy would keep the
-- index from being used, so the fence is written out here.
CREATE FUNCTION mingda.search(wanted text[], how_many integer) RETURNS TABLE (dossier_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT p.dossier_id FROM mingda.posting p
    WHERE p.agency_id = mingda.agency() AND p.grams @> wanted
    ORDER BY p.dossier_id DESC LIMIT how_many
$$;

-- ------------------------------------------------------------------------------------------------- fences and rights
DO $$
DECLARE t text;
BEGIN
    FOR t IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id'
             WHERE c.relnamespace = 'mingda'::regnamespace AND c.relkind = 'r'
               AND c.relname NOT IN ('agency', 'person_role', 'session')
    LOOP
        EXECUTE format('ALTER TABLE mingda.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY fence ON mingda.%I USING (agency_id = mingda.agency())
                        WITH CHECK (agency_id = mingda.agency())', t);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA mingda TO mingda_web, mingda_clock, mingda_sign, mingda_audit;
GRANT EXECUTE ON FUNCTION mingda.agency(), mingda.person(), mingda.today(), mingda.moment()
    TO mingda_web, mingda_clock, mingda_sign, mingda_audit;
GRANT EXECUTE ON FUNCTION mingda.fact_data(bytea), mingda.new_dossier(date, text), mingda.locate(text), mingda.search(text[], integer)
    TO mingda_web, mingda_clock;
GRANT EXECUTE ON FUNCTION mingda.letters_to_sign(integer) TO mingda_sign;

-- web: adds facts and what belongs to them, keeps the derived tables; cannot seal, cannot change history.
GRANT SELECT ON mingda.migration TO mingda_web, mingda_clock, mingda_sign, mingda_audit;
GRANT SELECT ON mingda.agency, mingda.edition, mingda.calendar, mingda.person, mingda.person_role,
    mingda.letter_template, mingda.clause TO mingda_web, mingda_clock;
GRANT SELECT, INSERT ON mingda.fact, mingda.submission, mingda.private, mingda.applicant_hash, mingda.query_code,
    mingda.access, mingda.blob, mingda.dossier_key TO mingda_web, mingda_clock;
GRANT INSERT ON mingda.unsequenced, mingda.outbox TO mingda_web, mingda_clock;
GRANT SELECT ON mingda.dossier_number, mingda.sealed TO mingda_web, mingda_clock;
GRANT SELECT, INSERT, UPDATE, DELETE ON mingda.dossier, mingda.clock, mingda.child, mingda.letter, mingda.wake,
    mingda.posting TO mingda_web, mingda_clock;
GRANT SELECT, INSERT, UPDATE, DELETE ON mingda.session, mingda.attempt TO mingda_web;
GRANT SELECT, INSERT, UPDATE ON mingda.draft TO mingda_web;
GRANT SELECT, DELETE ON mingda.draft TO mingda_clock;

-- clock: besides that sends the outbox, sequences the log, and clears what has ended.
GRANT SELECT, UPDATE ON mingda.outbox TO mingda_clock;
GRANT SELECT, DELETE ON mingda.unsequenced TO mingda_clock;
GRANT SELECT, DELETE ON mingda.session, mingda.attempt TO mingda_clock;

-- sign: sees approved letters through its function and writes seals, nothing else.
GRANT INSERT ON mingda.sealed TO mingda_sign;

-- audit: reads; no personal rows, no keys, no password hashes.
GRANT SELECT ON mingda.agency, mingda.edition, mingda.calendar, mingda.person_role, mingda.fact, mingda.dossier_number,
    mingda.dossier, mingda.clock, mingda.child, mingda.letter, mingda.access, mingda.unsequenced TO mingda_audit;
GRANT SELECT (person_id, login, name, active, created) ON mingda.person TO mingda_audit;
GRANT SELECT (agency_id, dossier_id, child, odt_sha256, docx_sha256, certificate, sealed_at) ON mingda.sealed
    TO mingda_audit;
