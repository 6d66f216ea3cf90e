#!/bin/bash
# 500 malformed templates, each refused in the line in which it is wrong.
MINGDA_MALFORMED=500 exec bash "${MINGDA_SOURCE:?}/tests/unit/letter-malformed.sh"
