-- 0014: the life of a letter's text. A version of a template or clause is a draft, waits for a second person, is approved
-- from a day on, is followed by a later version or ended; each step is filed for ever. `letter` and `clause` are the two kinds.

ALTER TABLE mingda.letter_template
    ADD COLUMN title text NOT NULL DEFAULT '', ADD COLUMN from_day date, ADD COLUMN until_day date, -- as its XML says
    ADD COLUMN base integer,                          -- the version that was copied
    ADD COLUMN revision integer NOT NULL DEFAULT 1,   -- counts the steps: two who act on the same one cannot both win
    ADD COLUMN submitted boolean NOT NULL DEFAULT false,
    ADD COLUMN closed boolean NOT NULL DEFAULT false, -- a draft that was withdrawn
    ADD COLUMN ended date,                            -- approved, and out of force from this day on
    ADD COLUMN reason text,                           -- of the last step
    ADD COLUMN changed_by bigint REFERENCES mingda.person,
    ADD CHECK (NOT (closed AND approved_by IS NOT NULL)),
    ADD CHECK (ended IS NULL OR in_force IS NOT NULL);
ALTER TABLE mingda.clause
    ADD COLUMN title text NOT NULL DEFAULT '', ADD COLUMN from_day date, ADD COLUMN until_day date,
    ADD COLUMN base integer,
    ADD COLUMN revision integer NOT NULL DEFAULT 1,
    ADD COLUMN submitted boolean NOT NULL DEFAULT false,
    ADD COLUMN closed boolean NOT NULL DEFAULT false,
    ADD COLUMN ended date,
    ADD COLUMN reason text,
    ADD COLUMN changed_by bigint REFERENCES mingda.person,
    ADD CHECK (NOT (closed AND approved_by IS NOT NULL)),
    ADD CHECK (ended IS NULL OR in_force IS NOT NULL);
CREATE UNIQUE INDEX letter_template_draft ON mingda.letter_template (agency_id, code) WHERE approved_by IS NULL AND NOT closed;
CREATE UNIQUE INDEX clause_draft ON mingda.clause (agency_id, code) WHERE approved_by IS NULL AND NOT closed;

-- What the document says of itself: its title and the days between which it may be used.
CREATE FUNCTION mingda.text_head(content text, OUT code text, OUT title text, OUT from_day date, OUT until_day date)
    LANGUAGE sql STABLE AS $$
    SELECT h.code, h.title, h.from_day, h.until_day
    FROM xmltable('/*' PASSING xmlparse(DOCUMENT content) COLUMNS code text PATH '@code', title text PATH '@title',
                  from_day date PATH '@from', until_day date PATH '@until') h
$$;
UPDATE mingda.letter_template t SET (title, from_day, until_day) =
    (SELECT coalesce(h.title, ''), h.from_day, h.until_day FROM mingda.text_head(t.xml) h);
UPDATE mingda.clause t SET (title, from_day, until_day) =
    (SELECT coalesce(h.title, ''), h.from_day, h.until_day FROM mingda.text_head(t.xml) h);

