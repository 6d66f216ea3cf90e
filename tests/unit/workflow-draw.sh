# mingda workflow draw: every chart of every edition becomes a picture; each state and each event that leads on is in it.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 charts=0
bad() { echo "FAILED: $*" >&2; failed=$((failed + 1)); }
export MINGDA_SHARE=$MINGDA_SOURCE

# draws FILE NAME ARGUMENT…: as DOT and as SVG
draws() {
    local file=$1 name=$2
    shift 2
    "$MINGDA" workflow draw "$file" "$@" --dot >"$work/$name.dot" || { bad "$name: $?"; return; }
    "$MINGDA" workflow draw "$file" "$@" -o "$work/$name.svg" 2>"$work/err" || { bad "$name: $(cat "$work/err")"; return; }
    xmllint --noout "$work/$name.svg" || bad "$name is no XML"
    # every box and frame of the one is in the other
    local wanted got
    wanted=$(($(grep -c '^s[0-9]* \[' "$work/$name.dot") + $(grep -c '^subgraph' "$work/$name.dot")))
    got=$(($(grep -c 'class="node"' "$work/$name.svg") + $(grep -c 'class="cluster"' "$work/$name.svg") - $(grep -c '^i[0-9]* \[' "$work/$name.dot")))
    [ "$wanted" -gt 1 ] && [ "$wanted" = "$got" ] || bad "$name: $wanted states, $got drawn"
    charts=$((charts + 1))
}
for file in "$MINGDA_SOURCE"/workflow/editions/*.scxml; do
    code=$(basename "$file" .scxml)
    draws "$file" "$code"
    draws "$file" "$code-en" --lang en
    for kind in $(grep -o '<law:chart name="[a-z-]*"' "$file" | cut -d'"' -f2); do draws "$file" "$code-$kind" --chart "$kind"; done
done
states=$(grep -cE '^ *<(state|final|parallel|history)' "$MINGDA_SOURCE/workflow/editions/uk-foia.scxml")
drawn=$(cat "$work"/uk-foia.dot "$work"/uk-foia-[a-df-z]*.dot | grep -cE '^(s[0-9]+ \[|subgraph)')
[ "$states" = "$drawn" ] || bad "uk-foia has $states states, $drawn are drawn"
grep -q '办理中' "$work/cn-2019.svg" || bad "no Chinese in the Chinese picture"
grep -q 'Being handled' "$work/cn-2019-en.svg" || bad "no English in the English picture"

says() { # STATUS TEXT ARGUMENT…
    local status=$1 text=$2 said got
    shift 2
    said=$("$MINGDA" workflow draw "$@" 2>&1)
    got=$?
    [ "$got" -eq "$status" ] || bad "$*: status $got"
    case $said in *"$text"*) ;; *) bad "$*: said “$said”" ;; esac
}
cn=$MINGDA_SOURCE/workflow/editions/cn-2019.scxml
says 2 usage:
says 2 usage: "$cn" --lang fr
says 2 usage: "$cn" --child L1
says 1 CHART_ABSENT "$cn" --chart nothing
PATH=/nonexistent says 1 'Debian package graphviz' "$cn"
echo "$charts charts drawn, $failed failures"
[ "$failed" -eq 0 ]
