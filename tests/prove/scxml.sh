#!/bin/bash
# The public SCXML test documents (scxml-test-framework, Apache-2.0, with the W3C's own in w3c-ecma), unchanged and fetched
# from npm, none kept here: what is a plain statechart runs and agrees, what needs a script is refused.
set -eu
FROM=@scion-scxml/test-framework@2.0.16
SHA512=5rRd5CdFLUzmPaO43NSamBmhq6uW/0kUmUneEnqRSbAj0FiFVAINd1DfadUkdECT+xHLARCJZU7meQD4nqYyKw==
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent --ignore-scripts "$FROM" >/dev/null || { echo "$FROM cannot be fetched: is there a network?"; exit 1; }
[ "$(openssl dgst -sha512 -binary ./*.tgz | base64 -w0)" = "$SHA512" ] || { echo "$FROM is not what it was"; exit 1; }
tar xzf ./*.tgz
python3 "$MINGDA_SOURCE/tests/prove/scxml.py" "$MINGDA" "$folder/package/test"
