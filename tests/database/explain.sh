# mingda explain: what was known of a dossier and due on a past day, in both languages and as JSON; what cannot be told is
# refused with a sentence, and nothing is written.
set -u
. "$(dirname "$0")/cluster.sh"
OFFICE_DAY=2026-03-30
. "$(dirname "$0")/office_site.sh"
failed=0
bad() { echo "FAILED: $*" >&2; failed=$((failed + 1)); }
asks() { psql -qAtc "$1"; }
is() { [ "$2" = "$3" ] || bad "$1: “$2”, not “$3”"; }
has() { grep -qF -- "$3" <<<"$2" || bad "$1: no “$3” in: $2"; }
field() { node -e 'let o = JSON.parse(process.argv[1]); for (const k of process.argv.slice(2)) o = o?.[k]; console.log(o)' "$@"; }
all() { asks "SELECT md5(string_agg(f::text, '|' ORDER BY agency_id, dossier_id, seq)) FROM mingda.fact f"; }
before=$(all)

# ---- a dossier whose period was extended, on the day before and on that day
read -r ref day seq < <(asks "SELECT n.ref || ' ' || f.on_day || ' ' || f.seq FROM mingda.fact f JOIN mingda.dossier_number n
    USING (agency_id, dossier_id) JOIN mingda.dossier d USING (agency_id, dossier_id)
    WHERE f.kind = 'extension-granted' AND d.closed IS NULL ORDER BY n.ref LIMIT 1")
[ -n "${ref:-}" ] || { bad "no dossier is extended"; exit 1; }
eve=$(date -d "$day - 1 day" +%F)
now=$("$MINGDA" explain "$ref" --json) || bad "explain: $?"
then=$("$MINGDA" explain "$ref" --on "$eve" --json) || bad "explain --on: $?"
due=$(field "$now" due)
earlier=$(field "$then" due)
is "due now is the head's" "$due" "$(asks "SELECT due FROM mingda.dossier WHERE ref = '$ref'")"
is "known on the day asked" "$(field "$then" known)" "$eve"
[[ $earlier < $due && $earlier =~ ^2026- ]] || bad "extended from $earlier to $due"
is "nothing later is known" "$(node -e 'console.log(JSON.parse(process.argv[1]).facts.some(f => f.recorded > process.argv[2]))' \
    "$then" "$eve")" false
is "facts known then" "$(field "$then" facts length)" \
    "$(asks "SELECT count(*) FROM mingda.fact f JOIN mingda.dossier_number n USING (agency_id, dossier_id) WHERE ref = '$ref'
        AND f.recorded <= '$eve'")"
[ "$(field "$then" facts length)" -lt "$(field "$now" facts length)" ] || bad "the extension was known before: $then"
said=$("$MINGDA" explain "$ref" --on "$eve")
has "the day" "$said" "申请$ref，${eve}的情况（以${eve}已知的事实和日历为准）。"
has "the due date" "$said" "答复期限：$earlier。"
has "the article of the period" "$said" "截止$earlier，已计"
has "the article of the period" "$said" "（条例33）。"
has "the facts" "$said" "  1. $(asks "SELECT on_day FROM mingda.fact f JOIN mingda.dossier_number n USING (agency_id, dossier_id)
    WHERE ref = '$ref' AND seq = 1") "
grep -q '延长\|延期' <<<"$("$MINGDA" explain "$ref")" || bad "the extension is not told"
has "with hindsight" "$("$MINGDA" explain "$ref" --on "$eve" --known "$day")" "包括此后补记和更正的"
said=$("$MINGDA" explain "$ref" --on "$eve" --lang en)
has "in English" "$said" "Application $ref on $eve, by what was known on $eve."
has "in English" "$said" "Due date of the reply: $earlier."
has "in English" "$said" "days counted (条例33)."
is "Chinese left in English" "$(sed 's/条例[0-9]*//g; s/(办法[0-9]*)//g' <<<"$said" | grep -cP '\p{Han}')" 0

# ---- somebody is late: by how much
late=$(asks "SELECT d.ref FROM mingda.dossier d WHERE d.closed IS NULL AND d.due < date '2026-03-30' ORDER BY ref LIMIT 1")
if [ -n "$late" ]; then
    has "late" "$("$MINGDA" explain "$late")" "超期"
    has "late" "$("$MINGDA" explain "$late" --lang en)" "working days late"
fi

# ---- what cannot be told
refused() { # STATUS SENTENCE WORDS…
    local wanted=$1 sentence=$2 status=0
    shift 2
    said=$("$MINGDA" explain "$@" 2>&1 >/dev/null) || status=$?
    is "explain $*: status" "$status" "$wanted"
    has "explain $*" "$said" "$sentence"
}
refused 1 "there is no dossier 20260000000" 20260000000
refused 1 "no later than today" "$ref" --on 2026-03-31
refused 1 "no later than today" "$ref" --on 2026-03-01 --known 2027-01-01
refused 1 "$ref was not known on that day" "$ref" --on 2025-01-02
refused 2 "real date" "$ref" --on 2026-02-30
refused 2 "real date" "$ref" --known
refused 2 "real date" "$ref" --on "--json"
refused 2 "zh or en" "$ref" --lang fr
refused 2 "one dossier" "$ref" "$ref"
refused 2 "one dossier" "$ref" --loud
refused 2 "which dossier" --json
is "nothing is written" "$(all)" "$before"
[ "$failed" = 0 ] && echo "explain: all as it should be"
exit $((failed > 0))
