#!/bin/bash
# The pages that LibreOffice makes of our letters, measured: full lines have 28 characters from 28.0 to 183.6 mm at a pitch
# of 29 pt, ODT and DOCX break lines and pages at the same places, a sign block never stands alone on a page.
set -eu
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}"
for need in soffice pdftotext /usr/bin/python3; do
    command -v "$need" >/dev/null || { echo "letter-geometry: $need is missing"; exit 1; }
done
work=$(mktemp -d /tmp/mdgeo.XXXXXX)
trap 'rm -rf "$work"' EXIT
cases=$MINGDA_SOURCE/tests/corpora
mkdir "$work/odt" "$work/docx"

render() { # render TEMPLATE DATA NAME
    for kind in odt docx; do
        "$MINGDA" letter render "$1" "$2" -o "$work/$kind/$3.$kind"
    done
}
render "$cases/letter-layouts/X90.xml" "$cases/letter-layouts/X90.json" X90
for code in D01 R02; do
    render "$MINGDA_SOURCE/templates/letters/$code.xml" "$cases/letters/$code.json" "$code"
done
for last in 1 5; do
    for lines in $(seq 10 22); do
        /usr/bin/python3 - "$lines" "$last" >"$work/data.json" <<'PYTHON'
import json, sys
text = lambda n: "文" * (28 * int(n) - 10)
print(json.dumps({"agency": "滨江市应急管理局", "date": "2026-11-22", "prose": text(sys.argv[1]), "last": text(sys.argv[2])}))
PYTHON
        render "$cases/letter-layouts/X91.xml" "$work/data.json" "X91-$last-$lines"
    done
done
for kind in odt docx; do
    soffice --headless --norestore "-env:UserInstallation=file://$work/profile" --convert-to pdf --outdir "$work/$kind" \
        "$work/$kind"/*."$kind" >"$work/office.log" 2>&1 || { cat "$work/office.log"; exit 1; }
done

exec /usr/bin/python3 - "$work" <<'PYTHON'
import glob, os, re, subprocess, sys

work, failures = sys.argv[1], []
MM = 25.4 / 72


def words(path):
    """Per page: (x0, y0, x1, text)."""
    out = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
    pages = []
    for page in out.split("<page ")[1:]:
        found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">([^<]*)<', page)
        pages.append([(float(a), float(b), float(c), t) for a, b, c, t in found])
    return pages


def lines(page):
    """The words of a page joined to lines: (y, x0, x1, text)."""
    out = {}
    for x0, y, x1, text in page:
        key = next((k for k in out if abs(k - y) < 3), y)
        a, b, t = out.get(key, (x0, x1, []))
        out[key] = (min(a, x0), max(b, x1), t + [(x0, text)])
    return [(y, a, b, "".join(t for _, t in sorted(ts))) for y, (a, b, ts) in sorted(out.items())]


def check(what, ok):
    if not ok:
        failures.append(what)


measured = 0
for kind in ("odt", "docx"):
    pitches = []
    for number, page in enumerate(words(f"{work}/{kind}/X90.pdf")):
        full = [l for l in lines(page) if re.fullmatch("家{28}", l[3])]
        for y, x0, x1, _ in full:
            measured += 1
            check(f"{kind} page {number + 1}: a line from {x0 * MM:.2f} to {x1 * MM:.2f} mm",
                  abs(x0 * MM - 28.0) <= 0.6 and abs(x1 * MM - 183.6) <= 0.6)
        pitches += [b[0] - a[0] for a, b in zip(full, full[1:])]
    check(f"{kind}: pitches {min(pitches):.2f} to {max(pitches):.2f} pt",
          all(abs(p - 29) <= 0.3 for p in pitches) and len(pitches) >= 25)
    check(f"{kind}: 22 lines on a full page",
          any(len([l for l in lines(page) if l[0] < 262 / MM]) == 22 for page in words(f"{work}/{kind}/X90.pdf")))
    check(f"{kind}: D01 is one page", len(words(f"{work}/{kind}/D01.pdf")) == 1)

names = sorted(os.path.basename(p) for p in glob.glob(f"{work}/odt/*.pdf"))
check("every letter was converted", len(names) == 29)
for name in names:
    odt, docx = words(f"{work}/odt/{name}"), words(f"{work}/docx/{name}")
    for number, (a, b) in enumerate(zip(odt, docx)):
        check(f"{name}: page {number + 1} differs between ODT and DOCX", [l[3] for l in lines(a)] == [l[3] for l in lines(b)])
    check(f"{name}: {len(odt)} pages as ODT, {len(docx)} as DOCX", len(odt) == len(docx))
    for kind, pages in (("odt", odt), ("docx", docx)):
        for number, page in enumerate(pages):
            text = [l[3] for l in lines(page)]
            signed = [i for i, t in enumerate(text) if t == "滨江市应急管理局" and i + 1 < len(text) and text[i + 1].endswith("日")]
            if name.startswith("X91") and any("滨江市" in t or t.endswith("日") for t in text):
                check(f"{name} {kind}: the sign block stands alone or apart on page {number + 1}", signed and signed[0] > 0)

for failure in failures:
    print("FAILED", failure)
print(f"letter-geometry: {measured} full lines, {len(names)} letters in two formats measured, {len(failures)} failed")
sys.exit(1 if failures else 0)
PYTHON
