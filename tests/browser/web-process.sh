# The web process behind a real nginx: hostile heads and bodies get their answer and no worker dies of them; workers that
# are killed are replaced under load; an exchange is refused, not lost, while the database is away; a reload with a broken
# page keeps the old ones; what is malformed at start refuses to start with one sentence.
set -u
. "$(dirname "$0")/site.sh"
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}
is() { # is WHAT GOT WANTED
    [ "$2" = "$3" ] || fail "$1: $2 instead of $3"
    checks=$((checks + 1))
}
checks=0
code() { curl -s -o "$SITE/answer" -w '%{http_code}' --path-as-is "$@"; }
field() { sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$2" | head -n 1; }

export MINGDA_EMPTY=1 # one agency and one person are enough here
site_start || fail "the site does not start"
site_sql "INSERT INTO mingda.agency (agency_id, name, short_name, unit_code, doc_mark, court, review_body)
          VALUES (1, '某市应急管理局', '市应急局', '1234567890', '某应急', '某法院', '某市人民政府')"
printf '%s\n' "$MINGDA_PASSWORD" | MINGDA_SETTINGS="$SITE/settings/demo.conf" "$MINGDA" account add shouli --name 收理员 \
    --role clerk || fail "no account"
jar=$SITE/jar

# ---- heads -----------------------------------------------------------------------------------------------------------
for path in '/%2e%2e/etc/passwd' '/a//b' '/%00' '/%zz' '/login%2Fx' '/%ff%fe' '/%C0%AF' '/login?next=%' '/a%0d%0aX:y'; do
    is "$path" "$(code "$MINGDA_BASE$path")" 400
done
is 'a long path' "$(code "$MINGDA_BASE/$(printf 'a%.0s' {1..2000})")" 400
is 'no such page' "$(code "$MINGDA_BASE/nothing-here")" 404
grep -q '<!DOCTYPE html>' "$SITE/answer" || fail "404 is no page"
is 'no such page, for programs' "$(code -H 'Accept: application/json' "$MINGDA_BASE/nothing-here")" 404
grep -q '"code":"NO_SUCH_PAGE"' "$SITE/answer" || fail "404 is no problem+json"
is 'DELETE' "$(code -X DELETE "$MINGDA_BASE/login")" 405
is 'staff only' "$(code "$MINGDA_BASE/queue")" 303
is 'staff only, for programs' "$(code -H 'Accept: application/json' "$MINGDA_BASE/queue")" 401
curl -si "$MINGDA_BASE/login" -c "$jar" >"$SITE/login"
for header in "Content-Security-Policy: default-src 'none'" 'X-Content-Type-Options: nosniff' 'Cache-Control: no-store' \
    'HttpOnly; SameSite=Lax'; do
    grep -q "$header" "$SITE/login" || fail "no $header"
done
! grep -qE 'unsafe-inline|<script|style=|onclick' "$SITE/login" || fail "code or style inside the page"

# ---- bodies ----------------------------------------------------------------------------------------------------------
csrf=$(field csrf "$SITE/login")
[ ${#csrf} = 64 ] || fail "no token in the form"
is 'no token' "$(code -b "$jar" -d 'login=x&password=y' "$MINGDA_BASE/login")" 403
is 'a token without its cookie' "$(code -d "csrf=$csrf&login=x&password=y" "$MINGDA_BASE/login")" 403
is 'a wrong token' "$(code -b "$jar" -d "csrf=${csrf/?/x}&login=x&password=y" "$MINGDA_BASE/login")" 403
is 'wrong password' "$(code -b "$jar" -d "csrf=$csrf&login=shouli&password=wrong" "$MINGDA_BASE/login")" 422
cp "$SITE/answer" "$SITE/known"
is 'unknown login' "$(code -b "$jar" -d "csrf=$csrf&login=nobody&password=wrong" "$MINGDA_BASE/login")" 422
strip() { sed -E 's/value="[^"]*"//g' "$1"; } # tokens and what was typed
[ "$(strip "$SITE/known")" = "$(strip "$SITE/answer")" ] || fail "known and unknown logins are told apart"
is 'empty fields' "$(code -b "$jar" -d "csrf=$csrf&login=&password=" "$MINGDA_BASE/login")" 422
grep -q 'href="#field-login"' "$SITE/answer" || fail "the summary does not lead to the field"
is 'not UTF-8' "$(code -b "$jar" -d "csrf=$csrf&login=%ff%fe&password=x" "$MINGDA_BASE/login")" 422
is 'a control character' "$(code -b "$jar" -d "csrf=$csrf&login=a%07&password=x" "$MINGDA_BASE/login")" 422
is 'markup' "$(code -b "$jar" -d "csrf=$csrf&login=%22%3E%3Cscript%3E&password=x" "$MINGDA_BASE/login")" 422
! grep -q '<script' "$SITE/answer" || fail "what was typed came back as markup"
is 'malformed' "$(code -b "$jar" -d 'csrf=%zz' "$MINGDA_BASE/login")" 400
is 'unknown kind' "$(code -H 'Content-Type: text/xml' -d '<a/>' "$MINGDA_BASE/login")" 415
is 'too large' "$(head -c 20971600 /dev/zero | code --data-binary @- "$MINGDA_BASE/login")" 413
is 'another origin' "$(code -H 'Origin: http://evil.example' -H 'Content-Type: application/json' \
    -d '{"login":"x","password":"y"}' "$MINGDA_BASE/login")" 403
is 'unknown field' "$(code -H 'Accept: application/json' -H 'Content-Type: application/json' -d '{"log":"x"}' \
    "$MINGDA_BASE/login")" 400
for body in "$MINGDA_SOURCE"/tests/corpora/multipart/BODY_*/*.body; do
    is "$body" "$(code -H 'Content-Type: multipart/form-data; boundary=X' --data-binary @"$body" "$MINGDA_BASE/login")" 400
done

# ---- signing in and out ----------------------------------------------------------------------------------------------
is 'signing in' "$(code -b "$jar" -c "$jar" -d "csrf=$csrf&login=shouli&next=//evil.example" \
    --data-urlencode "password=$MINGDA_PASSWORD" -w '%{http_code} %{redirect_url}' "$MINGDA_BASE/login")" "303 $MINGDA_BASE/queue"
token=$(awk '$6 == "mingda-session" {print $7}' "$jar")
[ ${#token} = 64 ] || fail "no session cookie"
is 'tokens in the database' "$(site_sql "SELECT count(*) FROM mingda.session WHERE encode(token_hash, 'hex') = '$token'")" 0
is 'hashes in the database' \
    "$(site_sql "SELECT count(*) FROM mingda.session WHERE token_hash = sha256(decode('$token', 'hex'))")" 1
is 'the queue' "$(code -b "$jar" "$MINGDA_BASE/queue")" 200
csrf=$(field csrf "$SITE/answer")
is 'another role' "$(code -b "$jar" "$MINGDA_BASE/audit")" 403
site_sql "UPDATE mingda.session SET idle_end = now() - interval '1 second'"
is 'after idleness' "$(code -b "$jar" "$MINGDA_BASE/queue")" 303
site_sql "UPDATE mingda.session SET idle_end = now() + interval '1 hour'"
is 'signing out without a token' "$(code -b "$jar" -X POST -d '' "$MINGDA_BASE/logout")" 403
is 'signing out' "$(code -b "$jar" -d "csrf=$csrf" "$MINGDA_BASE/logout")" 303
is 'after signing out' "$(code -b "$jar" "$MINGDA_BASE/queue")" 303

# ---- workers killed under load ---------------------------------------------------------------------------------------
announce 'worker-lost'
load() { # load SECONDS: how many exchanges, how many of them failed
    local end=$((SECONDS + $1)) all=0 bad=0
    while [ "$SECONDS" -lt "$end" ]; do
        all=$((all + 1))
        [ "$(curl -s -o /dev/null -m 20 -w '%{http_code}' "$MINGDA_BASE/login")" = 200 ] || bad=$((bad + 1))
    done
    printf '%s %s\n' "$all" "$bad"
}
web=$(site_pid web)
load 4 >"$SITE/load1" &
one=$!
load 4 >"$SITE/load2" &
two=$!
for _ in 1 2 3 4 5; do
    sleep 0.6
    kill -9 "$(pgrep -P "$web" | shuf -n 1)"
done
wait $one $two
read -r all bad < <(cat "$SITE/load1" "$SITE/load2" | awk '{a += $1; b += $2} END {print a, b}')
[ "$all" -gt 50 ] && [ "$bad" -le 5 ] || fail "five workers killed: $bad of $all exchanges failed"
sleep 1
is 'workers afterwards' "$(pgrep -P "$web" | wc -l)" 2
is 'losses counted' "$(curl -s "$MINGDA_BASE/metrics" | sed -n 's/^mingda_workers_lost_total //p')" 5

# ---- the database away -----------------------------------------------------------------------------------------------
kill -STOP "$web" # no difference: workers serve while the master sleeps
is 'health' "$(code "$MINGDA_BASE/healthz")" 200
kill -CONT "$web"
kill -INT "$(site_pid database)"
for _ in {1..100}; do [ "$(code "$MINGDA_BASE/healthz")" = 200 ] || break; done
is 'health without a database' "$(code "$MINGDA_BASE/healthz")" 503
is 'a page without a database' "$(code -b "mingda-session=$token" "$MINGDA_BASE/queue")" 503
curl -si -b "mingda-session=$token" "$MINGDA_BASE/queue" | grep -qi '^Retry-After: ' || fail "no Retry-After"
announce 'database-away|DATABASE_AWAY'
site_restart || fail "the database does not come back"
is 'health again' "$(code "$MINGDA_BASE/healthz")" 200

# ---- reload ----------------------------------------------------------------------------------------------------------
before=$(pgrep -P "$(site_pid web)" | sort | head -n 1)
kill -HUP "$(site_pid web)"
for _ in {1..50}; do
    sleep 0.1
    grep -q ' reloaded' "$SITE/log/web.log" && ! kill -0 "$before" 2>/dev/null && break
done
grep -q ' reloaded' "$SITE/log/web.log" || fail "no reload"
is 'after a reload' "$(code "$MINGDA_BASE/login")" 200

# ---- malformed at start ----------------------------------------------------------------------------------------------
share=$SITE/share
mkdir -p "$share"
for folder in workflow templates sql; do cp -r "$MINGDA_SOURCE/$folder" "$share/"; done
starts() { # starts: what mingda web says with this share; it must not start
    ! MINGDA_SETTINGS="$SITE/settings/web.conf" MINGDA_WEB_SOCKET="$SITE/other.sock" MINGDA_SHARE="$share" \
        timeout 20 "$MINGDA" web 2>"$SITE/says" && [ "$(grep -c . "$SITE/says")" = 1 ] || fail "it started: $(<"$SITE/says")"
    checks=$((checks + 1))
}
printf '<broken' >"$share/templates/pages/login.xml"
starts && grep -q 'login.xml:1' "$SITE/says" || fail "no file and line: $(<"$SITE/says")"
cp "$MINGDA_SOURCE/templates/pages/login.xml" "$share/templates/pages/login.xml"
sed -i 's/problem\.title/problem.titel/' "$share/templates/pages/problem.xml"
starts && grep -q 'problem.xml:[0-9]*: .*problem.titel' "$SITE/says" || fail "no unknown name: $(<"$SITE/says")"
cp "$MINGDA_SOURCE/templates/pages/problem.xml" "$share/templates/pages/problem.xml"
printf '<scxml' >"$share/workflow/editions/cn-2019.scxml"
starts && grep -q 'cn-2019.scxml:[0-9]' "$SITE/says" || fail "no malformed edition: $(<"$SITE/says")"
cp "$MINGDA_SOURCE/workflow/editions/cn-2019.scxml" "$share/workflow/editions/"
printf 'date,kind,name\n2026-02-30,holiday,x\n' >"$share/workflow/calendars/$(basename "$(ls "$share"/workflow/calendars/*.csv | head -n 1)")"
starts && grep -q 'csv:2' "$SITE/says" || fail "no malformed calendar: $(<"$SITE/says")"

site_stop || fail "errors in the logs"
printf 'web-process: %s checks held\n' "$checks"
