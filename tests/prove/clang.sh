#!/bin/bash
# Everything once more with Clang: its warnings are errors; then each harness of tests/fuzz looks for crashes with ASan and
# UBSan, beginning from its corpora, for a bounded time. What crashed stays in the folder that is named then.
#   MINGDA_FUZZ_SECONDS=60 for each harness; MINGDA_CLANG, the folder to build in
set -eu
cd "${MINGDA_SOURCE:?}"
built=${MINGDA_CLANG:-${MINGDA_BUILD:?}-clang} seconds=${MINGDA_FUZZ_SECONDS:-60} failed=0
cmake -G Ninja -S . -B "$built" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug '-DCMAKE_C_FLAGS=-O1 -g' \
    -DMINGDA_SANITIZE=ON -DMINGDA_FUZZ=ON >/dev/null
ninja --quiet -C "$built"
echo "clang $(clang -dumpversion): everything builds, warnings being errors"

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
work=$(mktemp -d /tmp/mdfuzz.XXXXXX)
fuzz() { # fuzz HARNESS FOLDER…: new inputs go into a folder of their own, the corpora stay as they are
    local name=$1
    shift
    mkdir -p "$work/$name/new"
    "$built/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$work/$name/" "$work/$name/new" "$@" >"$work/$name/log" 2>&1 </dev/null || echo "$?" >"$work/$name/failed"
}
while read -r name folders; do
    case $name in \#*) continue ;; esac
    # shellcheck disable=SC2086 # several folders
    fuzz "$name" $folders &
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
done <tests/fuzz/corpora
wait
while read -r name _; do
    case $name in \#*) continue ;; esac
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name/log")
    printf 'fuzz_%-10s %9s inputs in %s s, %s\n' "$name" "${runs:-?}" "$seconds" \
        "$([ -e "$work/$name/failed" ] && echo FAILED || echo 'none of them amiss')"
    if [ -e "$work/$name/failed" ]; then
        failed=1
        tail -n 30 "$work/$name/log"
        ls "$work/$name"
    fi
done <tests/fuzz/corpora
[ "$failed" != 0 ] || rm -rf "$work"
exit "$failed"