-- -------------------------------------------------------------------------------------------------------- history
CREATE TABLE mingda.text_history (
    agency_id integer NOT NULL REFERENCES mingda.agency,
    entry     bigint GENERATED ALWAYS AS IDENTITY,
    kind      text NOT NULL CHECK (kind IN ('letter', 'clause')),
    code      text NOT NULL,
    version   integer NOT NULL,
    revision  integer NOT NULL,
    at        timestamptz NOT NULL,
    person_id bigint REFERENCES mingda.person,
    deed      text NOT NULL CHECK (deed IN ('drafted', 'saved', 'submitted', 'returned', 'withdrawn', 'approved', 'ended')),
    on_day    date,            -- approved: in force from; ended: out of force from
    reason    text,
    sha256    bytea NOT NULL,  -- of the text as it stood then
    PRIMARY KEY (agency_id, kind, code, version, entry)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mingda.text_history FOR EACH ROW EXECUTE FUNCTION mingda.refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON mingda.text_history FOR EACH STATEMENT EXECUTE FUNCTION mingda.refuse_change();
ALTER TABLE mingda.text_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON mingda.text_history USING (agency_id = mingda.agency()) WITH CHECK (agency_id = mingda.agency());
GRANT SELECT ON mingda.text_history TO mingda_web, mingda_audit;

-- Versions from before there was a history.
INSERT INTO mingda.text_history (agency_id, kind, code, version, revision, at, person_id, deed, on_day, sha256)
SELECT t.agency_id, t.kind, t.code, t.version, 1, mingda.moment(), d.person_id, d.deed, d.on_day, sha256(convert_to(t.xml, 'UTF8'))
FROM (SELECT 'letter' AS kind, agency_id, code, version, xml, drafted_by, approved_by, in_force FROM mingda.letter_template
      UNION ALL SELECT 'clause', agency_id, code, version, xml, drafted_by, approved_by, in_force FROM mingda.clause) t
CROSS JOIN LATERAL (VALUES ('drafted', t.drafted_by, NULL::date), ('approved', t.approved_by, t.in_force)) d (deed, person_id, on_day)
WHERE d.person_id IS NOT NULL ORDER BY t.kind, t.code, t.version, d.deed DESC;

-- --------------------------------------------------------------------------------------------------------- guards
-- Whoever writes: what was approved stays as it is and can only be ended, what was withdrawn stays so, nothing is deleted,
-- and who approves has not written a word of it.
CREATE FUNCTION mingda.text_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE
    of_kind text := CASE TG_TABLE_NAME WHEN 'clause' THEN 'clause' ELSE 'letter' END;
    head record;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.agency_id, NEW.code, NEW.version, NEW.drafted_by) IS DISTINCT FROM (OLD.agency_id, OLD.code, OLD.version, OLD.drafted_by)
           OR OLD.closed OR OLD.ended IS NOT NULL
           OR (OLD.approved_by IS NOT NULL AND
               ((NEW.xml, NEW.approved_by, NEW.in_force, NEW.submitted, NEW.closed) IS DISTINCT FROM
                (OLD.xml, OLD.approved_by, OLD.in_force, OLD.submitted, OLD.closed) OR NEW.ended IS NULL))
           OR (OLD.submitted AND NEW.submitted AND NEW.xml IS DISTINCT FROM OLD.xml) THEN
            RAISE EXCEPTION 'version % of % % stands as it is', OLD.version, of_kind, OLD.code
                USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'text_stands';
        END IF;
    END IF;
    SELECT * INTO head FROM mingda.text_head(NEW.xml);
    IF head.code IS DISTINCT FROM NEW.code THEN
        RAISE EXCEPTION 'the document of % calls itself %', NEW.code, head.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'text_code';
    END IF;
    NEW.title := coalesce(head.title, '');
    NEW.from_day := head.from_day;
    NEW.until_day := head.until_day;
    IF NEW.approved_by IS NOT NULL AND EXISTS (
        SELECT FROM mingda.text_history h WHERE h.agency_id = NEW.agency_id AND h.kind = of_kind AND h.code = NEW.code
        AND h.version = NEW.version AND h.person_id = NEW.approved_by AND h.deed IN ('drafted', 'saved', 'submitted')) THEN
        RAISE EXCEPTION 'version % of % % is approved by one who wrote it', NEW.version, of_kind, NEW.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'text_second_person';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION mingda.text_file() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE
    deeds text[] := '{}';
    d text;
    fresh boolean := TG_OP = 'INSERT';
