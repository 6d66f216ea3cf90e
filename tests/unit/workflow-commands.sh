#!/bin/bash
# What `mingda workflow trace` and `mingda check` promise to other programs: lines, exit statuses, file and line.
set -u
cd "${MINGDA_SOURCE:?}" || exit 1
: "${MINGDA:?}"
failed=0 passed=0
is() { # is WHAT EXPECTED FOUND
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        printf 'FAILED %s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
        failed=$((failed + 1))
    fi
}
charts=tests/corpora/scxml

is 'a line for the start and for each event' \
    '{"event": null, "configuration": ["a1", "b1"]}
{"event": "x", "configuration": ["af", "b1"]}
{"event": "y", "configuration": ["pass"]}
{"event": "z", "configuration": ["pass"]}' "$("$MINGDA" workflow trace $charts/417-done-parallel.scxml x y z)"
is 'events from standard input' '{"event": "x", "configuration": ["af", "b1"]}' \
    "$(printf 'x\n' | "$MINGDA" workflow trace $charts/417-done-parallel.scxml --events - | tail -1)"
is 'an edition is traced without its guards' \
    '{"event": "registered", "configuration": ["not-extended", "nobody-asked", "no-reasons-asked", "no-search", "reviewing"]}' \
    "$("$MINGDA" workflow trace workflow/editions/cn-2019.scxml received registered | tail -1)"
is 'a fact of the condition language' 0 \
    "$("$MINGDA" workflow trace workflow/editions/cn-2019.scxml --set search-recorded.result=found received >/dev/null; echo $?)"
is 'a name that is none' 1 \
    "$("$MINGDA" workflow trace workflow/editions/cn-2019.scxml --set weather=fine received >/dev/null 2>&1; echo $?)"
is 'a value that is none' 1 \
    "$("$MINGDA" workflow trace workflow/editions/cn-2019.scxml --set search-recorded.result=lost >/dev/null 2>&1; echo $?)"

out=$("$MINGDA" workflow trace $charts/refused-send.scxml 2>&1 >/dev/null)
is 'refused: exit 1' 1 "$("$MINGDA" workflow trace $charts/refused-send.scxml >/dev/null 2>&1; echo $?)"
case $out in *refused-send.scxml:6:*) passed=$((passed + 1)) ;; *) is 'refused: file and line' "…refused-send.scxml:6:…" "$out" ;; esac
is 'endless: exit 1' 1 "$("$MINGDA" workflow trace $charts/endless.scxml >/dev/null 2>&1; echo $?)"
is 'no file: exit 1' 1 "$("$MINGDA" workflow trace nowhere.scxml >/dev/null 2>&1; echo $?)"
is 'no arguments: exit 2' 2 "$("$MINGDA" workflow >/dev/null 2>&1; echo $?)"
is 'an unknown option: exit 2' 2 "$("$MINGDA" workflow trace --fast x.scxml >/dev/null 2>&1; echo $?)"

is 'check without a file: exit 2' 2 "$("$MINGDA" check >/dev/null 2>&1; echo $?)"
is 'check of what is no edition: exit 1' 1 "$("$MINGDA" check $charts/in-negated.scxml >/dev/null 2>&1; echo $?)"
is 'check of what keeps no promise: exit 1' 1 "$("$MINGDA" check tests/corpora/editions/small.scxml >/dev/null 2>&1; echo $?)"
is 'check prints one document' 1 "$("$MINGDA" check tests/corpora/editions/small.scxml 2>/dev/null | wc -l)"
is 'the keys of the contract' '["states","transitions","explored","invariants"]["name","basis","holds","witnesses"]' \
    "$("$MINGDA" check tests/corpora/editions/small.scxml 2>/dev/null |
        python3 -c 'import json,sys
r = json.load(sys.stdin)
print(json.dumps(list(r), separators=(",", ":")) + json.dumps(list(r["invariants"][0])[:4], separators=(",", ":")))')"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
