-- Open dossiers in the order of their numbers: a new calendar goes through them and through no others.
CREATE INDEX dossier_open ON mingda.dossier (agency_id, dossier_id) WHERE closed IS NULL;
