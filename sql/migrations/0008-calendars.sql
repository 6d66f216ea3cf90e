-- Calendars that were imported: layers on the files of the program, in the order of import, each with its notice. A dossier
-- keeps, beside its number, the edition under which it began: its agency may go over to another one.

ALTER TABLE mingda.calendar
    ADD COLUMN import integer GENERATED ALWAYS AS IDENTITY UNIQUE, -- later layers win
    ADD COLUMN notice text NOT NULL DEFAULT '';                    -- what the days rest on (国办发明电〔…〕…号)

-- Number of the last import: by it a process notices that its calendars are no longer the newest.
CREATE FUNCTION mingda.imported() RETURNS integer LANGUAGE sql STABLE AS
    'SELECT coalesce(max(c.import), 0) FROM mingda.calendar c';
GRANT EXECUTE ON FUNCTION mingda.imported() TO mingda_web, mingda_clock, mingda_audit;

ALTER TABLE mingda.dossier_number ADD COLUMN edition text;         -- NULL: numbered before this column was there

CREATE OR REPLACE FUNCTION mingda.new_dossier(day date, foreign_ref text DEFAULT NULL)
    RETURNS TABLE (dossier_id bigint, ref text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE
    a integer := mingda.agency();
    unit text;
    rules text;
    n integer;
    serial integer;
BEGIN
    SELECT g.unit_code, g.edition INTO STRICT unit, rules FROM mingda.agency g WHERE g.agency_id = a;
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
    INSERT INTO mingda.dossier_number (agency_id, dossier_id, ref, edition) VALUES (a, new_dossier.dossier_id, new_dossier.ref, rules);
    RETURN NEXT;
END $$;
