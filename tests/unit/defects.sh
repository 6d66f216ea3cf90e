#!/bin/bash
# Mistakes of the kind an official could make, from tests/corpora/defects: `mingda check` finds each by the name of the
# invariant it breaks. MINGDA_DEFECTS=FIRST:STEP takes a part of them (./run prove: all).
set -eu
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}"
exec /usr/bin/python3 "$MINGDA_SOURCE/tests/unit/defects.py" "$MINGDA" "$MINGDA_SOURCE/workflow/editions/cn-2019.scxml" \
    "$MINGDA_SOURCE/tests/corpora/defects/cn-2019.txt" "${MINGDA_DEFECTS:-1:6}"
