# The search on a real database, in the role of web: what finds a dossier, what does not, and for whom.
set -u
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/office_site.sh"
"$MINGDA_BUILD/tests/test_search"
