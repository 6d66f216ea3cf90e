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

-- query: APPLICANT_HASH_FIND
-- why:   other dossiers of the same applicant (repeated applications, 条例36(6))
-- takes: kind text, hash bytea, how_many int4
-- gives: many   dossier int8
SELECT dossier_id FROM mingda.applicant_hash
WHERE agency_id = mingda.agency() AND kind = $1 AND hash = $2 ORDER BY dossier_id DESC LIMIT $3;

-- query: ACCESS_OF_DOSSIER
-- why:   auditors see who looked
-- takes: dossier int8, how_many int4
-- gives: many   at timestamptz, by_person int8?, by_name text?, what text
SELECT a.at, a.by_person, p.name, a.what
FROM mingda.access a LEFT JOIN mingda.person p ON p.person_id = a.by_person
WHERE a.agency_id = mingda.agency() AND a.dossier_id = $1 ORDER BY a.access_id DESC LIMIT $2;
