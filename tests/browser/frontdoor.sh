#!/bin/bash
# The front door and the walls between the processes: what nginx says by itself, limits, static files, what a visitor sees
# while the program or its database is down, that it comes back, and what each process's user can not reach.
set -u
. "$(dirname "$0")/site.sh"
failed=0 passed=0

ok() { # ok NAME COMMAND...
    local name=$1
    shift
    if "$@" >/dev/null 2>&1; then
        passed=$((passed + 1))
    else
        printf 'FAILED %s: %s\n' "$name" "$*"
        failed=$((failed + 1))
    fi
}
no() { # no NAME COMMAND...: must fail
    local name=$1
    shift
    if "$@" >/dev/null 2>&1; then
        printf 'FAILED %s: this should not have worked: %s\n' "$name" "$*"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}
same() { ok "$1 ($2, wanted $3)" [ "$2" = "$3" ]; }
status() { curl -s -o /dev/null -w '%{http_code}' --max-time 30 "$@"; }
head_of() { curl -s -o /dev/null -D - --max-time 30 "$@" | tr -d '\r'; }
within() { # within SECONDS COMMAND...: comes true in time
    local end=$((SECONDS + $1))
    shift
    until "$@"; do [ "$SECONDS" -lt "$end" ] || return 1; sleep 0.2; done
}
healthy() { [ "$(status "$MINGDA_BASE/healthz")" = 200 ]; }
unhealthy() { [ "$(status "$MINGDA_BASE/healthz")" = 503 ]; }

MINGDA_EMPTY=1 MINGDA_RATE=30r/m site_start || exit 1

# Static files: typed, cached, compressed, nothing but read.
css=$(cd "$SITE/prefix/share/mingda/nginx/static" && find . -name '*.css' | head -n 1)
ok 'there is a style sheet' [ -n "$css" ]
h=$(head_of -H 'Accept-Encoding: gzip' "$MINGDA_BASE/static/${css#./}")
for line in 'HTTP/1.1 200' 'Content-Type: text/css; charset=utf-8' 'X-Content-Type-Options: nosniff' 'Content-Encoding: gzip' \
    "Content-Security-Policy: default-src 'none'" 'Cache-Control: public'; do
    ok "static: $line" grep -qF "$line" <<<"$h"
