# mingda sign and mingda clock beside a timestamp authority that is honest, slow, away, or lies; killed at every commit.
set -u
. "$(dirname "$0")/cluster.sh"
cluster_start || exit 1
MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate || exit 1
SEAL_FOLDER=$(mktemp -d /tmp/mdstamp.XXXXXX) TSA=$SEAL_FOLDER/tsa
AUTHORITY=
trap '[ -z "$AUTHORITY" ] || kill "$AUTHORITY"; rm -rf "$SEAL_FOLDER"; cluster_stop' EXIT
export SEAL_FOLDER TSA MINGDA no_proxy=127.0.0.1
bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind p256 "$SEAL_FOLDER/p256" || exit 1
bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind rsa --sm2 "$SEAL_FOLDER/rsa" || exit 1
openssl rand -hex 32 >"$SEAL_FOLDER/master.key"
openssl rand -hex 32 >"$SEAL_FOLDER/approvers.key"
# Two authorities: one that is named to Mingda, one that calls itself the same.
mkdir "$TSA"
certify() { # certify NAME ROOT
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/C=CN/CN=演示时间戳根证书" -utf8 \
        -addext "keyUsage=critical,keyCertSign" -keyout "$TSA/$2.key" -out "$TSA/$2.crt" 2>/dev/null &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/C=CN/CN=演示时间戳" -utf8 \
            -keyout "$TSA/$1.key" -out "$TSA/$1.csr" 2>/dev/null &&
        openssl x509 -req -in "$TSA/$1.csr" -CA "$TSA/$2.crt" -CAkey "$TSA/$2.key" -CAcreateserial -days 20 -out "$TSA/$1.crt" \
            -extfile <(printf 'extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n') 2>/dev/null
}
certify signer root && certify other stranger || { echo "the timestamp authorities cannot be made"; exit 1; }
echo honest >"$TSA/mode"
python3 "$MINGDA_SOURCE/tests/database/authority.py" "$TSA" &
AUTHORITY=$!
for ((i = 0; i < 200; i++)); do [ -s "$TSA/port" ] && break || sleep 0.05; done
[ -s "$TSA/port" ] || { echo "the timestamp authority does not start"; exit 1; }
"$MINGDA_BUILD/tests/test_stamps"
