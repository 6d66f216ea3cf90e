# Moved dates and fees through the services, on a real database: whoever is in charge is told until they act; a fee is
# counted from what the same applicant asked for in the month.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
"$MINGDA_BUILD/tests/test_moved"
