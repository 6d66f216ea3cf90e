#!/bin/bash
# Mistakes of the kind an official could make, from tests/corpora/defects: `mingda check` finds each by the name of the
# promise it breaks, and each promise of an edition is broken by one. MINGDA_DEFECTS=FIRST:STEP takes a part of cn-2019's,
# MINGDA_DEFECTS_SMALL of the others' (./run prove: all). The story of each is played as facts through the engine.
set -u
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}" "${MINGDA_BUILD:?the folder it was built in}"
failed=0
try() { # EDITION PART
    /usr/bin/python3 "$MINGDA_SOURCE/tests/unit/defects.py" "$MINGDA" "$MINGDA_SOURCE/workflow/editions/$1.scxml" \
        "$MINGDA_SOURCE/tests/corpora/defects/$1.txt" "$2" "$MINGDA_BUILD/story-replay" || failed=1
}
try cn-2019 "${MINGDA_DEFECTS:-1:12}"
for edition in uk-foia us-foia eu-1049; do
    try "$edition" "${MINGDA_DEFECTS_SMALL:-0:2}"
done
exit "$failed"
