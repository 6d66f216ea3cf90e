#!/bin/bash
# Pages a second through nginx, FastCGI and PostgreSQL with the demonstration data, four workers, on this machine.
set -eu
. "$MINGDA_SOURCE/tests/browser/site.sh"
MINGDA_WORKERS=4 MINGDA_UNSAFE_FAST_DATABASE= site_start
node "$MINGDA_SOURCE/tests/bench/load.mjs" "$MINGDA_BASE" "$MINGDA_PASSWORD" "${BENCH_SECONDS:-5}"
pids=$(pgrep -g "$(site_pid web)")
kilobytes=0
for pid in $pids; do kilobytes=$((kilobytes + $(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"))); done
printf '%-28s %7d MB in %d processes\n' 'memory of mingda web' $((kilobytes / 1024)) "$(wc -w <<<"$pids")"
