# Corrections of fact on a real database: two persons, races, what the store itself refuses, what was known on a past day.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
"$MINGDA_BUILD/tests/test_corrections" || exit 1

# ---- what the first of them was known to be before and after its correction, by mingda explain
psql -q -c "ALTER DATABASE mingda SET mingda.today = '2026-03-30'"
ref=$(psql -qAtc "SELECT d.ref FROM mingda.dossier d JOIN mingda.fact f USING (agency_id, dossier_id)
    WHERE f.seq = 1 AND f.on_day = '2026-03-02' AND d.opened = '2026-02-27' ORDER BY 1 LIMIT 1")
told() { # WORDS… SENTENCE: mingda explain REF WORDS… says it
    local sentence=${*: -1}
    "$MINGDA" explain "$ref" "${@:1:$#-1}" >"$OFFICE/told" || exit 1
    grep -qF -- "$sentence" "$OFFICE/told" || { echo "FAILED: explain $*: $(cat "$OFFICE/told")" >&2; exit 1; }
}
told --on 2026-03-10 '答复期限：2026-03-30。'
told --on 2026-03-10 '  1. 2026-03-02 '
told --on 2026-03-11 '答复期限：2026-03-26。'
told --on 2026-03-11 '（已更正，原记录为2026-03-02）'
told --on 2026-03-10 --known 2026-03-11 '包括此后补记和更正的'
told --on 2026-03-10 --known 2026-03-11 --lang en 'Due date of the reply: 2026-03-26.'
told --on 2026-03-11 --lang en '(corrected; first recorded as 2026-03-02)'
echo "explain: known before and after the correction"
