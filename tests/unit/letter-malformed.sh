#!/bin/bash
# Templates that are wrong: each is refused by `mingda letter check` with an error that names the line in which it is
# wrong. They are made from the shipped ones by a seeded program; MINGDA_MALFORMED says how many (./run prove: 500).
set -eu
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}"
count=${MINGDA_MALFORMED:-50}
work=$(mktemp -d /tmp/mdmal.XXXXXX)
trap 'rm -rf "$work"' EXIT
ln -s "$MINGDA_SOURCE/templates/clauses" "$work/clauses"
/usr/bin/python3 "$MINGDA_SOURCE/tests/unit/letter_mutants.py" "$MINGDA_SOURCE/templates/letters" "$work/letters" "$count" 20260330 >"$work/wanted"
status=0
"$MINGDA" letter check --on 2026-03-30 "$work"/letters/*.xml >"$work/accepted" 2>"$work/refused" || status=$?
[ "$status" = 1 ] || { echo "letter-malformed: mingda letter check ended with $status"; exit 1; }
exec /usr/bin/python3 - "$work" "$count" <<'PYTHON'
import re, sys
work, count, wrong = sys.argv[1], int(sys.argv[2]), 0
wanted = {n: (int(a), int(b)) for n, a, b in (l.split() for l in open(f"{work}/wanted"))}
told = {}
for line in open(f"{work}/refused"):
    m = re.match(r"mingda letter check: LETTER_TEMPLATE: ([^:]+\.xml):(\d+): \S", line)
    if m:
        told[m.group(1)] = int(m.group(2))
for name, (first, last) in wanted.items():
    if name not in told:
        print(f"FAILED {name}: accepted, or no line is named")
        wrong += 1
    elif not first <= told[name] <= last:
        print(f"FAILED {name}: line {told[name]} is named, it is wrong in {first} to {last}")
        wrong += 1
assert len(wanted) == count
print(f"letter-malformed: {count} malformed templates, {count - wrong} refused in the right line, {wrong} failed")
sys.exit(1 if wrong else 0)
PYTHON
