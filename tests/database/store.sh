# The store as the program uses it, and as each role must not.
set -u
. "$(dirname "$0")/cluster.sh"
cluster_start || exit 1
MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate || exit 1
"$MINGDA_BUILD/tests/test_store"
