# mingda sign at work: seals what is approved, once, whatever happens to the process.
set -u
. "$(dirname "$0")/cluster.sh"
cluster_start || exit 1
MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate || exit 1
SEAL_FOLDER=$(mktemp -d /tmp/mdseal.XXXXXX)
trap 'rm -rf "$SEAL_FOLDER"; cluster_stop' EXIT
export SEAL_FOLDER MINGDA
bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind p256 "$SEAL_FOLDER/p256" || exit 1
bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind rsa "$SEAL_FOLDER/rsa" || exit 1
"$MINGDA_BUILD/tests/test_sign"
