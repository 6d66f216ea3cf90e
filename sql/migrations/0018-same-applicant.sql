-- From a dossier to the hashes of its applicant, and by them to the other applications of the same person: what a fee by the
-- month is counted from.
CREATE INDEX applicant_hash_dossier ON mingda.applicant_hash (agency_id, dossier_id);
