-- The journal of a seal says by whose approval it was set. The signer's role reads no facts; this door shows it the
-- one fact that approved the one letter, and nothing of what any fact says.
CREATE FUNCTION mingda.approval_to_sign(agency integer, dossier bigint, letter text)
    RETURNS TABLE (seq integer, approved_by bigint, role text, on_day date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mingda, pg_temp AS $$
    SELECT f.seq, f.by_person, f.role, f.on_day
    FROM mingda.letter l
    JOIN mingda.fact f ON f.agency_id = l.agency_id AND f.dossier_id = l.dossier_id AND f.seq = l.approved_seq
    WHERE l.agency_id = agency AND l.dossier_id = dossier AND l.child = letter
$$;
GRANT EXECUTE ON FUNCTION mingda.approval_to_sign(integer, bigint, text) TO mingda_sign;
