-- The reply falls due on another day since its owner last acted: shown until they have. Derived from the facts, like the rest of
-- the head; NULL in dossiers whose date did not move.
ALTER TABLE mingda.dossier
    ADD COLUMN moved_from date,    -- NULL with moved_seq: no day could be said before
    ADD COLUMN moved_to   date,
    ADD COLUMN moved_seq  integer; -- the first fact that says so
