# What people and programs type wrongly: each field of each form too long, missing, not UTF-8, with control characters,
# emoji, marks that turn the direction of writing; bodies that are no form; the same form twice; a stale page; a wrong
# token; a wrong query code.
set -u
. "$(dirname "$0")/site.sh"
export MINGDA_ATTEMPTS=5
site_start || exit 1
node "$(dirname "$0")/badinput.mjs" || exit 1
[ "$(site_sql "SELECT count(*) FROM mingda.dossier_number n WHERE NOT EXISTS
               (SELECT FROM mingda.dossier d WHERE d.dossier_id = n.dossier_id)")" = 0 ] || exit 1
! grep -q 'worker-lost' "$SITE/log/web.log" || { echo 'FAILED: a worker died'; exit 1; }
