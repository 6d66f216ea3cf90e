# Letters of every kind through the services, on a real database: drafted, sent back, refused, approved, sealed, served.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
"$MINGDA_BUILD/tests/test_letters"
