#!/bin/bash
# The approver's one-time code: without a right one nothing is sealed and the approver is told; a code serves once and for
# one letter; nobody but the signer can read what codes are made from (codes.mjs).
set -eu
. "$(dirname "$0")/site.sh"
site_start
APPROVALS=$(site_sql "SELECT d.ref || ' ' || l.child FROM mingda.letter l JOIN mingda.dossier d USING (agency_id, dossier_id)
    WHERE l.agency_id = 1 AND d.state IN ('approval', 'legal-review') AND l.template LIKE 'R%' AND l.approved_seq IS NULL
    ORDER BY d.state LIMIT 2")
export APPROVALS
node "$(dirname "$0")/codes.mjs"

refused() { # refused WHAT ROLE SQL WORDS
    local said
    if said=$(site_sql "SET ROLE $2; SET mingda.agency = 1; $3" 2>&1) || ! grep -q "$4" <<<"$said"; then
        echo "FAILED: $1: $said"
        exit 1
    fi
}
for role in web clock audit; do
    refused "$role reads a secret" "mingda_$role" 'SELECT secret FROM mingda.approver' 'permission denied'
    refused "$role reads what was typed" "mingda_$role" 'SELECT code FROM mingda.approval_code' 'permission denied'
    refused "$role uses a code up" "mingda_$role" \
        "INSERT INTO mingda.code_used VALUES (1, 1, 1, 2026000000001, 'L1', sha256(''), sha256(''))" 'permission denied'
done
refused 'the signer lists secrets' mingda_sign 'SELECT secret FROM mingda.approver' 'permission denied'
refused 'web enrols somebody' mingda_web "INSERT INTO mingda.approver VALUES (1, sha256('') || sha256(''))" 'permission denied'
refused 'web types a code as somebody else' mingda_web \
    "INSERT INTO mingda.approval_code VALUES (1, 1, 1, 1, 1, '123456', sha256(''), sha256(''), now())" 'permission denied'
refused 'a code that served is taken back' postgres 'DELETE FROM mingda.code_used' 'append-only'
# The database's own rule: not even the signer seals what has no code.
open=$(site_sql "SELECT agency_id || ',' || dossier_id || ',''' || child || '''' FROM mingda.letter
    WHERE approved_seq IS NOT NULL AND sealed_seq IS NULL AND agency_id = 1 LIMIT 1")
[ -n "$open" ] || { echo 'FAILED: no letter waits for a code'; exit 1; }
refused 'a seal without a code' mingda_sign "INSERT INTO mingda.sealed
    (agency_id, dossier_id, child, odt, docx, odt_p7s, docx_p7s, certificate, journal)
    VALUES ($open, 'a', 'a', 'a', 'a', sha256(''), '{}')" 'has no code of its approver'
# Secrets stand nowhere in the clear: the box is all there is, and a changed one opens for nobody.
[ "$(site_sql 'SELECT count(*) FROM mingda.approver WHERE length(secret) = 68')" = 3 ]
mingda() { MINGDA_SETTINGS=$SITE/settings/demo.conf "$SITE/prefix/bin/mingda" "$@"; }
key=$(mingda account public-key "$SITE/keys/approvers.key")
uri=$(mingda account enrol pudong-lingdao --key "$key")
[[ $uri =~ ^otpauth://totp/Mingda:pudong-lingdao\?secret=[A-Z2-7]{32}\&issuer=Mingda\&algorithm=SHA1\&digits=6\&period=30$ ]] ||
    { echo "FAILED: $uri"; exit 1; }
# Somebody else's implementation makes the same code from what the authenticator app is given.
secret=${uri#*secret=} && secret=${secret%%&*}
now=$(site_sql "SELECT to_char(mingda.moment() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')")
theirs=$(oathtool --totp --base32 --now "$now UTC" --window=2 "$secret")
ours=$(mingda demo code pudong-lingdao)
grep -q "$ours" <<<"$theirs" || { echo "FAILED: $ours is none of oathtool's: $theirs"; exit 1; }
! mingda account enrol nobody --key "$key" 2>"$SITE.err" || { echo 'FAILED: nobody was enrolled'; exit 1; }
grep -q 'there is no person nobody' "$SITE.err" && rm "$SITE.err"
