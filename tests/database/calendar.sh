# mingda calendar import: what a holiday notice moves is listed before anything happens; applied, it is a fact in each dossier
# whose reply it moves; cut off half way, the same command goes on; everything derived follows.
set -u
. "$(dirname "$0")/cluster.sh"
OFFICE_DAY=2026-12-07 # a day from which periods reach into the year without a calendar
. "$(dirname "$0")/office_site.sh"
FILE=$MINGDA_SOURCE/tests/corpora/calendar-import/cn-2027.csv # not the real notice: nobody has seen that
failed=0
bad() { echo "FAILED: $*" >&2; failed=$((failed + 1)); }
asks() { psql -qAtc "$1"; }
is() { [ "$2" = "$3" ] || bad "$1: “$2”, not “$3”"; }
# refuses TEXT ARGUMENT…: exit 1 and a part of what is said
refuses() {
    local text=$1 said got
    shift
    said=$("$MINGDA" calendar import "$@" 2>&1)
    got=$?
    [ "$got" -eq 1 ] || bad "$*: status $got: $said"
    case $said in *"$text"*) ;; *) bad "$*: said “$said”, not “$text”" ;; esac
}
imports() { "$MINGDA" calendar import "$FILE" "$@" --notice "国办发明电〔2026〕0号" --known 2026-12-04; }
field() { node -e 'let o = JSON.parse(process.argv[1]); console.log(o[process.argv[2]])' "$1" "$2"; }

# ---- refused, each by what is wrong, and nothing is stored
sed '3s/.*/2027-02-30,holiday,元旦/' "$FILE" >"$OFFICE/cn-day.csv"
sed '4s/.*/2027-01-01,workday,元旦/' "$FILE" >"$OFFICE/cn-both.csv"
cp "$FILE" "$OFFICE/cn-2027-provisional.csv"
cp "$FILE" "$OFFICE/xx.csv"
refuses ':1: which notice' "$FILE" --dry-run
refuses 'CALENDAR_TO_COME' "$FILE" --apply --notice made-up --known 2026-12-08
refuses 'cn-day.csv:3' "$OFFICE/cn-day.csv" --apply --notice made-up --known 2026-12-04
refuses 'CALENDAR_BOTH' "$OFFICE/cn-both.csv" --apply --notice made-up --known 2026-12-04
refuses 'CALENDAR_PROVISIONAL' "$OFFICE/cn-2027-provisional.csv" --apply --notice made-up --known 2026-12-04
refuses 'CALENDAR_ABSENT' "$OFFICE/xx.csv" --apply --notice made-up --known 2026-12-04
for wrong in "" "--dry-run --apply" "--apply --known 2026-12-04" "--apply --notice x --known 2026-13-01"; do
    # shellcheck disable=SC2086
    "$MINGDA" calendar import "$FILE" $wrong >"$OFFICE/said" 2>&1
    is "usage ($wrong)" $? 2
done
is "nothing is stored" "$(asks 'SELECT count(*) FROM mingda.calendar')" 0

# ---- listed: by how much and why, and nothing has moved
heads() { asks "SELECT md5(string_agg(d::text, '|' ORDER BY agency_id, dossier_id)) FROM mingda.dossier d"; }
before=$(heads)
provisional=$(asks 'SELECT count(*) FROM mingda.dossier WHERE due_provisional')
[ "$provisional" -gt 5 ] || bad "the demonstration has $provisional provisional dates only"
imports --dry-run >"$OFFICE/dry" || bad "dry run: $?"
last=$(tail -1 "$OFFICE/dry")
is "applied" "$(field "$last" applied)" false
is "became certain" "$(field "$last" became_certain)" "$provisional"
[ "$(field "$last" moved)" -gt 0 ] || bad "nothing moves: $last"
is "lines" "$(grep -c '"ref"' "$OFFICE/dry")" "$provisional"
line=$(grep '"before":"2027-01-11"' "$OFFICE/dry" | head -1)
is "moved to" "$(field "$line" after)" 2027-01-09
is "by days" "$(field "$line" days)" -2
case $line in *'"because":[{"date":"2027-01-09","was":"weekend","is":"workday","name":"元旦"}]'*) ;; *) bad "why: $line" ;; esac
is "nothing moved" "$(heads)" "$before"
is "nothing stored" "$(asks 'SELECT count(*) FROM mingda.calendar')" 0

