#!/bin/bash
# What verifiers that are not ours say of our letters: LibreOffice (one warm headless process, its own profile), the
# xmlsec1 command, and openssl for the signature beside. Each letter is signed with RSA and with P-256, and each is
# asked about again with one word changed.
set -u
: "${MINGDA:?the program}" "${MINGDA_SOURCE:?the source folder}" "${MINGDA_BUILD:?the build folder}"
for need in soffice xmlsec1 openssl unzip /usr/bin/python3; do
    command -v "$need" >/dev/null || { echo "libreoffice-valid: $need is missing"; exit 1; }
done
work=$(mktemp -d /tmp/mdlo.XXXXXX)
office=
finish() {
    [ -z "$office" ] || kill -- "-$office" 2>/dev/null
    [ -z "$office" ] || wait "$office" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
passed=0 failed=0
check() { # check WHAT COMMAND...: must succeed
    local what=$1
    shift
    if "$@" >"$work/said" 2>&1; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED $what"
        head -5 "$work/said"
    fi
}
refuses() { ! "$@"; }

pipe=mdlo$$
set -m # a group of its own: the office is several processes
soffice --headless --norestore --nologo --nodefault --nolockcheck "-env:UserInstallation=file://$work/profile" \
    "--accept=pipe,name=$pipe;urp" >"$work/office.log" 2>&1 &
office=$!
set +m

# ---- the letters ----
change_a_word() { # change_a_word PACKAGE OUT: the text alone, all else as it was
    /usr/bin/python3 - "$1" "$2" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as old, zipfile.ZipFile(sys.argv[2], "w") as new:
    changed = 0
    for item in old.infolist():
        data = old.read(item)
        if item.filename in ("content.xml", "word/document.xml"):
            text = data.decode()
            other = text.replace("信息", "消息", 1)
            changed += text != other
            data = other.encode()
        new.writestr(item, data)
assert changed == 1
PYTHON
}
letters=()
for kind in rsa p256; do
    check "a demonstration authority ($kind)" bash "$MINGDA_SOURCE/fcgi-app/demo-authority.sh" --kind "$kind" "$work/$kind"
    for code in D01 R02; do
        for form in odt docx; do
            letter=$work/$kind-$code.$form
            check "$kind $code.$form is made" "$MINGDA" letter render "$MINGDA_SOURCE/templates/letters/$code.xml" \
                "$MINGDA_SOURCE/tests/corpora/letters/$code.json" -o "$letter" --sign "$work/$kind/seal.key" \
                --cert "$work/$kind/seal.crt" --chain "$work/$kind/authority.crt"
            check "$kind $code.$form changed" change_a_word "$letter" "$work/$kind-$code-changed.$form"
            letters+=("$letter" "$work/$kind-$code-changed.$form")
        done
    done
done

# ---- our own verifier, and openssl on the signature beside ----
for letter in "${letters[@]}"; do
    kind=$(basename "$letter")
    kind=${kind%%-*}
    root=$work/$kind/authority.crt
    case $letter in
    *-changed.*) check "we refuse $(basename "$letter")" refuses "$MINGDA" letter verify --root "$root" "$letter" ;;
    *)
        check "we accept $(basename "$letter")" "$MINGDA" letter verify --root "$root" "$letter" "$letter.p7s"
        check "we do not trust $(basename "$letter") without its root" refuses "$MINGDA" letter verify "$letter"
        check "openssl accepts $(basename "$letter").p7s" openssl cms -verify -binary -inform DER -in "$letter.p7s" \
            -content "$letter" -CAfile "$root" -purpose any -out /dev/null
        check "openssl refuses a changed letter" refuses openssl cms -verify -binary -inform DER -in "$letter.p7s" \
            -content "${letter%.*}-changed.${letter##*.}" -CAfile "$root" -purpose any -out /dev/null
        ;;
    esac
done

# ---- xmlsec1 on the unpacked ODT ----
xmlsec_says_valid() { # xmlsec_says_valid PACKAGE ROOT
    local folder=$work/unpacked
    rm -rf "$folder" && mkdir "$folder" && unzip -q "$1" -d "$folder" || return 2
    (cd "$folder" && xmlsec1 --verify --trusted-pem "$2" \
        --id-attr:Id http://www.w3.org/2000/09/xmldsig#:SignatureProperty \
        --id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties META-INF/documentsignatures.xml)
}
for kind in rsa p256; do
    root=$work/$kind/authority.crt
    check "xmlsec1 accepts the ODT ($kind)" xmlsec_says_valid "$work/$kind-R02.odt" "$root"
    check "xmlsec1 refuses a changed ODT ($kind)" refuses xmlsec_says_valid "$work/$kind-R02-changed.odt" "$root"
done

# ---- letters that bear a timestamp (XAdES-T) ----
stamped=("$work"/stamped-{rsa,p256}.{odt,docx})
check "letters with a timestamp are made" env STAMP_FOLDER="$work" "$MINGDA_BUILD/tests/test_stamp"
for letter in "${stamped[@]}"; do
    check "$(basename "$letter") changed" change_a_word "$letter" "${letter%.*}-changed.${letter##*.}"
    letters+=("$letter" "${letter%.*}-changed.${letter##*.}")
done

# ---- LibreOffice ----
if timeout 120 /usr/bin/python3 "$MINGDA_SOURCE/tests/unit/libreoffice_valid.py" "$pipe" "${letters[@]}" \
    >"$work/verdicts" 2>"$work/verdicts.log"; then
    for letter in "${letters[@]}"; do
        wanted=valid
        case $letter in *-changed.*) wanted=invalid ;; esac
        check "LibreOffice says $wanted of $(basename "$letter")" grep -qxF "$letter $wanted" "$work/verdicts"
    done
else
    failed=$((failed + 1))
    echo 'FAILED LibreOffice could not be asked'
    cat "$work/verdicts.log" "$work/office.log"
fi

echo "libreoffice-valid: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
