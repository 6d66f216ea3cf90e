#!/bin/bash
# 10,000 letters tampered with, by kind: none is taken for what it is not. MINGDA_SEEDS chooses another number.
set -eu
ninja -C "$MINGDA_BUILD" prove-tampering >/dev/null
MINGDA_SEEDS=${MINGDA_SEEDS:-10000} "$MINGDA_BUILD/prove-tampering"
