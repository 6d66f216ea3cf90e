# What the program signs with SM2 is asked of another's SM2: npm's sm-crypto, which knows nothing of OpenSSL.
set -u
folder=$(mktemp -d /tmp/mdsm2.XXXXXX)
trap 'rm -rf "$folder"' EXIT
SM2_FOLDER=$folder "$MINGDA_BUILD/tests/test_sm2" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
# As a stranger would see it: OpenSSL reads the structure and the certificate.
openssl asn1parse -inform DER -in "$folder/letter.sm2.p7s" >"$folder/asn1" || exit 1
for oid in 1.2.156.10197.6.1.4.2.2 1.2.156.10197.6.1.4.2.1; do
    grep -q "$oid" "$folder/asn1" || { echo "FAILED: no object identifier $oid"; exit 1; }
done
openssl verify -vfyopt distid:1234567812345678 -no_check_time -CAfile "$folder/root.pem" "$folder/leaf.pem" >/dev/null ||
    { echo 'FAILED: openssl does not accept the certificate'; exit 1; }
openssl x509 -in "$folder/leaf.pem" -noout -pubkey | openssl pkey -pubin -outform DER | tail -c 65 | xxd -p -c 65 >"$folder/key.hex"
cd "$MINGDA_SOURCE/tests/browser" && node sm2.mjs "$folder"
