#!/bin/bash
# A changed calendar over a hundred thousand open dossiers, and a changed rule over all: beside psql that only reads the same
# facts. The dossiers are the demonstration's, copied.
set -eu
. "$MINGDA_SOURCE/tests/database/cluster.sh"
OFFICE_DAY=2026-12-07
. "$MINGDA_SOURCE/tests/database/office_site.sh" >/dev/null
copies=${BENCH_COPIES:-1800}
FILE=$MINGDA_SOURCE/tests/corpora/calendar-import/cn-2027.csv
psql -q -v copies="$copies" <<'SQL'
CREATE TEMP TABLE old AS SELECT agency_id, dossier_id, row_number() OVER () AS n FROM mingda.dossier WHERE closed IS NULL;
CREATE TEMP TABLE new AS SELECT o.agency_id, o.dossier_id, 2030000000000 + g * 1000 + o.n AS id
  FROM old o, generate_series(1, :copies) g;
INSERT INTO mingda.dossier_number SELECT agency_id, id, 'X' || id, 'cn-2019' FROM new;
INSERT INTO mingda.dossier SELECT (jsonb_populate_record(d, jsonb_build_object('dossier_id', id, 'ref', 'X' || id))).*
  FROM new JOIN mingda.dossier d USING (agency_id, dossier_id);
INSERT INTO mingda.clock SELECT (jsonb_populate_record(c, jsonb_build_object('dossier_id', id))).*
  FROM new JOIN mingda.clock c USING (agency_id, dossier_id);
INSERT INTO mingda.fact (agency_id, dossier_id, seq, kind, child, on_day, at, recorded, by_person, role, body)
SELECT f.agency_id, n.id, f.seq, f.kind, f.child, f.on_day, f.at, f.recorded, f.by_person, f.role,
       convert_to((convert_from(f.body, 'UTF8')::jsonb || jsonb_build_object('dossier', n.id))::text, 'UTF8')
  FROM new n JOIN mingda.fact f USING (agency_id, dossier_id);
ANALYZE;
SQL
dossiers=$(psql -qAtc 'SELECT count(*) FROM mingda.dossier WHERE closed IS NULL')
facts=$(psql -qAtc 'SELECT count(*) FROM mingda.fact')
# seconds COMMAND…: what it took, in milliseconds
timed() {
    local begun
    begun=$(date +%s%N)
    "$@" >"$OFFICE/out"
    echo $((($(date +%s%N) - begun) / 1000000))
}
wrong=0
# tell WHAT MILLISECONDS BOUND
tell() {
    local kept=kept
    [ "$2" -le "$3" ] || { kept=MISSED wrong=1; }
    printf '%-28s %7d ms for %d open dossiers, %d facts (%s times psql that reads them; bound %d: %s)\n' "$1" "$2" "$dossiers" "$facts" \
        "$(awk "BEGIN { printf \"%.1f\", $2 / $bare }")" "$3" "$kept"
}
bare=$(timed psql -qAtc 'SELECT dossier_id, seq, kind, child, on_day, recorded, by_person, role, data FROM mingda.fact ORDER BY 1, 2')
printf '%-28s %7d ms\n' 'psql reads the same facts' "$bare"
tell 'calendar import --dry-run' "$(timed "$MINGDA" calendar import "$FILE" --dry-run --notice bench --known 2026-12-04)" 10000
[ "$(tail -1 "$OFFICE/out" | sed 's/.*"dossiers": \([0-9]*\).*/\1/')" -gt $((dossiers / 10)) ] || { echo 'the calendar reaches hardly any dossier'; wrong=1; }
tail -1 "$OFFICE/out" >&2
tell 'whatif' "$(timed "$MINGDA" whatif --calendar "$FILE")" 60000
exit $wrong
