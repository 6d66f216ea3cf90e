#!/bin/bash
# What a newcomer finds in the demonstration's first agency once the letters that its stories approved are sealed and served:
# a refusal, information that does not exist, a correction asked by letter and given, a corrected application answered.
set -eu
. "$(dirname "$0")/site.sh"
site_start
failed=0
# is WHAT WANTED SQL: one row of agency 1
is() {
    local said
    said=$(site_sql "$3")
    [ "$said" = "$2" ] || { echo "FAILED: $1: “$said”, not “$2”"; failed=$((failed + 1)); }
}
answered() { # answered LETTER OUTCOME: how many were, all sealed, served and closed today
    echo "SELECT count(*) FROM mingda.dossier d JOIN mingda.letter l USING (agency_id, dossier_id) WHERE agency_id = 1
        AND l.template = '$1' AND d.outcome = '$2' AND d.state = 'answered' AND d.closed = '2026-03-30'
        AND l.served = '2026-03-30' AND l.sealed_seq IS NOT NULL"
}
facts="FROM mingda.dossier d JOIN mingda.fact f USING (agency_id, dossier_id) WHERE agency_id = 1"
is 'refused' 1 "$(answered R06 DENY_PROCESS)"
is 'does not exist' 1 "$(answered R07 NA_NOTEXIST)"
is 'the notice tells by being served, the correction starts the period anew' \
    'reviewing 2026-04-28 notice-served correction-notified correction-received' \
    "SELECT d.state || ' ' || d.due || ' ' || string_agg(f.kind, ' ' ORDER BY f.seq) $facts AND f.on_day = '2026-03-30'
        AND f.kind NOT IN ('dated', 'approved', 'sealed') AND EXISTS (SELECT FROM mingda.letter l
        WHERE (l.agency_id, l.dossier_id, l.template) = (d.agency_id, d.dossier_id, 'D02')) GROUP BY d.state, d.due"
is 'corrected and answered after the first period had ended, in time by the second' 'OPEN_PROVIDE 2026-02-25 2026-03-30 2026-04-01' \
    "SELECT d.outcome || ' ' || d.opened || ' ' || d.closed || ' ' || d.due $facts AND f.kind = 'correction-received'
        AND d.state = 'answered' AND NOT EXISTS (SELECT FROM mingda.fact o
        WHERE (o.agency_id, o.dossier_id, o.kind) = (d.agency_id, d.dossier_id, 'overdue'))"
is 'nothing that was approved is left behind' 0 "SELECT count(*) FROM mingda.letter
    WHERE approved_seq IS NOT NULL AND (sealed_seq IS NULL OR template <> 'D01' AND served IS NULL)"
is 'every letter bears the day on which it was signed' 0 "SELECT count(*) FROM mingda.letter l
    JOIN mingda.fact f ON (f.agency_id, f.dossier_id, f.seq) = (l.agency_id, l.dossier_id, l.approved_seq) WHERE l.drafted <> f.on_day"
[ "$failed" -eq 0 ]
