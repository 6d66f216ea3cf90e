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
# One that ends in ten days, of an authority of its own.
bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind p256 --from "$(date -u -d '-1 year' +%Y%m%d)" \
    --until "$(date -u -d '+10 days' +%Y%m%d)" "$SEAL_FOLDER/ending" || exit 1
# Tokens: SoftHSM holds the keys of "rsa" and "p256" once more, each in a token of its own; what the signer gets is the
# address of the key, the library and the PIN.
export SOFTHSM2_CONF=$SEAL_FOLDER/softhsm2.conf TOKENS=$SEAL_FOLDER/tokens
mkdir "$TOKENS"
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$TOKENS" >"$SOFTHSM2_CONF"
MODULE=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1)
for kind in rsa p256; do
    softhsm2-util --init-token --free --label "mingda $kind" --pin 4711 --so-pin 0815 >/dev/null || exit 1
    openssl pkcs8 -topk8 -nocrypt -in "$SEAL_FOLDER/$kind/seal.key" -out "$SEAL_FOLDER/import.pem" || exit 1
    softhsm2-util --import "$SEAL_FOLDER/import.pem" --token "mingda $kind" --label seal --id 01 --pin 4711 >/dev/null || exit 1
    rm "$SEAL_FOLDER/import.pem"
    mkdir "$SEAL_FOLDER/token-$kind"
    cp "$SEAL_FOLDER/$kind/seal.crt" "$SEAL_FOLDER/$kind/authority.crt" "$SEAL_FOLDER/token-$kind/"
    echo 4711 >"$SEAL_FOLDER/token-$kind/pin"
    printf 'pkcs11:token=mingda%%20%s;object=seal;type=private' "$kind" >"$SEAL_FOLDER/token-$kind/seal.uri"
done
export MODULE MODULE_THERE=$MODULE
# A disk that fills: what is sealed goes to a tablespace of four megabytes. Where nothing can be mounted, another size limit
# cannot stand in for it, and the test says that it was left out.
SMALL_DISK=$SEAL_FOLDER/disk
mkdir "$SMALL_DISK"
if mount -t tmpfs -o size=4m tmpfs "$SMALL_DISK" 2>/dev/null; then
    trap 'cluster_stop; umount -l "$SMALL_DISK"; rm -rf "$SEAL_FOLDER"' EXIT
    chmod 0755 "$SEAL_FOLDER" && mkdir "$SMALL_DISK/space" && cluster_owns "$SMALL_DISK/space"
    export SMALL_DISK
fi
"$MINGDA_BUILD/tests/test_sign"
