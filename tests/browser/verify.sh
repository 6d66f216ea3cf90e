#!/bin/bash
# The page /verify with letters that the site itself has sealed: real ones, tampered, foreign, renamed, bombs; by file, by
# code and by the QR code as zbar reads it out of the letter (verify.mjs).
set -eu
. "$(dirname "$0")/site.sh"
site_start
letters=$(mktemp -d /tmp/mdvf.XXXXXX)
trap 'status=$?; rm -rf "$letters"; site_end $status' EXIT
bytes() { site_sql "SELECT encode($1, 'hex') FROM mingda.sealed WHERE (agency_id, dossier_id, child) = ($2)" | xxd -r -p; }
for agency in 1 2; do # a letter of the site's own agency, and one of another on the same site
    key=$(site_sql "SELECT s.agency_id || ',' || s.dossier_id || ',''' || s.child || '''' FROM mingda.sealed s
                    JOIN mingda.letter l USING (agency_id, dossier_id, child)
                    WHERE s.agency_id = $agency AND l.template LIKE 'R%' ORDER BY s.dossier_id LIMIT 1")
    [ -n "$key" ] || { echo "FAILED: agency $agency has sealed no reply"; exit 1; }
    for kind in odt docx odt_p7s docx_p7s; do bytes "$kind" "$key" >"$letters/$agency.${kind/_/.}"; done
    site_sql "SELECT l.number, l.drafted, a.name FROM mingda.letter l JOIN mingda.agency a USING (agency_id)
              WHERE (l.agency_id, l.dossier_id, l.child) = ($key)" >"$letters/$agency.register"
    unzip -p "$letters/$agency.odt" Pictures/qr.png >"$letters/$agency.png"
    zbarimg --quiet --raw "$letters/$agency.png" >"$letters/$agency.qr" 2>/dev/null
done

# Somebody else's letters: with an authority of their own, and with none.
authority() { bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --agency 某县某局 "$letters/$1"; }
authority other
mingda() { MINGDA_SHARE=$MINGDA_SOURCE "$MINGDA" "$@"; }
mingda letter render "$MINGDA_SOURCE/templates/letters/R02.xml" "$MINGDA_SOURCE/tests/corpora/letters/R02.json" \
    -o "$letters/foreign.odt" --sign "$letters/other/seal.key" --cert "$letters/other/seal.crt"
mingda letter render "$MINGDA_SOURCE/templates/letters/R02.xml" "$MINGDA_SOURCE/tests/corpora/letters/R02.json" \
    -o "$letters/unsigned.odt"
key=$SITE/keys/authority # the site's own seal on a letter that it never issued
mingda letter render "$MINGDA_SOURCE/templates/letters/R02.xml" "$MINGDA_SOURCE/tests/corpora/letters/R02.json" \
    -o "$letters/unregistered.docx" --sign "$key/seal.key" --cert "$key/seal.crt" --chain "$key/authority.crt"

# Packages that are not what they seem.
/usr/bin/python3 - "$letters" <<'PYTHON'
import sys, zipfile
folder = sys.argv[1]
own = f"{folder}/1.odt"
def package(name, change):
    with zipfile.ZipFile(own) as old, zipfile.ZipFile(f"{folder}/{name}", "w") as new:
        for entry in old.infolist():
            data = change(entry.filename, old.read(entry))
            if data is not None:
                new.writestr(entry, data)
        return change
package("tampered.odt", lambda n, d: d.replace("公开".encode(), "公幵".encode(), 1) if n == "content.xml" else d)
package("stripped.odt", lambda n, d: None if n == "META-INF/documentsignatures.xml" else d)
open(f"{folder}/appended.odt", "wb").write(open(own, "rb").read() + b"and more")
with zipfile.ZipFile(f"{folder}/bomb.odt", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.text")
    z.writestr("content.xml", b"\0" * (200 << 20))
with zipfile.ZipFile(f"{folder}/many.docx", "w") as z:
    z.writestr("[Content_Types].xml", "<Types/>")
    for i in range(60000):
        z.writestr(f"word/{i}", "")
import warnings
warnings.simplefilter("ignore")
with zipfile.ZipFile(f"{folder}/twice.odt", "w") as z:
    z.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.text")
    z.writestr("content.xml", "<a/>")
    z.writestr("content.xml", "<b/>")
PYTHON
MINGDA_LETTERS=$letters node "$(dirname "$0")/verify.mjs"

# What was sent is not kept, and no worker fell over it.
[ "$(site_sql "SELECT count(*) FROM mingda.blob WHERE scan = 'unscanned' AND stored > now() - interval '5 minutes' AND name NOT LIKE 'attachment-%'")" = 0 ] ||
    { echo 'FAILED: an uploaded file was kept'; exit 1; }
! grep -q 'worker-lost' "$SITE/log/web.log" || { echo 'FAILED: a worker died'; exit 1; }
