# Every query against a freshly migrated database: parameters, columns, plans, and who may run it.
set -u
. "$(dirname "$0")/cluster.sh"
cluster_start || exit 1
MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate || exit 1
psql -q -v ON_ERROR_STOP=1 -1 -f "$(dirname "$0")/fill.sql" || exit 1
"$MINGDA_BUILD/tests/test_queries"
