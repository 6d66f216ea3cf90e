-- A correction is made by two persons (statute G8): what decides on a proposal names its fact, and who confirms it is
-- neither who proposed it nor who recorded the fact that is corrected. The engine says so to people; this holds whatever
-- the program does. A proposal is decided once.
CREATE FUNCTION mingda.second_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
DECLARE
    d jsonb := mingda.fact_data(NEW.body);
    proposed mingda.fact;
    recorded_by bigint;
BEGIN
    IF jsonb_typeof(d->'proposal') IS DISTINCT FROM 'number' THEN
        RETURN NEW;
    END IF;
    SELECT f.* INTO proposed FROM mingda.fact f
        WHERE f.agency_id = NEW.agency_id AND f.dossier_id = NEW.dossier_id AND f.seq = (d->>'proposal')::integer;
    IF NOT FOUND OR proposed.seq >= NEW.seq OR jsonb_typeof(proposed.data->'data') IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'fact % decides on no proposal', NEW.seq
            USING ERRCODE = 'check_violation', CONSTRAINT = 'second_person';
    END IF;
    IF EXISTS (SELECT FROM mingda.fact f WHERE f.agency_id = NEW.agency_id AND f.dossier_id = NEW.dossier_id
               AND f.seq > proposed.seq AND f.data->'proposal' = d->'proposal') THEN
        RAISE EXCEPTION 'proposal % has been decided', proposed.seq
            USING ERRCODE = 'check_violation', CONSTRAINT = 'second_person';
    END IF;
    IF d ? 'data' THEN -- it confirms
        SELECT f.by_person INTO recorded_by FROM mingda.fact f
            WHERE f.agency_id = NEW.agency_id AND f.dossier_id = NEW.dossier_id
              AND f.seq = (proposed.data->>'fact')::integer;
        IF NEW.by_person IS NULL OR NEW.by_person = proposed.by_person OR NEW.by_person = recorded_by
           OR d->'data' IS DISTINCT FROM proposed.data->'data' OR d->'fact' IS DISTINCT FROM proposed.data->'fact' THEN
            RAISE EXCEPTION 'fact % confirms a correction without a second person', NEW.seq
                USING ERRCODE = 'check_violation', CONSTRAINT = 'second_person';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER second_person BEFORE INSERT ON mingda.fact FOR EACH ROW
    WHEN (position('"proposal":'::bytea IN NEW.body) > 0) EXECUTE FUNCTION mingda.second_person();

-- Auditors look for dossiers whose facts stand in conflict: there are few.
CREATE INDEX dossier_in_conflict ON mingda.dossier (agency_id, dossier_id) WHERE conflicts > 0;
