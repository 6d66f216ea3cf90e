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
bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind p256 --from 20200101 --until 20210101 "$SEAL_FOLDER/expired" || exit 1
# A disk that fills: what is sealed goes to a tablespace of two megabytes. Where nothing can be mounted, another size limit
# cannot stand in for it, and the test says that it was left out.
SMALL_DISK=$SEAL_FOLDER/disk
mkdir "$SMALL_DISK"
if mount -t tmpfs -o size=2m tmpfs "$SMALL_DISK" 2>/dev/null; then
    trap 'cluster_stop; umount -l "$SMALL_DISK"; rm -rf "$SEAL_FOLDER"' EXIT
    chmod 0755 "$SEAL_FOLDER" && mkdir "$SMALL_DISK/space" && cluster_owns "$SMALL_DISK/space"
    export SMALL_DISK
fi
"$MINGDA_BUILD/tests/test_sign"
