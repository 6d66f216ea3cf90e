# The life of templates and clauses on a real database, and letters composed again from their recorded inputs: those of the
# demonstration and those of the test, before and after new versions came into force; and that a change is noticed.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
again() { # what `mingda letter again --all` says; exit status is its own
    "$MINGDA" letter again --all
}
fail() { echo "$*" >&2; exit 1; }
made=$(again) || fail "letters of the demonstration differ: $made"
demo=$(echo "$made" | sed 's/.*"letters": \([0-9]*\).*/\1/')
[ "$demo" -ge 30 ] || fail "only $demo letters in the demonstration"
"$MINGDA_BUILD/tests/test_templates" || exit 1
made=$(again) || fail "letters differ after new versions came into force: $made"
after=$(echo "$made" | sed 's/.*"letters": \([0-9]*\).*/\1/')
[ "$after" -gt "$demo" ] || fail "the test made no letters"
# One letter by name, and one whose template was changed behind the trigger: told with its name, exit 1.
ref=$(psql -Atc "SELECT n.ref || ' ' || l.child FROM mingda.letter l JOIN mingda.dossier_number n USING (agency_id, dossier_id)
    WHERE l.template = 'D01' AND l.agency_id = 2 LIMIT 1")
# shellcheck disable=SC2086 # two words
"$MINGDA" letter again $ref || fail "$ref differs"
psql -q -c "SET session_replication_role = replica" -c "UPDATE mingda.letter_template SET xml = replace(xml, '已予登记', '已经登记') WHERE code = 'D01'"
# shellcheck disable=SC2086
"$MINGDA" letter again $ref 2>"$OFFICE/said" && fail "a changed template was not noticed"
grep -q "$ref.*LETTER_DIFFERS" "$OFFICE/said" || fail "said: $(cat "$OFFICE/said")"
"$MINGDA" letter again 2>/dev/null
[ $? -eq 2 ] || fail "usage"
