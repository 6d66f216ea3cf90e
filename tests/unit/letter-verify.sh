#!/bin/bash
# `mingda letter sign` and `mingda letter verify` as a program calls them: lines, keys, exit codes, sentences.
set -u
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}"
work=$(mktemp -d /tmp/mdlv.XXXXXX)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
expect() { # expect STATUS WORD COMMAND...: the exit status, and WORD in what it prints on either stream
    local status=$1 word=$2 got
    shift 2
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ "$got" -eq "$status" ] && { [ -z "$word" ] || grep -qF -- "$word" "$work/out" "$work/err"; }; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED ($got instead of $status, or no '$word'): $*"
        head -3 "$work/out" "$work/err"
    fi
}
same() { # same WHAT A B
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED $1: '$2' instead of '$3'"
    fi
}
value() { # value KEY LINE: of the line of JSON last printed
    /usr/bin/python3 -c 'import json,sys; print(json.dumps(json.loads(sys.stdin.read().splitlines()[int(sys.argv[2])])[sys.argv[1]], ensure_ascii=False))' \
        "$1" "${2:-0}" <"$work/out"
}
ca() { bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" "$@"; }

ca --kind p256 --agency 明州市应急管理局 "$work/ca" || exit 1
before=$(cat "$work"/ca/*.crt "$work"/ca/*.key | sha256sum)
ca --kind rsa "$work/ca"
same 'a second run of the demonstration authority changes nothing' "$(cat "$work"/ca/*.crt "$work"/ca/*.key | sha256sum)" "$before"
same 'keys are for their owner only' "$(stat -c %a "$work/ca/seal.key" "$work/ca/authority.key" | tr '\n' ' ')" '400 400 '
ca --kind p256 --from 20200101 --until 20210101 "$work/old" || exit 1
ca --kind rsa "$work/other" || exit 1

letter=$work/答复.odt
"$MINGDA" letter render "$MINGDA_SOURCE/templates/letters/R02.xml" "$MINGDA_SOURCE/tests/corpora/letters/R02.json" \
    -o "$work/plain.odt" || exit 1
sign() { # sign KEYS CERTIFICATES OPTIONS...
    "$MINGDA" letter sign --key "$work/$1/seal.key" --cert "$work/$2/seal.crt" --chain "$work/$2/authority.crt" "${@:3}"
}
expect 0 '' sign ca ca --at 2026-11-22T08:00:00Z -o "$letter" "$work/plain.odt"
same 'the signature beside is written too' "$([ -s "$letter.p7s" ] && echo yes)" yes

verify() { "$MINGDA" letter verify "$@"; }
expect 0 '"signature":"valid"' verify --root "$work/ca/authority.crt" --at 2026-12-01 "$letter"
same file "$(value file)" "\"$letter\""
same trust "$(value trust)" '"trusted"'
same signer "$(value signer)" '"明州市应急管理局电子印章（仅供演示）"'
same signed_at "$(value signed_at)" '"2026-11-22T08:00:00Z"'
same covers "$(value covers)" '"all"'
same problems "$(value problems)" '[]'
expect 1 '"trust":"unknown"' verify "$letter"
expect 1 '"trust":"unknown"' verify --root "$work/other/authority.crt" "$letter"
expect 0 '"trust":"trusted"' verify --root "$work/other/authority.crt" --root "$work/ca/authority.crt" --at 2026-12-01 "$letter"
expect 1 '"trust":"expired"' verify --root "$work/ca/authority.crt" --at 2099-01-01T00:00:00Z "$letter"
expect 0 '"covers":"all"' verify --root "$work/ca/authority.crt" --at 2026-12-01 "$letter.p7s"
expect 1 '"signature":"none"' verify --root "$work/ca/authority.crt" "$work/plain.odt"

# one line per file, in order, whatever is wrong with one of them
expect 1 '"signature":"valid"' verify --root "$work/ca/authority.crt" --at 2026-12-01 "$work/plain.odt" "$letter" "$work/missing.odt"
same 'lines' "$(wc -l <"$work/out")" 2
same 'order' "$(value signature 1)" '"valid"'
grep -q FILE_ABSENT "$work/err" || { failed=$((failed + 1)); echo 'FAILED: a missing file is not told'; }
printf 'x' >>"$letter"
expect 1 '"code":"zip-unsound"' verify --root "$work/ca/authority.crt" --at 2026-12-01 "$letter"
expect 1 '"code":"content-changed"' verify --root "$work/ca/authority.crt" --at 2026-12-01 "$letter.p7s"

# what cannot be signed with
expect 1 SEAL_MISMATCH sign ca other -o "$work/x.odt" "$work/plain.odt"
expect 1 SEAL_CERTIFICATE_EXPIRED sign old old -o "$work/x.odt" "$work/plain.odt"
expect 1 SEAL_KEY_MISSING sign nowhere ca -o "$work/x.odt" "$work/plain.odt"
expect 1 SEAL_PACKAGE sign ca ca -o "$work/x.odt" "$MINGDA_SOURCE/CMakeLists.txt"
expect 1 VERIFY_ROOTS verify --root "$work/plain.odt" "$work/plain.odt"
same 'nothing is left behind' "$(find "$work" -name 'x.odt*')" ''
for wrong in "verify" "verify --at yesterday $letter" "verify --at 2026-02-30 $letter" "verify --rot x $letter" "sign $letter"; do
    # shellcheck disable=SC2086 # words on purpose
    expect 2 'usage: mingda letter' "$MINGDA" letter $wrong
done

echo "letter-verify: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
