-- Personal data: encrypted rows, keys, keyed hashes, and who looked.

-- query: KEY_ADD
-- why:   the data key of a new dossier, wrapped by the master key
-- takes: dossier int8, wrapped bytea
-- gives: none
INSERT INTO mingda.dossier_key (agency_id, dossier_id, wrapped) VALUES (mingda.agency(), $1, $2);
