# Corrections of fact on a real database: two persons, races, what the store itself refuses, what was known on a past day.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
"$MINGDA_BUILD/tests/test_corrections"