done
no 'nginx tells its version' grep -qi 'nginx/' <<<"$h"
same 'no such file' "$(status "$MINGDA_BASE/static/nothing.css")" 404
same 'nothing above the folder' "$(status --path-as-is "$MINGDA_BASE/static/../mingda.conf.in")" 400
same 'nothing above the folder, in disguise' "$(status --path-as-is "$MINGDA_BASE/static/%2e%2e/mingda.conf.in")" 400
same 'static files are read only' "$(status -X POST "$MINGDA_BASE/static/${css#./}")" 403
same 'pages of errors are not addresses' "$(status "$MINGDA_BASE/errors/503.html")" 404

# Every answer of the program carries its headers.
h=$(head_of "$MINGDA_BASE/")
for line in 'HTTP/1.1 200' 'Content-Security-Policy: ' 'X-Content-Type-Options: nosniff' 'Referrer-Policy: '; do
    ok "start page: $line" grep -qiF "$line" <<<"$h"
done
no 'inline code is allowed' grep -qi 'unsafe-inline' <<<"$h"
same 'metrics from here' "$(status "$MINGDA_BASE/metrics")" 200

# Too large, and too often.
head -c 23000000 /dev/zero >"$SITE/large"
same 'too large' "$(status -F "f=@$SITE/large" "$MINGDA_BASE/apply")" 413
ok 'too large, for programs' grep -q '"status": *413' <(curl -s -H 'Accept: application/json' -F "f=@$SITE/large" "$MINGDA_BASE/apply")
codes=$(for _ in $(seq 25); do status -d 'login=shouli&password=x' "$MINGDA_BASE/login"; echo; done | sort | uniq -c)
ok "sign-in is limited: $codes" grep -q ' 429$' <<<"$codes"
same 'who only looks is not' "$(status "$MINGDA_BASE/login")" 200

# Walls, where root started it: files by user, roles by user.
if [ "$(id -u)" = 0 ]; then
    by() { local user=$1; shift; (cd / && setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"); }
    psql_as() { by "$1" /usr/lib/postgresql/15/bin/psql -X -qAt -h "$SITE/run/db" -d mingda -U "$2" -c 'SELECT 1'; }
    for process in web clock; do
        ok "$process reads its master key" by mingda-$process cat "$SITE/keys/$process/master.key"
        no "$process reads the seal's key" by mingda-$process cat "$SITE/keys/sign/seal.key"
        no "$process reads the seal's key at its origin" by mingda-$process cat "$SITE/keys/authority/seal.key"
        no "$process takes the role of the signer" psql_as mingda-$process mingda_sign
        no "$process takes the role of the owner" psql_as mingda-$process mingda_owner
        no "$process takes the role of the superuser" psql_as mingda-$process postgres
        ok "$process takes its own role" psql_as mingda-$process mingda_$process
    done
    no "the signer reads the master key" by mingda-sign cat "$SITE/keys/web/master.key"
    no "the signer takes the role of web" psql_as mingda-sign mingda_web
    for secret in web/master.key sign/seal.key authority/seal.key; do
        no "the maker of copies reads $secret" by mingda-pdf cat "$SITE/keys/$secret"
    done
    ok 'the maker of copies takes its own role' psql_as mingda-pdf mingda_pdf
    for role in mingda_web mingda_sign mingda_owner; do no "the maker of copies takes $role" psql_as mingda-pdf $role; done
    no "the front door reads the master key" by www-data cat "$SITE/keys/web/master.key"
    no "the front door takes a role" psql_as www-data mingda_web
    no "strangers reach the workers' socket" by nobody ls "$SITE/run/web"
    no "strangers read the password" by nobody cat "$SITE/password"
    for process in web clock sign; do
        same "user of $process" "$(stat -c %U "/proc/$(site_pid $process)")" "mingda-$process"
    done
    same 'user of nginx' "$(stat -c %U "/proc/$(site_pid nginx)")" www-data
fi

# The database stops while the site runs: 503 with a reason, then all is well again without a hand on the program.
announce 'DATABASE|STORE|database|connection|db-'
web=$(site_pid web)
pg() { if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=postgres --regid="$(id -g postgres)" --clear-groups "$@"); else "$@"; fi; }
pg /usr/lib/postgresql/15/bin/pg_ctl -s -w -m immediate stop -D "$SITE/cluster" >/dev/null 2>&1
ok 'without a database: 503' within 10 unhealthy
ok 'the reason is said' grep -q DATABASE <(curl -s -H 'Accept: application/json' "$MINGDA_BASE/healthz")
same 'static files stay' "$(status "$MINGDA_BASE/static/${css#./}")" 200
site_restart
ok 'with it again: 200' within 10 healthy
healthy || cat "$SITE.log"
same 'the program was not started anew' "$(site_pid web)" "$web"

# The program dies altogether: nginx says so in a page of its own, and ./run brings it back.
kill -9 -- "-$web" 2>/dev/null || kill -9 "$web"
sleep 0.5
h=$(head_of "$MINGDA_BASE/track")
ok 'without the program: 503' grep -q '^HTTP/1.1 503' <<<"$h"
ok 'without the program: when to come again' grep -q '^Retry-After: ' <<<"$h"
ok 'without the program: for people' grep -q '系统暂时无法办理' <(curl -s "$MINGDA_BASE/track")
ok 'without the program: for programs' grep -q '"status": *503' <(curl -s -H 'Accept: application/json' "$MINGDA_BASE/track")
site_restart
ok 'the program is back' within 10 healthy

# ./run again changes nothing.
before=$(cat "$SITE"/run/pid/*; cat "$SITE/password"; sha256sum "$SITE"/keys/*/* "$SITE"/settings/*)
site_restart
after=$(cat "$SITE"/run/pid/*; cat "$SITE/password"; sha256sum "$SITE"/keys/*/* "$SITE"/settings/*)
same 'a second ./run changes nothing' "$after" "$before"
ok 'status says that it runs' site_run status

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
