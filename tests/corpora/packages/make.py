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


def local(name, data):
    return b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), 0) + name + data


def record(name, data, offset, extra=b""):
    return b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data),
                                   len(name), len(extra), 0, 0, 0, 0, offset) + name + extra


def end(count, size, start, comment=b""):
    return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, start, len(comment)) + comment


def end_zip64(count, size, start, here):
    """The end record of ZIP64 at `here`, and its locator."""
    return (b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
            + b"PK\6\7" + struct.pack("<IQI", 0, here, 1))


class Faces:
    """Entries as they stand, and two directories: of what was signed, and with a forged content.xml in its place."""

    def __init__(self, exchanged=False):
        true, lie = (b"content.xml", b"<office/>"), (b"content.xml", b"<forged>")
        entries = [(name.encode(), data) for name, data in letter((SIGNATURES, (ROOT + END).encode()))]
        standing = [(b"x.xml", data) if exchanged and (name, data) == true else (name, data) for name, data in entries]
        self.body, offsets = b"", []
        for name, data in [*standing, lie if exchanged else (b"x.xml", lie[1])]:
            offsets.append(len(self.body))
            self.body += local(name, data)
        self.walked = [(name, data, at) for (name, data), at in zip([*entries, (b"x.xml", lie[1])], offsets)]
        self.forged = [(*lie, offsets[-1]) if entry[:2] == true else entry for entry in self.walked[:-1]]
        self.count = len(entries)

    def in_extra_field(self):
        first = b"".join(record(*entry) for entry in self.walked[:-1])
        base = len(self.body) + len(first) + 46 + len(self.walked[-1][0]) + 4
        second = b"".join(record(*entry) for entry in self.forged)
        hidden = second + end_zip64(self.count, len(second), base, base + len(second))
        first += record(*self.walked[-1], struct.pack("<HH", 0x9999, len(hidden)) + hidden)
        return self.body + first + end(self.count + 1, len(first), len(self.body))

    def in_comment(self):
        first, second = (b"".join(record(*entry) for entry in one) for one in (self.walked, self.forged))
        start = len(self.body) + len(first) + 22
        comment = second + end(self.count, len(second), start)
        return self.body + first + end(self.count + 1, len(first), len(self.body), comment)

    def before(self):
        first, second = (b"".join(record(*entry) for entry in one) for one in (self.walked, self.forged))
        ends = second + end(self.count, len(second), len(self.body))
        return self.body + ends + first + end(self.count + 1, len(first), len(self.body) + len(ends))

    def plain(self):
        first = b"".join(record(*entry) for entry in self.walked)
        return self.body + first + end(self.count + 1, len(first), len(self.body))


def more_records_than_entries():
    """One entry by the directory; by the second one, which ZIP64 leads to, forty."""
    inner = [(b"b%d" % n, b"x") for n in range(40)]
    nested, offsets = b"", []
    for name, data in inner:
        offsets.append(31 + len(nested))
        nested += local(name, data)
    body = local(b"a", nested)
    second = b"".join(record(*one, at) for one, at in zip(inner, offsets))
    base = len(body) + 46 + 1 + 4
    hidden = second + end_zip64(len(inner), len(second), base, base + len(second))
    first = record(b"a", nested, 0, struct.pack("<HH", 0x9999, len(hidden)) + hidden)
    return body + first + end(1, len(first), len(body))


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
    "two-directories-by-zip64.odt": Faces().in_extra_field(),
    "two-directories-by-comment.odt": Faces().in_comment(),
    "two-directories-in-a-row.odt": Faces().before(),
    "names-exchanged.odt": Faces(exchanged=True).plain(),
    "more-records-than-entries.odt": more_records_than_entries(),
    "folders.odt": package(letter(("Configurations2/toolbar/", b""))),
    "signed-with-folders.odt": package(letter(("Configurations2/toolbar/", b""), (SIGNATURES, (ROOT + END).encode()))),
    "length-follows.odt": package(letter((SIGNATURES, (ROOT + END).encode())), flags=8),
}

for name, data in FILES.items():
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)
