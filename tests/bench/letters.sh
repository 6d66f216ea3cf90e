#!/bin/bash
# Letters rendered, signed and verified, beside docxtemplater from npm, in turn in one run, each on one core.
#   BENCH_SECONDS=2 BENCH_ROUNDS=3
set -eu
here=$MINGDA_SOURCE/tests/bench
work=$(mktemp -d /tmp/mdbl.XXXXXX)
trap 'rm -rf "$work"' EXIT
ninja -C "$MINGDA_BUILD" bench-letters >/dev/null
bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind rsa "$work/ca" >/dev/null
template=$MINGDA_SOURCE/templates/letters/R02.xml data=$MINGDA_SOURCE/tests/corpora/letters/R02.json
"$MINGDA" letter render "$template" "$data" -o "$work/reply.docx"
taskset -c 0 node "$here/letters.mjs" "$MINGDA_BUILD/bench-letters" "$work/reply.docx" "$data" "${BENCH_SECONDS:-2}" \
    "${BENCH_ROUNDS:-3}" "$template" "$data" "$work/ca/seal.key" "$work/ca/seal.crt" "$work/ca/authority.crt"
