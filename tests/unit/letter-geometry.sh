#!/bin/bash
# The pages that LibreOffice makes of our letters, measured: full lines have 28 characters from 28.0 to 183.6 mm at a pitch
# of 29 pt, ODT and DOCX break lines and pages at the same places, a sign block never stands alone on a page.
set -eu
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}"
for need in soffice pdftotext pdftoppm zbarimg /usr/bin/python3; do
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
codes=()
for template in "$MINGDA_SOURCE"/templates/letters/*.xml; do
    code=$(basename "$template" .xml)
    codes+=("$code")
    render "$template" "$cases/letters/$code.json" "$code"
done
in_shape() { # in_shape DATA SHAPE: the data with another layout
    sed "1s/{/{\"layout\": \"$2\",/" "$1" >"$work/data.json"
}
for shape in document letter; do
    for code in "${codes[@]}"; do
        grep -q layout-by "$MINGDA_SOURCE/templates/letters/$code.xml" || continue
        in_shape "$cases/letters/$code.json" "$shape"
        render "$MINGDA_SOURCE/templates/letters/$code.xml" "$work/data.json" "$code-$shape"
    done
done
prose() { # prose LINES LAST_LINES
    /usr/bin/python3 - "$@" <<'PYTHON'
import json, sys
text = lambda n: "文" * (28 * int(n) - 10)
print(json.dumps({"agency": "滨江市应急管理局", "date": "2026-11-22", "prose": text(sys.argv[1]), "last": text(sys.argv[2])}))
PYTHON
}
# 版记 and sign block meet at the foot of the page.
for shape_lines in document-1 document-2 document-3 document-4 document-5 document-6 document-7 \
    letter-8 letter-9 letter-10 letter-11 letter-12 letter-13; do
    prose "${shape_lines#*-}" 1 >"$work/prose.json"
    in_shape "$work/prose.json" "${shape_lines%-*}"
    render "$cases/letter-layouts/X92.xml" "$work/data.json" "X92-$shape_lines"
done
# The same with a QR code between the two.
for shape_lines in document-1 document-2 document-3 document-4 document-5 letter-6 letter-7 letter-8 letter-9 letter-10; do
    prose "${shape_lines#*-}" 1 | sed '1s|{|{"link": "http://jiguan.example/verify",|' >"$work/prose.json"
    in_shape "$work/prose.json" "${shape_lines%-*}"
    render "$cases/letter-layouts/X92.xml" "$work/data.json" "X92-qr-$shape_lines"
done
for last in 1 5; do
    for lines in $(seq 10 22); do
        prose "$lines" "$last" >"$work/data.json"
        render "$cases/letter-layouts/X91.xml" "$work/data.json" "X91-$last-$lines"
    done
done
for kind in odt docx; do
    soffice --headless --norestore "-env:UserInstallation=file://$work/profile" --convert-to pdf --outdir "$work/$kind" \
        "$work/$kind"/*."$kind" >"$work/office.log" 2>&1 || { cat "$work/office.log"; exit 1; }
done

exec /usr/bin/python3 - "$work" "$cases/letters" <<'PYTHON'
import glob, json, os, re, subprocess, sys, zipfile

work, samples, failures = sys.argv[1], sys.argv[2], []
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

# ---- red heads: pictures of ten pixels a millimetre ----
RED, BLACK = b"\xff\0\0", b"\0\0\0"


def picture(path, number):
    """Rows of a page, as bytes of red, green, blue."""
    out = subprocess.run(["pdftoppm", "-r", "254", "-f", str(number), "-l", str(number), path], capture_output=True, check=True)
    _, size, _, data = out.stdout.split(b"\n", 3)
    width = int(size.split()[0]) * 3
    return [data[y:y + width] for y in range(0, len(data), width)]


def ink(rows, colour):
    """Bands of rows in which the colour is: (top, foot) in millimetres."""
    out = []
    for y, row in enumerate(rows):
        if colour not in row:
            continue
        if out and out[-1][1] == y:
            out[-1][1] = y + 1
        else:
            out.append([y, y + 1])
    return [(a / 10, b / 10) for a, b in out]


def rules(rows, colour):
    """Lines of 150 mm and more: (top, foot, left, right) in millimetres."""
    out = []
    for y, row in enumerate(rows):
        at = row.find(colour * 1500)
        if at < 0:
            continue
        left, right = at // 3, at // 3
        while row[right * 3:right * 3 + 3] == colour:
            right += 1
        if out and out[-1][1] == y:
            out[-1][1] = y + 1
        else:
            out.append([y, y + 1, left, right])
    return [tuple(v / 10 for v in line) for line in out]


def near(what, value, wanted, tolerance):
    check(f"{what}: {value:.1f} mm instead of {wanted:.1f}", abs(value - wanted) <= tolerance)


for kind in ("odt", "docx"):
    for code in ("R02", "R06", "R07", "R12", "D06", "A03"):
        where = f"{code} {kind} 文件"
        path = f"{work}/{kind}/{code}-document.pdf"
        rows = picture(path, 1)
        mark, number = ink(rows, RED)[0], ink(rows, BLACK)[0]
        near(f"{where}: top of the mark", mark[0], 37 + 35, 1)
        lined = rules(rows, RED)
        check(f"{where}: one red line", len(lined) == 1)
        near(f"{where}: red line under the number", lined[0][0] - number[1], 4, 0.5)
        near(f"{where}: red line's length", lined[0][3] - lined[0][2], 156, 0.3)
        last = picture(path, len(words(path)))
        imprint = rules(last, BLACK)[-2:]
        near(f"{where}: last line of the 版记", imprint[-1][1], 37 + 225, 0.5)
        for line in imprint:
            near(f"{where}: width of the 版记", line[3] - line[2], 156, 0.3)
            near(f"{where}: thickness of its lines", line[1] - line[0], 0.35, 0.11)
        where = f"{code} {kind} 信函"
        rows = picture(f"{work}/{kind}/{code}-letter.pdf", 1)
        mark, number = ink(rows, RED)[0], ink(rows, BLACK)[0]
        lined = rules(rows, RED)
        near(f"{where}: top of the mark", mark[0], 30, 0.5)
        check(f"{where}: two red double lines", len(lined) == 4)
        near(f"{where}: line under the mark", lined[0][0] - mark[1], 4, 0.5)
        near(f"{where}: number under the line", number[0] - lined[1][1], 16 * 7 / 8 * MM, 0.5)
        near(f"{where}: last line over the page's foot", 297 - lined[3][1], 20, 0.5)
        for line in lined:
            near(f"{where}: length of the lines", line[3] - line[2], 170, 0.3)
        thick = [line[1] - line[0] for line in lined]
        check(f"{where}: thick over thin, thin over thick: {thick}", thick[0] > 2 * thick[1] and thick[3] > 2 * thick[2])
        check(f"{where}: no number on the first page",
              not any(y > 262 / MM for _, y, _, _ in words(f"{work}/{kind}/{code}-letter.pdf")[0]))
        check(f"{where}: a number on the second", any("2" in t and y > 262 / MM for _, y, _, t in words(f"{work}/{kind}/{code}-letter.pdf")[1]))

names = sorted(os.path.basename(p) for p in glob.glob(f"{work}/odt/*.pdf"))
check("every letter was converted", len(names) == len(glob.glob(f"{work}/odt/*.odt")) and len(names) > 100)
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
            if name.startswith("X92"):
                check(f"{name} {kind}: the 版记 is not on the last page alone",
                      any("抄送" in t for t in text) == (number + 1 == len(pages)))
                check(f"{name} {kind}: the sign block stands alone on page {number + 1}",
                      not signed or any(t.startswith("文") for t in text[:signed[0]]))
                told = sum(("验证码" in t) + ("核验网址" in t) for t in text)
                check(f"{name} {kind}: {told} lines beside the QR code on page {number + 1}",
                      told == (2 if "-qr-" in name and number + 1 == len(pages) else 0))
                check(f"{name} {kind}: the sign block is not on the last page", bool(signed) == (number + 1 == len(pages)))

# ---- the QR code: read from the page by somebody else's program, where it belongs and as large as it should be ----
def zbar(path, page):
    """What a reader finds on the page."""
    subprocess.run(["pdftoppm", "-r", "254", "-f", str(page), "-l", str(page), "-singlefile", "-png", path, f"{work}/page"], check=True)
    xml = subprocess.run(["zbarimg", "--quiet", "--xml", f"{work}/page.png"], capture_output=True, text=True).stdout
    return re.findall(r"<data><!\[CDATA\[(.*?)\]\]></data>", xml)


def dark(rows, top, foot, left, right):
    """Bounds of what is dark in that part of the page, all in millimetres."""
    at = [(x, y) for y in range(int(top * 10), int(foot * 10)) for x in range(int(left * 10), int(right * 10))
          if rows[y][x * 3] < 128]
    xs, ys = [x for x, _ in at], [y for _, y in at]
    return min(xs) / 10, min(ys) / 10, (max(xs) + 1) / 10, (max(ys) + 1) / 10


decoded = 0
for code in ("D01", "D02", "D03", "R02", "R06", "R07", "R02-document", "R02-letter"):
    with open(f"{samples}/{code[:3]}.json", encoding="utf-8") as file:
        sample = json.load(file)
    for kind in ("odt", "docx"):
        path = f"{work}/{kind}/{code}.pdf"
        page = len(words(path))
        found = zbar(path, page)
        check(f"{code} {kind}: what the QR code says: {found}", found == [sample["verify_link"]])
        beside = [y * MM for y, _, _, t in lines(words(path)[page - 1]) if sample["verify_code"] in t]
        check(f"{code} {kind}: the code stands beside it once", len(beside) == 1)
        if not found or not beside:
            continue
        decoded += 1
        # two characters in, a quiet zone of four modules; the first line's text begins 1.6 mm under its top
        modules = 29 if len(sample["verify_link"]) <= 42 else 33 if len(sample["verify_link"]) <= 62 else 37
        quiet = 20.4 * 4 / (modules + 8)
        left, top, right, foot = dark(picture(path, page), beside[0] - 4, beside[0] + 24, 36, 60.5)
        near(f"{code} {kind}: left edge of the QR code", left, 28 + 11.1 + quiet, 0.4)
        near(f"{code} {kind}: width of the QR code", right - left, 20.4 - 2 * quiet, 0.4)
        near(f"{code} {kind}: height of the QR code", foot - top, 20.4 - 2 * quiet, 0.4)
        near(f"{code} {kind}: top of the QR code beside its text", top - beside[0], quiet - 1.6, 1)
        check(f"{code} {kind}: the QR code is on 版心", foot < 262)
check("QR codes were read", decoded == 16)

# ---- nothing is lost on the way to the page ----
for name in names:
    for kind, part in (("odt", "content.xml"), ("docx", "word/document.xml")):
        path = f"{work}/{kind}/{name[:-4]}"
        with zipfile.ZipFile(f"{path}.{kind}") as package:
            text = re.sub("<[^>]*>", "", package.read(part).decode())
        page = subprocess.run(["pdftotext", "-raw", f"{path}.pdf", "-"], capture_output=True, text=True, check=True).stdout
        for sign in "，。；、：）”":
            check(f"{name} {kind}: {text.count(sign) - page.count(sign)} {sign} are not on the page", page.count(sign) >= text.count(sign))

for failure in failures:
    print("FAILED", failure)
print(f"letter-geometry: {measured} full lines, {len(names)} letters in two formats measured, {len(failures)} failed")
sys.exit(1 if failures else 0)
PYTHON
