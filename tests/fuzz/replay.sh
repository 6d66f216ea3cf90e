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
replay forms tests/corpora/multipart tests/corpora/forms
replay edition workflow/editions tests/corpora/editions tests/corpora/scxml
replay condition tests/corpora/conditions
replay clock tests/corpora/clock tests/corpora/calendar workflow/calendars
replay letter templates/letters templates/clauses tests/corpora/letter-templates
replay package tests/corpora/packages
replay page templates/pages templates/po tests/corpora/pages
replay queries sql/queries tests/corpora/queries
exit $failed
