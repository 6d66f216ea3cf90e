#!/bin/bash
# All mistakes of tests/corpora/defects, each found by its name.
set -eu
MINGDA_DEFECTS=0:1 exec bash "${MINGDA_SOURCE:?}/tests/unit/defects.sh"
