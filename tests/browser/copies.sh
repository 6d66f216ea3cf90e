#!/bin/bash
# Copies to read: on a whole site with the real LibreOffice each letter served gets one; those who may have the letter find
# and get it, nobody else does, and it is called what it is.
set -u
. "$(dirname "$0")/site.sh"
failed=0 passed=0
same() { # same NAME GOT WANTED
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        printf 'FAILED %s: %s, wanted %s\n' "$1" "$2" "$3"
        failed=$((failed + 1))
    fi
}
as() { # as WHO PATH [CURL…]: prints the status; the answer is in $SITE.body
    local who=$1 path=$2
    shift 2
    curl -s -o "$SITE.body" -w '%{http_code}' --max-time 30 -b "$SITE.$who" -c "$SITE.$who" "$@" "$MINGDA_BASE$path"
}
sign_in() {
    same "$1 signs in" "$(as "$1" /login -H 'Accept: application/json' -H 'Content-Type: application/json' \
        --data "{\"login\": \"$1\", \"password\": \"$MINGDA_PASSWORD\"}")" 200
}
holds() { grep -cF "$1" "$SITE.body"; }
WORDS='PDF 副本（仅供阅读，以 ODT 原件为准）'

MINGDA_PDF=yes MINGDA_INTERVAL=1 site_start || exit 1
one=$(site_sql "SELECT d.ref || ' ' || l.child || ' ' || d.dossier_id || ' ' || l.number FROM mingda.letter l JOIN mingda.dossier d
    USING (agency_id, dossier_id) WHERE l.agency_id = 1 AND l.state = 'reply-served' ORDER BY dossier_id LIMIT 1")
read -r ref child dossier number <<<"$one"
[ "$ref" ] || { echo 'FAILED: no letter has been served'; exit 1; }
copied() { [ "$(site_sql "SELECT count(*) FROM mingda.pdf_copy WHERE dossier_id = $dossier AND child = '$child'")" = 1 ]; }
for ((i = 0; i < 900; i++)); do copied && break; sleep 0.2; done
same 'it has its copy' "$(copied && echo yes)" yes
other=$(site_sql "SELECT d.ref || ' ' || l.child FROM mingda.letter l JOIN mingda.dossier d USING (agency_id, dossier_id)
    WHERE l.agency_id = 1 AND l.state = 'to-approve' LIMIT 1")
read -r draft_ref draft_child <<<"$other"

sign_in chengban
same 'the page of the letter' "$(as chengban "/dossiers/$ref/letters/$child")" 200
same 'the link is there, and says what it is' "$(holds "letters/$child.pdf\">$WORDS")" 1
same 'the office gets it' "$(as chengban "/dossiers/$ref/letters/$child.pdf" -w '%{http_code} %{content_type}')" '200 application/pdf'
cp "$SITE.body" "$SITE.pdf"
same 'it is a PDF' "$(head -c 5 "$SITE.pdf")" '%PDF-'
pdftotext -raw "$SITE.pdf" - | tr -d '\n\f' >"$SITE.text"
same 'with the number of the letter' "$(grep -cF "$number" "$SITE.text")" 1
same 'and of the application' "$(grep -cF "$ref" "$SITE.text")" 1
same 'a draft has a page' "$(as chengban "/dossiers/$draft_ref/letters/$draft_child")" 200
same 'without a link' "$(holds '.pdf"')" 0
same 'and no copy' "$(as chengban "/dossiers/$draft_ref/letters/$draft_child.pdf")" 404
same 'a stranger does not get it' "$(as nobody "/dossiers/$ref/letters/$child.pdf")" 303
same 'nor without the query code' "$(as nobody "/track/$ref/letters/$child.pdf" | sed 's/30[0-9]/30x/')" 30x
sign_in pudong-lingdao
same 'nor another agency' "$(as pudong-lingdao "/dossiers/$ref/letters/$child.pdf")" 404
same 'user of pdf' "$(stat -c %U "/proc/$(site_pid pdf)")" "$([ "$(id -u)" = 0 ] && echo mingda-pdf || id -un)"
rm -f "$SITE".{pdf,text,body,nobody,chengban,pudong-lingdao}
printf '%d held, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
