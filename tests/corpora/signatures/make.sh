#!/bin/bash
# Makes what fuzz_signature.c reads: the sample reply sealed by an authority of its own, whose keys are thrown away, and the
# parts of it that a stranger may write. Needed again only when the form of signatures changes.
#   MINGDA=build/release/mingda bash tests/corpora/signatures/make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd) top=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d /tmp/mdmake.XXXXXX)
trap 'rm -rf "$work"' EXIT
bash "$top/fcgi-app/demo-authority.sh" --kind p256 --from 20260101 --until 20360101 "$work" >/dev/null
cp "$work/authority.crt" "$here/"
for format in odt docx; do
    "${MINGDA:?}" letter render "$top/templates/letters/R02.xml" "$top/tests/corpora/letters/R02.json" -o "$work/plain.$format"
    "$MINGDA" letter sign --key "$work/seal.key" --cert "$work/seal.crt" --chain "$work/authority.crt" \
        --at 2026-11-22T08:00:00Z "$work/plain.$format" -o "$here/letter.$format"
    rm "$here/letter.$format.p7s"
done
part() { unzip -p "$here/letter.$1" "$2" >"$here/$3"; }
part odt META-INF/documentsignatures.xml signature-odt.xml
part docx _xmlsignatures/sig1.xml signature-docx.xml
part docx '\[Content_Types\].xml' types.xml
part docx _rels/.rels relationships.xml
part docx word/_rels/document.xml.rels relationships-document.xml
part odt META-INF/manifest.xml manifest.xml
# One with a timestamp, of another signature.
token=$(base64 -w 0 "$top/tests/corpora/stamps/token.der")
stamp="<xd:SignatureTimeStamp><CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></CanonicalizationMethod>"
stamp+="<xd:EncapsulatedTimeStamp>$token</xd:EncapsulatedTimeStamp></xd:SignatureTimeStamp>"
for format in odt docx; do
    sed "s|<xd:UnsignedSignatureProperties>|&$stamp|" "$here/signature-$format.xml" >"$here/signature-$format-stamped.xml"
done
