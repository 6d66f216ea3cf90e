# The stories of tests/stories a third time: through nginx, as programs do. The site stands on the civil day of the scene;
# what the tables say of the clock and of the seal is done by `mingda clock` and `mingda sign` themselves.
set -u
. "$(dirname "$0")/site.sh"
export MINGDA_TODAY=2026-03-02 MINGDA_INTERVAL=1
site_start || exit 1
export -f site_sql
# One person holds several roles, so that it is the rules about two persons that refuse.
site_sql "INSERT INTO mingda.person_role (agency_id, person_id, role)
    SELECT 1, person_id, unnest(ARRAY['secrecy', 'legal', 'leader']) FROM mingda.person WHERE login = 'chengban'" || exit 1
"$MINGDA_BUILD/tests/test_stories" tell >"$SITE/stories.json" || exit 1
signer=$(site_pid sign)
MINGDA_SIGNER=$signer node "$(dirname "$0")/stories.mjs" "$SITE/stories.json"
told=$?
kill -CONT "$signer"
[ $told = 0 ] || exit 1
MINGDA_SETTINGS="$SITE/settings/demo.conf" "$MINGDA" rebuild --check >"$SITE/rebuild" || { cat "$SITE/rebuild"; exit 1; }
