-- Personal data: encrypted rows, keys, keyed hashes, and who looked.

-- query: KEY_ADD
-- why:   the data key of a new dossier, wrapped by the master key
-- takes: dossier int8, wrapped bytea
-- gives: none
INSERT INTO mingda.dossier_key (agency_id, dossier_id, wrapped) VALUES (mingda.agency(), $1, $2);

-- query: PRIVATE_OF_KIND
-- why:   the rows of one kind for several dossiers at once (what is asked, in the queue)
-- takes: dossiers int8[], kind text
-- gives: many   dossier int8, row int4, nonce bytea, cipher bytea, commitment bytea, wrapped bytea?
SELECT p.dossier_id, p.row, p.nonce, p.cipher, p.commitment, k.wrapped
FROM mingda.private p JOIN mingda.dossier_key k ON k.agency_id = p.agency_id AND k.dossier_id = p.dossier_id
WHERE p.agency_id = mingda.agency() AND p.dossier_id = ANY ($1) AND p.kind = $2 ORDER BY p.dossier_id, p.row;