# ---- killed in the middle: what was done stays, the same command goes on
psql -qc "CREATE SEQUENCE public.facts_left START 3;
    GRANT USAGE ON SEQUENCE public.facts_left TO PUBLIC;
    CREATE FUNCTION public.cut_off() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
        IF NEW.kind = 'calendar-changed' AND nextval('public.facts_left') > 5 THEN RAISE EXCEPTION 'cut off'; END IF;
        RETURN NEW; END \$\$;
    CREATE TRIGGER cut_off BEFORE INSERT ON mingda.fact FOR EACH ROW EXECUTE FUNCTION public.cut_off()" || bad "trigger"
imports --apply >"$OFFICE/cut" 2>"$OFFICE/cut.err" && bad "it was not cut off"
psql -qc 'DROP TRIGGER cut_off ON mingda.fact; DROP FUNCTION public.cut_off; DROP SEQUENCE public.facts_left'
is "done before the cut" "$(asks "SELECT count(*) FROM mingda.fact WHERE kind = 'calendar-changed'")" 3
imports --apply >"$OFFICE/apply" || bad "apply: $?"
last=$(tail -1 "$OFFICE/apply")
is "the rest" "$(field "$last" recorded)" $((provisional - 3))
is "a fact each, once" "$(asks "SELECT count(*) || ' ' || count(DISTINCT (agency_id, dossier_id)) FROM mingda.fact
    WHERE kind = 'calendar-changed'")" "$provisional $provisional"
is "by nobody" "$(asks "SELECT DISTINCT role || coalesce(by_person::text, '') FROM mingda.fact WHERE kind = 'calendar-changed'")" clock
is "facts name what was imported" "$(asks "SELECT count(*) FROM mingda.fact f JOIN mingda.calendar c
    ON f.data->>'calendar' = encode(c.sha256, 'hex') WHERE f.kind = 'calendar-changed'")" "$provisional"
is "their owners are told" "$(asks 'SELECT count(*) FROM mingda.dossier WHERE moved_seq IS NOT NULL')" "$(asks "SELECT count(*)
    FROM mingda.fact WHERE kind = 'calendar-changed' AND data->>'before' <> data->>'after'")"
is "from which day to which" "$(asks "SELECT DISTINCT moved_from || ' ' || moved_to FROM mingda.dossier WHERE moved_from = '2027-01-11'")" "2027-01-11 2027-01-09"
is "no date is provisional" "$(asks 'SELECT count(*) FROM mingda.dossier WHERE due_provisional')" 0
"$MINGDA" rebuild --check >"$OFFICE/rebuild" 2>&1 || bad "rebuild: $(cat "$OFFICE/rebuild")"
is "a second time" "$(field "$(imports --apply | tail -1)" dossiers)" 0
is "stored once, with its notice" "$(asks "SELECT count(*) || ' ' || min(notice) || ' ' || min(known) FROM mingda.calendar")" "1 国办发明电〔2026〕0号 2026-12-04"
is "each row with its provenance" "$(asks "SELECT convert_from(bytes, 'UTF8') FROM mingda.calendar" | grep . | grep -vc '国办发明电〔2026〕0号,2026-12-04$')" 1

# ---- what was imported cannot be changed, and only the owner imports
psql -qAtc "SET ROLE mingda_owner; DELETE FROM mingda.calendar" >/dev/null 2>&1 && bad "an import was deleted"
for role in web clock sign audit; do
    psql -qAtc "SET ROLE mingda_$role; INSERT INTO mingda.calendar (name, version, sha256, bytes, in_force, known)
        VALUES ('cn', 'x', decode(repeat('00', 32), 'hex'), '', '2027-01-01', '2026-12-01')" >/dev/null 2>&1 &&
        bad "mingda_$role imports"
done
echo "calendar: $provisional dates, $failed failures"
[ "$failed" -eq 0 ]
