#!/bin/bash
# Letters of every template with data in great variety (rare characters, markup, 300 items, all outcomes, every shape),
# signed: LibreOffice in one warm process, xmlsec1 and our own verifier all find each of them valid, and the applicant's
# name stands in it as it was typed. MINGDA_LETTERS says how many (./run prove: 1,000, each in both formats).
set -u
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}"
count=${MINGDA_LETTERS:-100}
for need in soffice xmlsec1 unzip /usr/bin/python3; do
    command -v "$need" >/dev/null || { echo "letter-variety: $need is missing"; exit 1; }
done
work=$(mktemp -d /tmp/mdvar.XXXXXX)
office=
finish() {
    [ -z "$office" ] || kill -- "-$office" 2>/dev/null
    [ -z "$office" ] || wait "$office" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
pipe=mdvar$$
set -m # a group of its own: the office is several processes
soffice --headless --norestore --nologo --nodefault --nolockcheck "-env:UserInstallation=file://$work/profile" \
    "--accept=pipe,name=$pipe;urp" >"$work/office.log" 2>&1 &
office=$!
set +m

bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind p256 "$work/keys" || exit 1
/usr/bin/python3 "$MINGDA_SOURCE/tests/unit/letter_variety.py" "$MINGDA_SOURCE/templates/letters" "$MINGDA_SOURCE/tests/corpora/letters" \
    "$work/data" "$count" 20260330 >"$work/names" || exit 1
mkdir "$work/letters"
number=0 failed=0
while read -r name; do
    formats=(odt docx)
    [ -n "${MINGDA_BOTH:-}" ] || formats=("${formats[number % 2]}")
    number=$((number + 1))
    for format in "${formats[@]}"; do
        "$MINGDA" letter render "$MINGDA_SOURCE/templates/letters/${name#*-}.xml" "$work/data/$name.json" -o "$work/letters/$name.$format" \
            --sign "$work/keys/seal.key" --cert "$work/keys/seal.crt" --chain "$work/keys/authority.crt" </dev/null 2>"$work/said" || {
            failed=$((failed + 1))
            echo "FAILED $name.$format is not made: $(head -c 300 "$work/said")"
        }
    done
done <"$work/names"

ours() { "$MINGDA" letter verify --root "$work/keys/authority.crt" "$work"/letters/*.odt "$work"/letters/*.docx >"$work/ours" 2>&1; }
if ! ours; then
    failed=$((failed + 1))
    echo 'FAILED our verifier finds something wrong'
    grep -v '"signature":"valid","trust":"trusted"' "$work/ours" | head -5
fi

for letter in "$work"/letters/*.odt; do
    rm -rf "$work/unpacked" && mkdir "$work/unpacked" && unzip -q "$letter" -d "$work/unpacked" &&
        (cd "$work/unpacked" && xmlsec1 --verify --trusted-pem "$work/keys/authority.crt" \
            --id-attr:Id http://www.w3.org/2000/09/xmldsig#:SignatureProperty \
            --id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties META-INF/documentsignatures.xml) >"$work/said" 2>&1 || {
        failed=$((failed + 1))
        echo "FAILED xmlsec1 refuses $(basename "$letter")"
    }
done

timeout 500 /usr/bin/python3 "$MINGDA_SOURCE/tests/unit/libreoffice_valid.py" "$pipe" "$work"/letters/*.odt "$work"/letters/*.docx \
    >"$work/verdicts" 2>"$work/verdicts.log" || {
    failed=$((failed + 1))
    echo 'FAILED LibreOffice could not be asked'
    head -5 "$work/verdicts.log" "$work/office.log"
}

/usr/bin/python3 - "$work" "$number" "$failed" "${MINGDA_BOTH:-}" <<'PYTHON'
import glob, json, os, re, sys, zipfile
work, number, failed, both = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
letters = sorted(glob.glob(f"{work}/letters/*.odt") + glob.glob(f"{work}/letters/*.docx"))
if len(letters) != number * (2 if both else 1):
    print(f"FAILED {len(letters)} letters of {number}")
    failed += 1
verdicts = dict(line.rstrip("\n").rsplit(" ", 1) for line in open(f"{work}/verdicts"))
squeezed = lambda text: re.sub(r"\s+", "", text)
named = 0
for letter in letters:
    name = os.path.basename(letter)
    if verdicts.get(letter) != "valid":
        print(f"FAILED LibreOffice says {verdicts.get(letter)} of {name}")
        failed += 1
    part = "content.xml" if name.endswith(".odt") else "word/document.xml"
    with zipfile.ZipFile(letter) as package:
        import xml.etree.ElementTree as xml
        text = squeezed("".join(xml.fromstring(package.read(part)).itertext()))
    template = open(f"{os.environ['MINGDA_SOURCE']}/templates/letters/{name[5:8]}.xml").read()
    applicant = json.load(open(f"{work}/data/{name.rsplit('.', 1)[0]}.json")).get("applicant")
    if applicant and '<v n="applicant"/>' in template:
        named += 1
        if squeezed(applicant).replace("\u200d", "") not in text.replace("\u200d", ""):
            print(f"FAILED {name}: {applicant!r} is not in it as it was typed")
            failed += 1
print(f"letter-variety: {len(letters)} letters of {len(set(n[5:8] for n in map(os.path.basename, letters)))} templates signed; "
      f"valid for LibreOffice, xmlsec1 (ODT) and our verifier; {named} names as typed; {failed} failed")
sys.exit(1 if failed else 0)
PYTHON
