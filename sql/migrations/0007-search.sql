-- 0007: search without readable words, and the figures of the queue from an index.

-- The queue's figures are counted here, without a look at the rows.
CREATE INDEX dossier_waiting ON mingda.dossier (agency_id, due, due_provisional) WHERE closed IS NULL;
