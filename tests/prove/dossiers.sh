#!/bin/bash
# Ten million random dossiers: production against the reference that walks day by day (unit-clock_property at full
# speed). MINGDA_DOSSIERS and MINGDA_SEED choose others.
set -eu
ninja -C "$MINGDA_BUILD" prove-dossiers >/dev/null
begun=$(date +%s)
MINGDA_DOSSIERS=${MINGDA_DOSSIERS:-10000000} "$MINGDA_BUILD/prove-dossiers"
echo "$(($(date +%s) - begun)) seconds"
