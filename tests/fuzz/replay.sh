# Every harness over its corpora: whole, cut off, damaged. A crash shows what the program said last.
set -u
cd "${MINGDA_SOURCE:?}" || exit 1
log=$(mktemp /tmp/mdfuzz.XXXXXX)
trap 'rm -f "$log"' EXIT
failed=0
replay() { # replay HARNESS FOLDER…
    local harness=$1 status
    shift
    "${MINGDA_BUILD:?}/tests/fuzz/fuzz_$harness" "$@" 2>"$log"
    status=$?
    if [ $status != 0 ]; then
        printf 'FAILED: fuzz_%s ended with %s\n' "$harness" "$status"
        tail -n 40 "$log"
        failed=1
    fi
}
while read -r harness folders; do
    # shellcheck disable=SC2086 # several folders
    case $harness in \#*) ;; *) replay "$harness" $folders ;; esac
done <tests/fuzz/corpora
for made in tests/fuzz/fuzz_*.c; do
    name=${made##*/fuzz_}
    grep -q "^${name%.c} " tests/fuzz/corpora || { echo "FAILED: $made has no line in tests/fuzz/corpora"; failed=1; }
done
exit $failed