BEGIN
    IF fresh THEN
        deeds := deeds || 'drafted'::text;
    ELSIF NEW.xml IS DISTINCT FROM OLD.xml THEN
        deeds := deeds || 'saved'::text;
    END IF;
    IF NEW.approved_by IS NOT NULL AND (fresh OR OLD.approved_by IS NULL) THEN
        deeds := deeds || 'approved'::text;
    ELSIF NEW.closed AND NOT fresh THEN
        deeds := deeds || 'withdrawn'::text;
    ELSIF NOT fresh AND NEW.submitted AND NOT OLD.submitted THEN
        deeds := deeds || 'submitted'::text;
    ELSIF NOT fresh AND OLD.submitted AND NOT NEW.submitted THEN
        deeds := deeds || 'returned'::text;
    END IF;
    IF NEW.ended IS NOT NULL THEN
        deeds := deeds || 'ended'::text;
    END IF;
    FOREACH d IN ARRAY deeds LOOP
        INSERT INTO mingda.text_history (agency_id, kind, code, version, revision, at, person_id, deed, on_day, reason, sha256)
        VALUES (NEW.agency_id, CASE TG_TABLE_NAME WHEN 'clause' THEN 'clause' ELSE 'letter' END, NEW.code, NEW.version,
                NEW.revision, mingda.moment(),
                CASE d WHEN 'drafted' THEN NEW.drafted_by WHEN 'approved' THEN NEW.approved_by ELSE NEW.changed_by END, d,
                CASE d WHEN 'approved' THEN NEW.in_force WHEN 'ended' THEN NEW.ended END,
                CASE WHEN d IN ('returned', 'withdrawn', 'ended') THEN NEW.reason END, sha256(convert_to(NEW.xml, 'UTF8')));
    END LOOP;
    RETURN NULL;
