#!/bin/bash
# The law alone, on one core: working days, fold, step, view, may (law.c says what is measured).
set -eu
ninja -C "$MINGDA_BUILD" bench-law >/dev/null
"$MINGDA_BUILD/bench-law" "$MINGDA_SOURCE/workflow/editions/cn-2019.scxml" "$MINGDA_SOURCE/workflow/calendars/cn.csv"
