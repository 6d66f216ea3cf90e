#!/usr/bin/env bash
# Makes a DEMONSTRATION certificate authority and the seal key of a demonstration agency. Nothing made here has any
# legal force: a real agency takes its seal certificate from a licensed authority (电子签名法) and keeps the key elsewhere.
#
#   demo-authority.sh [--kind rsa|p256] [--sm2] [--agency NAME] [--from YYYYMMDD] [--until YYYYMMDD] FOLDER
#
# Writes into FOLDER: authority.key authority.crt (the root to trust) seal.key seal.crt, and with --sm2 the same once more
# with SM2 keys: sm2-authority.key … sm2-seal.crt. Keys are readable by their owner only. What is there already and fits
# together is kept: a second run changes nothing. A half-made set is made anew.
set -euo pipefail

kind=rsa
sm2=
agency=上海市应急管理局
from=$(($(date -u +%Y) - 1))0101
until=$(($(date -u +%Y) + 5))0101
folder=

usage() {
    sed -n '5p' "$0" | sed 's/^# *//' >&2
    exit 2
}
while [ $# -gt 0 ]; do
    case $1 in
    --kind) kind=${2:?} && shift 2 ;;
    --sm2) sm2=yes && shift ;;
    --agency) agency=${2:?} && shift 2 ;;
    --from) from=${2:?} && shift 2 ;;
    --until) until=${2:?} && shift 2 ;;
    -*) usage ;;
    *) [ -z "$folder" ] || usage && folder=$1 && shift ;;
    esac
done
[ -n "$folder" ] || usage
case $kind in rsa | p256) ;; *) usage ;; esac
[[ $from =~ ^[0-9]{8}$ && $until =~ ^[0-9]{8}$ ]] || usage
command -v openssl >/dev/null || { echo "demo-authority: the openssl command is missing (Debian package openssl)" >&2; exit 1; }

sm2_options() { case $1 in sm2-*) echo "-vfyopt distid:1234567812345678" ;; esac; }
fits() { # fits PREFIX: every file is there, the certificate is by this authority, and key and certificate belong together
    local f
    for f in authority.key authority.crt seal.key seal.crt; do [ -s "$folder/$1$f" ] || return 1; done
    # shellcheck disable=SC2046 # two words or none
    openssl verify -no_check_time $(sm2_options "$1") -CAfile "$folder/$1authority.crt" "$folder/$1seal.crt" >/dev/null 2>&1 || return 1
    [ "$(openssl pkey -in "$folder/$1seal.key" -pubout 2>/dev/null)" = \
        "$(openssl x509 -in "$folder/$1seal.crt" -noout -pubkey 2>/dev/null)" ]
}
fits "" && { [ -z "$sm2" ] || fits sm2-; } && exit 0

umask 077
mkdir -p "$folder"
work=$(mktemp -d "$folder/.making-XXXXXX")
trap 'rm -rf "$work"' EXIT

new_key() {
    if [ "$2" = sm2 ]; then
        openssl genpkey -algorithm SM2 -out "$1" 2>/dev/null
    elif [ "$2" = rsa ]; then
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" 2>/dev/null
    else
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve \
            -out "$1" 2>/dev/null
    fi
}
cat >"$work/openssl.cnf" <<CONFIGURATION
[req]
prompt = no
utf8 = yes
string_mask = utf8only
distinguished_name = authority_name
[authority_name]
C = CN
O = 明答演示认证机构
CN = 明答演示根证书（仅供演示，无法律效力）
[seal_name]
C = CN
O = $agency（演示）
CN = $agency电子印章（仅供演示）
[authority]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[seal]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[ca]
default_ca = demonstration
[demonstration]
database = $work/index.txt
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
rand_serial = yes
preserve = yes
[any]
countryName = optional
organizationName = optional
commonName = supplied
CONFIGURATION

# make PREFIX KIND DIGEST OPTIONS-OF-SIGNING…
make() {
    local prefix=$1 kind=$2 digest=$3
    shift 3
    : >"$work/index.txt"
    new_key "$work/authority.key" "$kind"
    new_key "$work/seal.key" "$kind"
    openssl req -new -utf8 "-$digest" "$@" -config "$work/openssl.cnf" -key "$work/authority.key" -out "$work/authority.csr"
    sed 's/^distinguished_name = .*/distinguished_name = seal_name/' "$work/openssl.cnf" >"$work/seal.cnf"
    openssl req -new -utf8 "-$digest" "$@" -config "$work/seal.cnf" -key "$work/seal.key" -out "$work/seal.csr"
    issue authority authority "$((until + 50000))" "$digest" -selfsign
    issue seal seal "$until" "$digest" -cert "$work/authority.crt"
    chmod 0644 "$work"/authority.crt "$work"/seal.crt
    chmod 0400 "$work"/authority.key "$work"/seal.key
    for f in authority.key authority.crt seal.key seal.crt; do mv -f "$work/$f" "$folder/$prefix$f"; done
}
issue() { # NAME EXTENSIONS END DIGEST OPTIONS…
    local name=$1 extensions=$2 end=$3 digest=$4 distid=()
    shift 4
    [ "$digest" != sm3 ] || distid=(-sigopt distid:1234567812345678 -vfyopt distid:1234567812345678)
    openssl ca -batch -notext -utf8 -md "$digest" "${distid[@]}" -config "$work/openssl.cnf" -extensions "$extensions" \
        -startdate "${from}000000Z" -enddate "${end}000000Z" -keyfile "$work/authority.key" -in "$work/$name.csr" \
        -out "$work/$name.crt" "$@" 2>"$work/$name.log" || { cat "$work/$name.log" >&2; exit 1; }
}
fits "" || make "" "$kind" sha256
[ -z "$sm2" ] || fits sm2- || make sm2- sm2 sm3 -sigopt distid:1234567812345678