END $$;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['letter_template', 'clause'] LOOP
        EXECUTE format('CREATE TRIGGER text_guard BEFORE INSERT OR UPDATE ON mingda.%I FOR EACH ROW
                        EXECUTE FUNCTION mingda.text_guard()', t);
        EXECUTE format('CREATE TRIGGER text_file AFTER INSERT OR UPDATE ON mingda.%I FOR EACH ROW
                        EXECUTE FUNCTION mingda.text_file()', t);
        EXECUTE format('CREATE TRIGGER text_stays BEFORE DELETE ON mingda.%I FOR EACH ROW
                        EXECUTE FUNCTION mingda.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER text_stays_whole BEFORE TRUNCATE ON mingda.%I FOR EACH STATEMENT
                        EXECUTE FUNCTION mingda.refuse_change()', t);
    END LOOP;
END $$;

-- -------------------------------------------------------------------------------------------------------- both kinds
-- starts, ends: the first and the last day on which the version may rule letters: what was approved, within what the document
-- says of itself, until it is ended. A version that never began (ended before it started) has no such days.
CREATE VIEW mingda.letter_text WITH (security_invoker = true) AS
SELECT u.*, CASE WHEN u.in_force IS NOT NULL THEN greatest(u.in_force, u.from_day) END AS starts,
       least(u.until_day, u.ended - 1) AS ends
FROM (SELECT 'letter'::text AS kind, agency_id, code, version, title, xml, drafted_by, approved_by, in_force, from_day, until_day,
             base, revision, submitted, closed, ended, reason FROM mingda.letter_template
      UNION ALL
      SELECT 'clause'::text, agency_id, code, version, title, xml, drafted_by, approved_by, in_force, from_day, until_day,
             base, revision, submitted, closed, ended, reason FROM mingda.clause) u;
GRANT SELECT ON mingda.letter_text TO mingda_web, mingda_clock;

-- The versions that rule letters on a day: of each code the one that started last, as long as it has not ended.
CREATE FUNCTION mingda.texts_in_force(of_kind text, day date) RETURNS TABLE (code text, version integer, xml text)
    LANGUAGE sql STABLE ROWS 60 AS $$
    SELECT l.code, l.version, l.xml
    FROM (SELECT DISTINCT ON (t.code) t.code, t.version, t.xml, t.ends FROM mingda.letter_text t
          WHERE t.agency_id = mingda.agency() AND t.kind = of_kind AND t.starts <= day AND (t.ends IS NULL OR t.ends >= t.starts)
          ORDER BY t.code, t.starts DESC, t.version DESC) l
    WHERE l.ends IS NULL OR l.ends >= day
$$;
GRANT EXECUTE ON FUNCTION mingda.texts_in_force(text, date) TO mingda_web, mingda_clock;

-- --------------------------------------------------------------------------------------------------------- the doors
-- The only ways by which `web` changes a text: in the name of the person of the session, who has the role for it.
CREATE FUNCTION mingda.text_actor(roles text[]) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM mingda.person_role r WHERE r.agency_id = mingda.agency() AND r.person_id = mingda.person()
                   AND r.role = ANY (roles)) THEN
        RAISE EXCEPTION 'this person may not do that' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'text_role';
    END IF;
    RETURN mingda.person();
END $$;

-- A new draft, copied from `base` or new: its version. NULL: there is an open draft already.
CREATE FUNCTION mingda.text_draft(of_kind text, of_code text, of_base integer, content text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE
    me bigint := mingda.text_actor('{legal}');
    made integer;
BEGIN
    EXECUTE format('INSERT INTO mingda.%I (agency_id, code, version, xml, drafted_by, base, changed_by)
                    SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $4 FROM mingda.%1$I
                    WHERE agency_id = $1 AND code = $2 ON CONFLICT DO NOTHING RETURNING version',
                   CASE of_kind WHEN 'clause' THEN 'clause' ELSE 'letter_template' END)
        INTO made USING mingda.agency(), of_code, content, me, of_base;
    RETURN made;
END $$;

-- The next step of a version that stands at `of_revision`: its new revision. NULL: somebody was faster, or it is not the
-- time for that step. deed: saved (content), submitted, returned, withdrawn (why), approved (from day), ended (from day, why).
CREATE FUNCTION mingda.text_step(of_kind text, of_code text, of_version integer, of_revision integer, deed text,
                                 content text, on_day date, why text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE
    me bigint := mingda.text_actor(CASE WHEN deed IN ('saved', 'submitted', 'withdrawn') THEN '{legal}'::text[]
                                        ELSE '{legal,leader}' END);
    changes text := CASE deed
        WHEN 'saved' THEN 'xml = $5 WHERE NOT submitted AND approved_by IS NULL AND NOT closed'
        WHEN 'submitted' THEN 'submitted = true, reason = NULL WHERE NOT submitted AND approved_by IS NULL AND NOT closed'
        WHEN 'returned' THEN 'submitted = false, reason = $7 WHERE submitted AND approved_by IS NULL AND NOT closed'
        WHEN 'withdrawn' THEN 'closed = true, reason = $7 WHERE approved_by IS NULL AND NOT closed'
        WHEN 'approved' THEN 'approved_by = $8, in_force = $6, reason = NULL WHERE submitted AND approved_by IS NULL AND NOT closed'
        WHEN 'ended' THEN 'ended = $6, reason = $7 WHERE approved_by IS NOT NULL AND ended IS NULL' END;
    made integer;
BEGIN
    IF changes IS NULL OR (deed IN ('approved', 'ended') AND (on_day IS NULL OR on_day < mingda.today()))
       OR (deed IN ('returned', 'withdrawn', 'ended') AND nullif(btrim(why), '') IS NULL) THEN
        RAISE EXCEPTION 'no such step: %', deed USING ERRCODE = 'check_violation', CONSTRAINT = 'text_step';
    END IF;
    EXECUTE format('UPDATE mingda.%I SET revision = revision + 1, changed_by = $8, %s AND agency_id = $1 AND code = $2
                    AND version = $3 AND revision = $4 RETURNING revision',
                   CASE of_kind WHEN 'clause' THEN 'clause' ELSE 'letter_template' END, changes)
        INTO made USING mingda.agency(), of_code, of_version, of_revision, content, on_day, why, me;
    RETURN made;
END $$;
GRANT EXECUTE ON FUNCTION mingda.text_draft(text, text, integer, text),
    mingda.text_step(text, text, integer, integer, text, text, date, text) TO mingda_web;
