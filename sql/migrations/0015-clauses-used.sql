-- 0015: which clauses a letter was composed with. A letter's record of them lies encrypted among its inputs; the legal office
-- must know which letters rest on version 4 of a clause without reading any of them. Codes and numbers, nothing personal.
CREATE TABLE mingda.clause_use (
    agency_id  integer NOT NULL,
    code       text NOT NULL,
    version    integer NOT NULL,
    dossier_id bigint NOT NULL,
    child      text NOT NULL,
    odt        bytea NOT NULL CHECK (length(odt) = 32), -- of the draft: one that was drafted anew has another
    PRIMARY KEY (agency_id, code, version, dossier_id, child, odt),
    FOREIGN KEY (agency_id, code, version) REFERENCES mingda.clause (agency_id, code, version)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mingda.clause_use FOR EACH ROW EXECUTE FUNCTION mingda.refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON mingda.clause_use FOR EACH STATEMENT EXECUTE FUNCTION mingda.refuse_change();
ALTER TABLE mingda.clause_use ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON mingda.clause_use USING (agency_id = mingda.agency()) WITH CHECK (agency_id = mingda.agency());
GRANT SELECT, INSERT ON mingda.clause_use TO mingda_web, mingda_clock;

-- Letters of a version are counted and listed.
CREATE INDEX letter_by_template ON mingda.letter (agency_id, template, version, dossier_id);
