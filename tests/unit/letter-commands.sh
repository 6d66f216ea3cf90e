#!/bin/bash
# `mingda letter render` and `mingda letter check` as a program calls them: exit codes, sentences, versions by the date.
set -u
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}"
work=$(mktemp -d /tmp/mdlc.XXXXXX)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
expect() { # expect STATUS WORDS COMMAND...: the exit status, and WORDS in what it prints on either stream
    local status=$1 words=$2 got
    shift 2
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ "$got" -eq "$status" ] && { [ -z "$words" ] || grep -qF -- "$words" "$work/out" "$work/err"; }; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED ($got instead of $status, or no '$words'): $*"
        head -3 "$work/out" "$work/err"
    fi
}
holds() { # holds FILE WORDS, lacks FILE WORDS
    if grep -qF -- "$2" "$1"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: '$2' is not in $1"
    fi
}
lacks() {
    if ! grep -qF -- "$2" "$1"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: '$2' is in $1"
    fi
}
letters=$MINGDA_SOURCE/templates/letters samples=$MINGDA_SOURCE/tests/corpora/letters
cp "$samples/R06.json" "$work/now.json"
sed 's/"date": "[0-9-]*"/"date": "2023-12-29"/' "$work/now.json" >"$work/before.json"
sed 's/"date": "[0-9-]*"/"date": "2018-01-02"/' "$work/now.json" >"$work/long-before.json"
sed 's/"review_channel"/"another"/' "$work/now.json" >"$work/no-channel.json"

# the remedies of the day of the letter
expect 0 '' "$MINGDA" letter render "$letters/R06.xml" "$work/now.json" -o "$work/now.html"
holds "$work/now.html" '应当自收到本告知书之日起60日内先向'
expect 0 '' "$MINGDA" letter render "$letters/R06.xml" "$work/before.json" -o "$work/before.html"
lacks "$work/before.html" '先向'
holds "$work/before.html" '也可以自收到本告知书之日起6个月内'
expect 1 'LETTER_CLAUSE: R06.xml' "$MINGDA" letter render "$letters/R06.xml" "$work/long-before.json" -o "$work/long-before.html"
# served through the internet without a channel for the review: no letter
expect 1 'internet.xml' "$MINGDA" letter render "$letters/R06.xml" "$work/no-channel.json" -o "$work/no.html"
[ ! -e "$work/no.html" ] || { failed=$((failed + 1)); echo 'FAILED: a letter that stopped was written'; }

# the seal's picture
seal=$MINGDA_SOURCE/templates/seals/demonstration.png
expect 0 '' "$MINGDA" letter render "$letters/R06.xml" "$work/now.json" --seal "$seal" -o "$work/sealed.odt"
expect 0 'Pictures/seal.png' unzip -l "$work/sealed.odt"
expect 1 SEAL_PICTURE "$MINGDA" letter render "$letters/R06.xml" "$work/now.json" --seal "$work/now.json" -o "$work/x.odt"
expect 1 FILE_ABSENT "$MINGDA" letter render "$letters/R06.xml" "$work/now.json" --seal "$work/none.png" -o "$work/x.odt"
expect 2 'usage: mingda letter render' "$MINGDA" letter render "$letters/R06.xml" "$work/now.json" --seal "$seal" --seal-size 60 -o "$work/x.odt"

# what nobody should type and somebody does: each value whole and as typed in both formats, or a sentence that names the field
/usr/bin/python3 - "$samples/R02.json" "$work" <<'PYTHON'
import json, sys
data, work = json.load(open(sys.argv[1])), sys.argv[2]
def write(name, **changes): json.dump({**data, **changes}, open(f'{work}/{name}.json', 'w'), ensure_ascii=False)
# 10,000 characters: of the basic plane, of GB 18030 level 3 (four bytes there and in UTF-8), and what XML knows
name = ('王' * 40 + '\U00020BB7\U0002B4E7喆堃龘' + 'A & B <c> "d" ]]>')[:62] * 170
open(f'{work}/name', 'w').write(name[:10000])
write('long', applicant=name[:10000])
write('control', applicant='王\u0001晓\u0008岚\u001f')
write('empty-item', items=[{'text': ''}])
write('no-items', items=[])
write('no-name', applicant='')
write('many', items=[{**data['items'][0], 'text': f'第{i}项'} for i in range(1, 301)])
PYTHON
for format in odt docx; do
    part=$([ $format = odt ] && echo content.xml || echo word/document.xml)
    for name in long control many; do
        expect 0 '' "$MINGDA" letter render "$letters/R02.xml" "$work/$name.json" -o "$work/$name.$format"
        unzip -p "$work/$name.$format" $part >"$work/$name.xml"
        expect 0 '' xmllint --huge --noout "$work/$name.xml"
        sed 's/<[^>]*>//g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&#39;/'"'"'/g; s/&amp;/\&/g' "$work/$name.xml" >"$work/$name.text"
    done
    expect 0 '' grep -qF -f "$work/name" "$work/long.text"
    holds "$work/control.text" '王晓岚：'
    holds "$work/many.text" '第1项'
    holds "$work/many.text" '第300项'
    for name in empty-item no-items no-name; do
        rm -f "$work/x.$format"
        expect 1 'LETTER_VALUE' "$MINGDA" letter render "$letters/R02.xml" "$work/$name.json" -o "$work/x.$format"
        [ ! -e "$work/x.$format" ] || { failed=$((failed + 1)); echo "FAILED: a letter with $name was written"; }
    done
done
expect 1 'no value for field applicant' "$MINGDA" letter render "$letters/R02.xml" "$work/no-name.json" -o "$work/x.odt"
# a full disk: nothing half written stays, and it is said
if [ -w /dev/full ]; then
    ln -s /dev/full "$work/full.odt.part"
    expect 1 'FILE_UNWRITABLE' "$MINGDA" letter render "$letters/R02.xml" "$work/many.json" -o "$work/full.odt"
    [ ! -e "$work/full.odt" ] || { failed=$((failed + 1)); echo 'FAILED: half a letter stays on a full disk'; }
fi

# trying templates
expect 0 '"problems":0' "$MINGDA" letter check --on 2026-03-30 "$letters/R07.xml" "$MINGDA_SOURCE/templates/clauses/remedies.xml"
expect 1 'not on 2023-06-01' "$MINGDA" letter check --on 2023-06-01 "$MINGDA_SOURCE/templates/clauses/remedies.xml"
expect 0 '"version":1' "$MINGDA" letter check --on 2023-06-01 "$MINGDA_SOURCE/templates/clauses/earlier/remedies-optional-1.xml"
mkdir "$work/letters" && ln -s "$MINGDA_SOURCE/templates/clauses" "$work/clauses"
sed 's|<clause ref="remedies"/>|<if n="items" is="0"><clause ref="remedies"/></if>|' "$letters/R07.xml" >"$work/letters/R07.xml"
line=$(grep -n 'ref="remedies"' "$work/letters/R07.xml" | cut -d: -f1)
expect 1 "R07.xml:$line: no data reaches what stands here" "$MINGDA" letter check --on 2026-03-30 "$work/letters/R07.xml"
expect 1 FILE_ABSENT "$MINGDA" letter check "$work/none.xml"
expect 2 'usage: mingda letter check' "$MINGDA" letter check
expect 2 'usage: mingda letter check' "$MINGDA" letter check --on yesterday "$letters/R07.xml"
expect 2 'render|check|verify|sign' "$MINGDA" letter

echo "letter-commands: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
