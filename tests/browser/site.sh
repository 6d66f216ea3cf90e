# site.sh - a whole private site for one test: cluster, demonstration data, web, clock, sign and nginx on a free loopback
# port, in a temporary folder, by the same ./run that a newcomer types. Source it; then:
#   site_start        starts it; exports MINGDA_BASE (http://127.0.0.1:PORT), MINGDA_PASSWORD (of the demonstration
#                     accounts), MINGDA_AUTHORITY (certificate to trust), SITE (the folder; logs in $SITE/log)
#   site_sql SQL      runs SQL as the cluster's superuser, one line per row, columns separated by |
#   site_pid NAME     process id of web, clock, sign, nginx or database
#   site_restart      ./run once more: brings back what was killed
#   announce PATTERN  says that error lines with this (extended) pattern are expected in the logs
#   site_stop         stops it and fails when a log holds an error that was not announced; also done when the shell ends
# Before site_start: MINGDA_EMPTY=1 leaves the demonstration data out; MINGDA_RATE=30r/m sets nginx's limits to those of a
# real site (a test's journeys sign in more often than people do); MINGDA_ATTEMPTS likewise the program's own;
# MINGDA_PDF=yes has LibreOffice make copies of letters (without it there is less to wait for);
# MINGDA_INTERVAL=1 lets clock and sign look every second instead of every two.

SITE=
SITE_SETTINGS=()
SITE_ANNOUNCED=()
SITE_SOURCE=${MINGDA_SOURCE:?the source folder}

site_free_port() { # the kernel names one that is free; another program could take it before nginx does: then we ask again
    node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}
site_run() { env "${SITE_SETTINGS[@]}" bash "$SITE_SOURCE/run" "$@"; }
site_start() {
    local try
    SITE=$(mktemp -d /tmp/mds.XXXXXX) # short: a Unix socket path ends at 107 bytes
    chmod 755 "$SITE"
    trap 'site_end $?' EXIT
    for try in 1 2 3; do
        SITE_PORT=$(site_free_port)
        # Kept for all later ./run of this site: other settings would be a reason to start its processes anew.
        SITE_SETTINGS=("MINGDA_STATE=$SITE" "MINGDA_PORT=$SITE_PORT" "MINGDA_BUILD=${MINGDA_BUILD:?the build folder}"
            "MINGDA_RATE=${MINGDA_RATE:-20000r/s}" "MINGDA_ATTEMPTS=${MINGDA_ATTEMPTS:-1000}" "MINGDA_EMPTY=${MINGDA_EMPTY:-}"
            "MINGDA_TODAY=${MINGDA_TODAY:-2026-03-30}" "MINGDA_PDF=${MINGDA_PDF:-no}"
            "MINGDA_WORKERS=${MINGDA_WORKERS:-2}" MINGDA_SHARED_BUFFERS=32MB MINGDA_DATABASE=
            "MINGDA_UNSAFE_FAST_DATABASE=${MINGDA_UNSAFE_FAST_DATABASE-1}")
        site_run start >"$SITE.log" 2>&1 && break
        grep -q 'is taken by another program' "$SITE.log" && [ "$try" != 3 ] && continue
        cat "$SITE.log" >&2
        tail -n 20 "$SITE"/log/*.log >&2
        return 1
    done
    export SITE MINGDA_BASE=http://127.0.0.1:$SITE_PORT MINGDA_AUTHORITY=$SITE/demonstration-authority.crt
    MINGDA_PASSWORD=$(<"$SITE/password")
    export MINGDA_PASSWORD
}
site_restart() { site_run start >"$SITE.log" 2>&1 || { cat "$SITE.log" >&2; return 1; }; }
site_sql() {
    local as=()
    [ "$(id -u)" != 0 ] || as=(setpriv --reuid=postgres --regid="$(id -g postgres)" --clear-groups)
    (cd / && "${as[@]}" /usr/lib/postgresql/15/bin/psql --no-psqlrc -qAt -v ON_ERROR_STOP=1 -h "$SITE/run/db" -U postgres \
        -d mingda -c "$1")
}
site_pid() {
    if [ "$1" = database ]; then head -n 1 "$SITE/cluster/postmaster.pid"; else cut -d' ' -f1 "$SITE/run/pid/$1"; fi
}
announce() { SITE_ANNOUNCED+=("$1"); }
site_errors() { # lines nobody announced: errors of ours (`time error process event …`), a sanitizer's, nginx's worst
    local none='^$' pattern
    pattern=$(IFS='|'; printf %s "${SITE_ANNOUNCED[*]:-$none}")
    grep -hE '^[^ ]+ error |ERROR: (Address|Leak|Undefined)|runtime error:|AddressSanitizer' "$SITE"/log/{web,clock,sign}.log |
        grep -vE "$pattern"
    grep -hE '\[(alert|crit|emerg)\]' "$SITE"/log/nginx/error.log 2>/dev/null |
        grep -vE "$pattern|connect\(\) to unix:[^ ]*web\.sock failed" # the visitor's 503 says that, and tests look at it
}
site_stop() {
    local wrong=0
    [ -n "$SITE" ] || return 0
    [ ! -e "$SITE/.mingda" ] || site_run stop >"$SITE.log" 2>&1 || { cat "$SITE.log" >&2; wrong=1; }
    if [ -d "$SITE/log" ] && site_errors >"$SITE.errors" && [ -s "$SITE.errors" ]; then :; fi
    if [ -s "$SITE.errors" ]; then
        printf 'The logs hold errors that no test announced:\n' >&2
        head -n 40 "$SITE.errors" >&2
        wrong=1
    fi
    if [ -n "${MINGDA_KEEP:-}" ]; then
        printf 'Kept: %s\n' "$SITE" >&2
    else
        rm -rf "$SITE" "$SITE.log" "$SITE.errors"
    fi
    SITE=
    return "$wrong"
}
site_end() {
    local status=$1
    trap - EXIT
    if [ "$status" != 0 ] && [ -d "$SITE/log" ]; then tail -n 15 "$SITE"/log/{web,clock,sign}.log >&2; fi
    site_stop || status=1
    exit "$status"
}
