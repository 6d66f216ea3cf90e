# What people try who are in the office, on a real database: the services refuse it, and say why.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
"$MINGDA_BUILD/tests/test_abuse"
