# The services of the office on a real database, in the roles of web and clock: facts, texts, heads, letters, wakes; two at
# once, twice the same, refused, cut off, killed.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
"$MINGDA_BUILD/tests/test_office"
