# What people upload with a reply, and how it goes wrong: empty, misnamed, too large, cut off; and once rightly.
set -u
. "$(dirname "$0")/site.sh"
site_start || exit 1
DRAFTING=$(site_sql "SELECT ref FROM mingda.dossier WHERE agency_id = 1 AND state = 'drafting' ORDER BY dossier_id LIMIT 1")
export DRAFTING
node "$(dirname "$0")/uploads.mjs" || exit 1
[ "$(site_sql "SELECT count(*) FROM mingda.blob WHERE scan = 'unscanned'")" = 1 ] ||
    { echo 'FAILED: a refused file was kept, or the good one was not'; exit 1; }
! grep -q 'worker-lost' "$SITE/log/web.log" || { echo 'FAILED: a worker died'; exit 1; }
