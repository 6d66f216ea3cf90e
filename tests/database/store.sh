# The store as the program uses it, and as each role must not.
set -u
. "$(dirname "$0")/cluster.sh"
cluster_start || exit 1
MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate || exit 1
# what the test calls to stop and start the server under the program's feet
cat >"$CLUSTER_DIR/server" <<END
. "$(realpath "$(dirname "$0")")/cluster.sh"
CLUSTER_DIR=$CLUSTER_DIR
case \$1 in start) cluster_server_start ;; *) cluster_server_stop "\$1" ;; esac
END
export SERVER="bash $CLUSTER_DIR/server"
"$MINGDA_BUILD/tests/test_store"
