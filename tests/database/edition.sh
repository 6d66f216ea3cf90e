# mingda edition migrate: open dossiers go over to a newer edition, told beforehand, refused while one has no image there, and
# then a fact of each; mingda whatif replays them without touching anything.
set -u
. "$(dirname "$0")/cluster.sh"
OFFICE_DAY=2026-03-30
share=$(mktemp -d)
cp -r "$MINGDA_SOURCE"/workflow "$MINGDA_SOURCE"/templates "$share/"
mkdir "$share/sql" && cp -r "$MINGDA_SOURCE/sql/migrations" "$share/sql/"
export MINGDA_SHARE=$share
EDITIONS=$share/workflow/editions
# make CODE SED…: another edition, made from cn-2019 by edits that must change something
make() {
    local code=$1
    shift
    sed "s/name=\"cn-2019\"/name=\"$code\"/" "$EDITIONS/cn-2019.scxml" >"$share/base"
    sed "$@" "$share/base" >"$EDITIONS/$code.scxml"
    cmp -s "$share/base" "$EDITIONS/$code.scxml" && { echo "FAILED: $code is cn-2019 still" >&2; exit 1; }
}
make cn-short '/name="reply-days"/s/value="20"/value="15"/'
make cn-forgets 's/"search-recorded"/"searched"/g; s/search-recorded/searched/g'
. "$(dirname "$0")/office_site.sh"
trap 'rm -rf "$OFFICE" "$share"; cluster_stop' EXIT
failed=0
bad() { echo "FAILED: $*" >&2; failed=$((failed + 1)); }
asks() { psql -qAtc "$1"; }
is() { [ "$2" = "$3" ] || bad "$1: “$2”, not “$3”"; }
field() { node -e 'let o = JSON.parse(process.argv[1]); for (const k of process.argv.slice(2)) o = o[k]; console.log(o)' "$@"; }
heads() { asks "SELECT md5(string_agg(d::text, '|' ORDER BY agency_id, dossier_id)) FROM mingda.dossier d"; }
open=$(asks 'SELECT count(*) FROM mingda.dossier WHERE closed IS NULL')
searched=$(asks "SELECT count(DISTINCT (f.agency_id, f.dossier_id)) FROM mingda.fact f JOIN mingda.dossier d USING (agency_id, dossier_id)
    WHERE f.kind = 'search-recorded' AND d.closed IS NULL")
before=$(heads)

# ---- whatif: a shorter period, and nothing is written
said=$("$MINGDA" whatif --edition "$EDITIONS/cn-short.scxml") || bad "whatif: $?"
is "replayed" "$(field "$said" totals all dossiers)" "$(asks 'SELECT count(*) FROM mingda.dossier')"
late=$(field "$said" totals all late_before)
is "late now" "$late" "$(asks "SELECT count(*) FROM mingda.dossier d JOIN mingda.clock c USING (agency_id, dossier_id) WHERE c.clock = 'reply'
    AND c.child = '' AND NOT c.provisional AND coalesce(c.stopped, date '2026-03-30') > c.due")"
[ "$(field "$said" totals all late_after)" -gt "$late" ] || bad "fifteen days make nobody late: $said"
is "by agency" "$(field "$said" by_agency 1 dossiers)" "$(asks 'SELECT count(*) FROM mingda.dossier WHERE agency_id = 1')"
is "whatif writes nothing" "$(heads)" "$before"
said=$("$MINGDA" whatif --edition "$EDITIONS/cn-forgets.scxml")
[ "$(field "$said" not_replayed length)" -gt 0 ] || bad "facts without an event are replayed: $said"

# ---- an edition in which some have no image: told which and why, refused whole
said=$("$MINGDA" edition migrate --from cn-2019 --to cn-forgets --apply --by admin 2>"$OFFICE/err") && bad "it was not refused"
grep -q 'MIGRATION_REFUSED' "$OFFICE/err" || bad "said: $(cat "$OFFICE/err")"
last=$(tail -1 <<<"$said")
is "without image" "$(field "$last" without_image)" "$searched"
is "each is named" "$(grep -c '"image":false' <<<"$said")" "$searched"
is "nothing moved" "$(heads)" "$before"

# ---- a dry run, then for real
said=$("$MINGDA" edition migrate --from cn-2019 --to cn-short --dry-run) || bad "dry run: $?"
last=$(tail -1 <<<"$said")
is "dossiers" "$(field "$last" dossiers)" "$open"
is "differ" "$(field "$last" differ)" "$(grep -c '"image":true' <<<"$said")"
[ "$(field "$last" differ)" -gt 10 ] || bad "few differ: $last"
is "a dry run moves nothing" "$(heads)" "$before"
mine=$(asks 'SELECT count(*) FROM mingda.dossier WHERE closed IS NULL AND agency_id = 1')
last=$("$MINGDA" edition migrate --from cn-2019 --to cn-short --apply --by admin | tail -1)
is "migrated" "$(field "$last" migrated)" "$mine"
is "left to the other agencies' own" "$(field "$last" left_to_others)" $((open - mine))
is "derived under the new one" "$(asks "SELECT count(*) FROM mingda.dossier WHERE edition = 'cn-short'")" "$mine"
is "a fact each, by a person" "$(asks "SELECT count(*) || ' ' || count(by_person) FROM mingda.fact WHERE kind = 'migrated'")" "$mine $mine"
sha=$(sha256sum "$EDITIONS/cn-short.scxml" | cut -d' ' -f1)
is "which names the edition" "$(asks "SELECT DISTINCT data->>'edition' FROM mingda.fact WHERE kind = 'migrated'")" "$sha"
is "fifteen days" "$(asks "SELECT DISTINCT c.length FROM mingda.clock c JOIN mingda.dossier d USING (agency_id, dossier_id)
    WHERE d.edition = 'cn-short' AND c.clock = 'reply' AND c.length IN (15, 20)")" 15
"$MINGDA" rebuild --check >"$OFFICE/rebuild" 2>&1 || bad "rebuild: $(cat "$OFFICE/rebuild")"
last=$("$MINGDA" edition migrate --from cn-2019 --to cn-short --apply --by admin | tail -1)
is "a second time" "$(field "$last" migrated)" 0

# ---- a picture says where a dossier stands and what may be done
ref=$(asks "SELECT ref FROM mingda.dossier WHERE state = 'searching' LIMIT 1")
"$MINGDA" workflow draw "$EDITIONS/cn-2019.scxml" --dossier "$ref" --dot >"$OFFICE/dot" || bad "draw: $?"
is "one box is where it stands" "$(grep -c '^s[0-9]* \[label="检索中.*fillcolor="#1d4f91"' "$OFFICE/dot")" 1
grep -q 'label=" 记录检索", color="#00703c"' "$OFFICE/dot" || bad "what may be done is not marked"
grep -q 'label=" 登记", color' "$OFFICE/dot" && bad "what may not be done is marked"

# ---- said wrongly
for wrong in "" "--from cn-2019 --dry-run" "--from cn-2019 --to cn-short --apply" "--from a --to b --dry-run --apply"; do
    # shellcheck disable=SC2086
    "$MINGDA" edition migrate $wrong >/dev/null 2>&1
    is "usage ($wrong)" $? 2
done
"$MINGDA" edition migrate --from cn-2019 --to nowhere --dry-run 2>&1 | grep -q EDITION_ABSENT || bad "an absent edition is taken"
# what waits for a lawyer, all of it
is "review" "$("$MINGDA" edition review "$EDITIONS/cn-2019.scxml" | grep -c '"confirm":"')" \
    "$(grep -c '<law:\(parameter\|tariff\) .*mark="[RD]"' "$EDITIONS/cn-2019.scxml")"
echo "edition: $open open dossiers, $failed failures"
[ "$failed" -eq 0 ]
