-- 0020: the picture of an agency's seal, laid over agency and date in its letters (GB/T 9704-2012, 7.3.5). A new picture is a
-- new row; the last one is in use, and a letter names the one that it was made with.
CREATE TABLE mingda.seal_picture (
    agency_id   integer NOT NULL REFERENCES mingda.agency,
    number      integer NOT NULL CHECK (number > 0),
    png         bytea NOT NULL CHECK (length(png) BETWEEN 57 AND 262144 AND substr(png, 1, 8) = '\x89504e470d0a1a0a'),
    millimetres smallint NOT NULL CHECK (millimetres IN (42, 45)),
    added       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency_id, number)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mingda.seal_picture FOR EACH ROW EXECUTE FUNCTION mingda.refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON mingda.seal_picture FOR EACH STATEMENT EXECUTE FUNCTION mingda.refuse_change();
ALTER TABLE mingda.seal_picture ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON mingda.seal_picture USING (agency_id = mingda.agency()) WITH CHECK (agency_id = mingda.agency());
GRANT SELECT ON mingda.seal_picture TO mingda_web, mingda_clock;
