# mingda pdf at work, with the real LibreOffice; where it has to misbehave, a converter that does stands in its place.
set -u
. "$(dirname "$0")/cluster.sh"
for need in soffice pdftotext unzip; do
    command -v "$need" >/dev/null || { echo "pdf: $need is missing"; exit 1; }
done
cluster_start || exit 1
MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate || exit 1
SEAL_FOLDER=$(mktemp -d /tmp/mdpdf.XXXXXX)
trap 'rm -rf "$SEAL_FOLDER"; cluster_stop' EXIT
export SEAL_FOLDER MINGDA
bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind p256 "$SEAL_FOLDER/p256" || exit 1
cases=$MINGDA_SOURCE/tests/corpora/letters
sed 's/20260302-0017/20260302-6666/' "$cases/R02.json" >"$SEAL_FOLDER/bad.json"
for kind in odt docx; do
    "$MINGDA" letter render "$MINGDA_SOURCE/templates/letters/R02.xml" "$cases/R02.json" -o "$SEAL_FOLDER/good.$kind" || exit 1
    "$MINGDA" letter render "$MINGDA_SOURCE/templates/letters/R02.xml" "$SEAL_FOLDER/bad.json" -o "$SEAL_FOLDER/bad.$kind" || exit 1
done
mkdir "$SEAL_FOLDER/tmp" "$SEAL_FOLDER/late" "$SEAL_FOLDER/hostile"
export TMPDIR=$SEAL_FOLDER/tmp
REAL_SOFFICE=$(command -v soffice)
export REAL_SOFFICE
# Behaves with letters, but not with the one that says 6666: what it does there stands in the file "mode".
cat >"$SEAL_FOLDER/hostile/soffice" <<SCRIPT
#!/bin/bash
if ! unzip -p letter.odt content.xml | grep -q 20260302-6666; then exec cp "$SEAL_FOLDER/good.pdf" letter.pdf; fi
env >"$SEAL_FOLDER/seen.env"
ls -l /proc/self/fd >"$SEAL_FOLDER/seen.fd"
case \$(cat "$SEAL_FOLDER/mode") in
hangs)
    sleep 1000 &
    echo "\$\$ \$!" >"$SEAL_FOLDER/hung"
    trap '' TERM
    sleep 1000 ;;
nothing) exit 0 ;;
fails) cp "$SEAL_FOLDER/good.pdf" letter.pdf; exit 3 ;;
text) seq 1000 >letter.pdf ;;
cut) head -c 3000 "$SEAL_FOLDER/good.pdf" >letter.pdf ;;
large) { cat "$SEAL_FOLDER/good.pdf"; head -c 17000000 /dev/zero; printf '%%%%EOF'; } >letter.pdf ;;
endless) exec cat /dev/zero >letter.pdf ;;
link) ln -s "$SEAL_FOLDER/good.pdf" letter.pdf ;;
esac
SCRIPT
chmod 755 "$SEAL_FOLDER/hostile/soffice"
"$MINGDA_BUILD/tests/test_pdf"
