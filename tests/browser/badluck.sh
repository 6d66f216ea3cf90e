# Bad luck while people apply: workers are killed with -9, the database dies and comes back, a reload falls into it. Whoever
# was given a receipt finds the application, once; whoever was not sends the same form again and gets one.
set -u
. "$(dirname "$0")/site.sh"
export MINGDA_UNSAFE_FAST_DATABASE= MINGDA_WORKERS=3 # what is acknowledged must be on the disk
site_start || exit 1
announce 'worker-lost|DATABASE|COMMIT_UNKNOWN|database-away'
before=$(site_sql 'SELECT count(*) FROM mingda.dossier_number')
web=$(site_pid web)
node "$(dirname "$0")/badluck.mjs" "$SITE/receipts" &
applicants=$!
kills=0
stop_database() { # as if its machine had lost power
    kill -QUIT "$(site_pid database)"
    for _ in {1..50}; do [ -e "$SITE/cluster/postmaster.pid" ] || return 0; sleep 0.1; done
}
while kill -0 $applicants 2>/dev/null && [ $kills -lt 40 ]; do
    sleep 0.4
    if victim=$(pgrep -P "$web" | shuf -n 1) && [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null; then kills=$((kills + 1)); fi
    case $kills in
    4 | 9) stop_database && sleep 0.5 && { site_restart || exit 1; } ;;
    7) kill -HUP "$web" ;;
    esac
done
wait $applicants || { echo 'FAILED: an applicant was left without a receipt, or lost one'; exit 1; }
[ "$kills" -ge 9 ] || { echo "FAILED: only $kills kills"; exit 1; }
receipts=$(sort "$SITE/receipts" | uniq -d | wc -l) # twice the same: two forms, one application
[ "$receipts" = 0 ] || { echo "FAILED: $receipts numbers were given twice"; exit 1; }
given=$(wc -l <"$SITE/receipts")
made=$(($(site_sql 'SELECT count(*) FROM mingda.dossier_number') - before))
[ "$given" = "$made" ] || { echo "FAILED: $given receipts, $made applications"; exit 1; }
half=$(site_sql "SELECT count(*) FROM mingda.dossier_number n WHERE NOT EXISTS (SELECT FROM mingda.fact f
    WHERE f.dossier_id = n.dossier_id) OR NOT EXISTS (SELECT FROM mingda.dossier d WHERE d.dossier_id = n.dossier_id)
    OR NOT EXISTS (SELECT FROM mingda.query_code c WHERE c.dossier_id = n.dossier_id)")
[ "$half" = 0 ] || { echo "FAILED: $half applications are not whole"; exit 1; }
MINGDA_SETTINGS="$SITE/settings/demo.conf" "$MINGDA" rebuild --check >"$SITE/rebuild" || { cat "$SITE/rebuild"; exit 1; }
printf 'badluck: %s applications, %s workers killed, the database twice: all found, each once\n' "$given" "$kills"
