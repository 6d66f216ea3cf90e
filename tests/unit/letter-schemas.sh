#!/bin/bash
# Every letter's parts against the schemas that are to be had: content.xml, styles.xml and meta.xml by the tables that
# Debian's python3-odf makes of the OASIS schema of OpenDocument 1.2 (elements, attributes, what is required, where text may
# stand), all parts of a DOCX by the order of children that ECMA-376 gives for the elements we write. No package of Debian
# has the schema of WordprocessingML itself.
set -eu
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}"
/usr/bin/python3 -c 'import odf.grammar' || { echo "letter-schemas: python3-odf is missing"; exit 1; }
work=$(mktemp -d /tmp/mdschema.XXXXXX)
trap 'rm -rf "$work"' EXIT
render() { # render TEMPLATE DATA NAME OPTIONS...
    for kind in odt docx; do "$MINGDA" letter render "$1" "$2" -o "$work/$3.$kind" "${@:4}"; done
}
for template in "$MINGDA_SOURCE"/templates/letters/*.xml; do
    code=$(basename "$template" .xml)
    data=$MINGDA_SOURCE/tests/corpora/letters/$code.json
    render "$template" "$data" "$code"
    case $code in R0[26] | A03)
        for shape in document letter; do
            sed "1s/{/{\"layout\": \"$shape\",/" "$data" >"$work/data.json"
            render "$template" "$work/data.json" "$code-$shape" --seal "$MINGDA_SOURCE/templates/seals/demonstration.png" --seal-size 45
        done
        ;;
    esac
done
exec /usr/bin/python3 - "$work" <<'PYTHON'
import glob, os, sys, zipfile
import xml.etree.ElementTree as xml
from odf import grammar

work, failures, judged = sys.argv[1], set(), 0
split = lambda name: tuple(name[1:].split("}")) if name[0] == "{" else ("", name)
# What came with OpenDocument 1.3 or is LibreOffice's own would stand here: nothing does.

def odf(where, element):
    """One element and those in it, by the tables of the schema."""
    global judged
    judged += 1
    name = split(element.tag)
    children = grammar.allowed_children.get(name, ())
    attributes = grammar.allowed_attributes.get(name)
    short = element.tag.split("}")[1]
    for attribute in element.attrib:
        if attributes is not None and split(attribute) not in attributes:
            failures.add(f"{where}: <{short}> has {attribute.split('}')[-1]}")
    for required in grammar.required_attributes.get(name, ()):
        if f"{{{required[0]}}}{required[1]}" not in element.attrib:
            failures.add(f"{where}: <{short}> lacks {required[1]}")
    texts = [element.text] + [c.tail for c in element]
    if name not in grammar.allows_text and any(t and t.strip() for t in texts):
        failures.add(f"{where}: <{short}> holds text")
    for child in element:
        if children is not None and split(child.tag) not in children:
            failures.add(f"{where}: <{child.tag.split('}')[1]}> within <{short}>")
        odf(where, child)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# ECMA-376 part 1, 17.3.1.26, 17.3.2.28, 17.4.59, 17.4.69, 17.4.81, 17.6.17, 17.7.4.17, 17.8.3.10: sequences.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku"
           " wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing"
           " mirrorIndents suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd tblBorders shd"
             " tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "tblBorders": "top left start bottom right end insideH insideV",
    "tblCellMar": "top left start bottom right end",
    "tbl": "tblPr tblGrid tr", "tr": "tblPrEx trPr tc", "tc": "tcPr p tbl", "pBdr": "top left bottom right between bar",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType cols formProt vAlign"
              " noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked personal personalCompose"
             " personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid vanish webHidden color"
           " spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath",
    "font": "altName panose1 charset family notTrueType pitch sig embedRegular",
    "styles": "docDefaults latentStyles style", "docDefaults": "rPrDefault pPrDefault",
    "settings": "writeProtection view zoom mirrorMargins defaultTabStop autoHyphenation evenAndOddHeaders characterSpacingControl compat"
                " rsids mathPr themeFontLang clrSchemeMapping decimalSymbol listSeparator",
}
ORDER = {k: v.split() for k, v in ORDER.items()}
REQUIRED = {"pStyle": "val", "sz": "val", "jc": "val", "tcW": "w type", "gridCol": "w", "pgSz": "w h", "style": "type styleId",
            "headerReference": "type", "footerReference": "type", "fldChar": "fldCharType"}

def word(where, element):
    global judged
    judged += 1
    name = element.tag.replace(W, "")
    order = ORDER.get(name)
    if order and element.tag.startswith(W):
        names = [c.tag.replace(W, "") for c in element]
        for child in names:
            if child not in order:
                failures.add(f"{where}: <{child}> within <{name}>")
        places = [order.index(c) for c in names if c in order]
        if name not in ("tc",) and places != sorted(places):
            failures.add(f"{where}: the children of <{name}> stand as {' '.join(names)}")
        single = {"tbl": "tr", "tr": "tc", "styles": "style", "sectPr": "headerReference footerReference", "tc": "p tbl"}.get(name, "").split()
        for child in set(names) - set(single):
            if names.count(child) > 1:
                failures.add(f"{where}: <{child}> twice within <{name}>")
    for attribute in REQUIRED.get(name, "").split():
        if W + attribute not in element.attrib:
            failures.add(f"{where}: <{name}> lacks {attribute}")
    if name == "tc" and (len(element) == 0 or element[-1].tag != W + "p"):
        failures.add(f"{where}: a cell does not end with a paragraph")
    for child in element:
        word(where, child)

letters = sorted(glob.glob(f"{work}/*.odt") + glob.glob(f"{work}/*.docx"))
for letter in letters:
    with zipfile.ZipFile(letter) as package:
        for part in package.namelist():
            where = f"{os.path.basename(letter)} {part}"
            if part in ("content.xml", "styles.xml", "meta.xml"):
                odf(where, xml.fromstring(package.read(part)))
            elif part.startswith("word/") and part.endswith(".xml"):
                word(where, xml.fromstring(package.read(part)))
for failure in sorted(failures)[:40]:
    print("FAILED", failure)
print(f"letter-schemas: {len(letters)} letters, {judged} elements judged, {len(failures)} failed")
sys.exit(1 if failures else 0)
PYTHON
