#!/bin/bash
# Pages and transitions beside a bare FastCGI and libpq program that sends the same statements (bare.c), in turn, on the same
# database behind the same nginx; then the same with more dossiers, open and closed, for what must not grow.
#   BENCH_SECONDS=4 BENCH_DOSSIERS=10000 BENCH_CLOSED=100000
set -eu
. "$MINGDA_SOURCE/tests/browser/site.sh"
here=$MINGDA_SOURCE/tests/bench
MINGDA_WORKERS=4 MINGDA_UNSAFE_FAST_DATABASE= site_start
work=$SITE/bench
mkdir "$work"
read -ra with < <(pkg-config --cflags --libs fcgi libpq talloc jansson libsodium)
cc -O2 -D_GNU_SOURCE "$here/load.c" -o "$work/load" -pthread
cc -O2 -D_GNU_SOURCE -I"$MINGDA_BUILD/generated" -I"$MINGDA_SOURCE/base" -I"$MINGDA_SOURCE/sql" "$here/bare.c" \
    "$MINGDA_BUILD/libsql.a" "$MINGDA_BUILD/libbase.a" "${with[@]}" $(pkg-config --libs libutf8proc inih) -o "$work/bare"

# Letters are sealed and wakes raised by others, who would take their part of the machine.
kill "$(site_pid clock)" "$(site_pid sign)"

# The bare program behind the same nginx, on a port of its own.
bare_port=$(site_free_port)
"$work/bare" "$work/bare.sock" 4 "host=$SITE/run/db dbname=mingda user=mingda_web options=-csearch_path=mingda" &
bare=$!
trap 'status=$?; kill "$bare" 2>/dev/null; site_end $status' EXIT
chmod 755 "$work"
awk -v port="$bare_port" -v socket="$work/bare.sock" '
    /^    server \{/ { print "    server { listen 127.0.0.1:" port "; location / { fastcgi_pass unix:" socket ";"
        print "        fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_LENGTH $content_length;"
        print "        fastcgi_param CONTENT_TYPE $content_type; fastcgi_buffers 32 16k; fastcgi_buffer_size 16k; } }" }
    { print }' "$SITE/settings/nginx.conf" >"$work/nginx.conf"
cat "$work/nginx.conf" >"$SITE/settings/nginx.conf"
kill -HUP "$(site_pid nginx)"
until curl -so /dev/null "http://127.0.0.1:$bare_port/"; do sleep 0.1; done

node "$here/beside.mjs" "$SITE_PORT" "$bare_port" "$work" "${BENCH_DOSSIERS:-10000}" \
    "${BENCH_CLOSED:-100000}" "${BENCH_SECONDS:-4}"
