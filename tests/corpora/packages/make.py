"""Makes the malformed packages of this folder, the same every time; expected.txt says what must be found in each.

    python3 tests/corpora/packages/make.py

Each file is the name of what is wrong with it. A new case needs a line here (or any file put beside) and one in
expected.txt: `FILE SIGNATURE PROBLEM`.
"""

import os
import struct
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
MIMETYPE = b"application/vnd.oasis.opendocument.text"
SIGNATURES = "META-INF/documentsignatures.xml"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
ROOT = '<dsig:document-signatures xmlns:dsig="urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0">'
END = "</dsig:document-signatures>"


def package(entries, comment=b"", flags=0, claim=None, overlap=False, extra=b""):
    """A zip file of (name, bytes). `claim` is the size that deflated entries say they have; `extra` is in both headers."""
    body, directory = b"", b""
    for number, (name, data) in enumerate(entries):
        stored = name == "mimetype"
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = data if stored else deflate.compress(data) + deflate.flush()
        size = len(data) if stored or claim is None else claim
        raw = name.encode()
        common = struct.pack("<HHHHHIIIHH", 20, flags, 0 if stored else 8, 0, 33, zlib.crc32(data), len(packed), size,
                             len(raw), len(extra))
        offset = 0 if overlap and number else len(body)
        directory += b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, offset) + raw + extra
        body += b"PK\3\4" + common + raw + extra + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), len(comment))
    return body + directory + b"PK\5\6" + end + comment


def letter(*more, mimetype=MIMETYPE):
    return [("mimetype", mimetype), ("content.xml", b"<office/>"), ("META-INF/manifest.xml", b"<manifest/>"), *more]


def signed(text):
    return package(letter((SIGNATURES, text if isinstance(text, bytes) else text.encode())))


LAUGHS = "<!DOCTYPE a [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '&a{n - 1};&a{n - 1};&a{n - 1};&a{n - 1};&a{n - 1};'>" for n in range(1, 30)) + "]>"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"

FILES = {
    "empty.odt": b"",
    "text.docx": "这不是文书文件包。\n".encode(),
    "truncated.odt": signed(ROOT + END)[:150],
    "head-only.docx": b"PK\3\4",
    "bomb.odt": package(letter(("Pictures/zeros.bin", bytes(33 << 20)))),
    "bomb-that-lies.odt": package([("content.xml", bytes(8 << 20))], claim=10),
    "too-many-entries.odt": package([(f"a{n}.xml", b"") for n in range(300)]),
    "overlapping.odt": package([("content.xml", b"a" * 99), ("content.xmk", b"a" * 99)], overlap=True),
    "entity-bomb.odt": signed(LAUGHS + ROOT + "&a29;" + END),
    "external-entity.odt": signed("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + ROOT + "&x;" + END),
    "external-entity.docx": package([
        ("[Content_Types].xml", f'<Types xmlns="{TYPES}"/>'.encode()),
        ("_xmlsignatures/sig1.xml",
         f"<!DOCTYPE a SYSTEM 'http://127.0.0.1/a.dtd'><Signature xmlns='{DSIG}'/>".encode())]),
    "deep.odt": signed(ROOT + "<a>" * 100000 + "</a>" * 100000 + END),
    "many-attributes.odt": signed(ROOT + "<a " + " ".join(f'a{n}=""' for n in range(90000)) + "/>" + END),
    "many-namespaces.odt": signed(ROOT + "<a " + " ".join(f'xmlns:a{n}="a"' for n in range(40)) + "/>" + END),
    "many-signatures.odt": signed(ROOT + f'<Signature xmlns="{DSIG}"/>' * 17000 + END),
    "many-elements.odt": signed(ROOT + "<a/>" * 200000 + END),
    "too-large-signature.odt": signed(ROOT + "<a/>" * 300000 + END),
    "utf-16-signature.odt": signed(("<?xml version='1.0' encoding='UTF-16'?>" + ROOT + END).encode("utf-16")),
    "utf-7-signature.odt": signed("<?xml version='1.0' encoding='UTF-7'?>" + ROOT + "+ADw-a+AD4-" + END),
    "no-root.odt": signed("<?xml version='1.0'?>"),
    "empty-signature.odt": signed(b""),
    "other-root.odt": signed("<a/>"),
    "signature-without-parts.odt": signed(ROOT + f'<Signature xmlns="{DSIG}"><SignedInfo/></Signature>' + END),
    "parent-folder.odt": package(letter(("../../etc/passwd", b"x"))),
    "absolute-name.odt": package(letter(("/etc/passwd", b"x"))),
    "backslash.odt": package(letter(("Pictures\\a.png", b"x"))),
    "encrypted.odt": package(letter(), flags=1),
    "renamed-by-extra-field.odt": package(letter((SIGNATURES, (ROOT + END).encode())), extra=struct.pack(
        "<HHBI", 0x7075, 5 + 9, 1, zlib.crc32(b"content.xml")) + b"other.xml"),
    "strange-flag.odt": package(letter((SIGNATURES, (ROOT + END).encode())), flags=0x20),
    "comment.odt": package(letter(), comment=b"hidden"),
    "spreadsheet.odt": package(letter((SIGNATURES, (ROOT + END).encode()),
                                      mimetype=b"application/vnd.oasis.opendocument.spreadsheet")),
    "no-signature.docx": package([("[Content_Types].xml", f'<Types xmlns="{TYPES}"/>'.encode())]),
    "another-zip.odt": package([("readme.txt", b"nothing")]),
}

for name, data in FILES.items():
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)
