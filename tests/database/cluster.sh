# cluster.sh - a private, throw-away PostgreSQL 15 for one test. Source it; then:
#   cluster_start            starts it and exports PGHOST PGPORT PGUSER PGDATABASE (superuser of the cluster) and CONNINFO
#   cluster_owns FOLDER      gives a folder to the server's user
#   conninfo_of ROLE         prints a connection string for that role
#   cluster_server_stop MODE, cluster_server_start   the server alone, between
#   cluster_stop             stops and removes it; also done when the shell ends
# Durability is off: the cluster does not outlive the test. Root cannot run PostgreSQL, so root runs it as another user.

CLUSTER_BIN=${CLUSTER_BIN:-/usr/lib/postgresql/15/bin}
CLUSTER_DIR=

cluster_as() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    else
        local user=postgres
        id -u postgres >/dev/null 2>&1 || user=nobody
        setpriv --reuid="$(id -u $user)" --regid="$(id -g $user)" --clear-groups env HOME=/ "$@"
    fi
}

cluster_start() {
    CLUSTER_DIR=$(mktemp -d /tmp/mdt.XXXXXX) # short: a Unix socket path ends at 107 bytes
    trap cluster_stop EXIT
    if [ "$(id -u)" -eq 0 ]; then
        local user=postgres
        id -u postgres >/dev/null 2>&1 || user=nobody
        chown "$user" "$CLUSTER_DIR"
    fi
    (cd / && cluster_as "$CLUSTER_BIN/initdb" -D "$CLUSTER_DIR/data" -U mingda_admin -A trust -E UTF8 --locale=C.UTF-8 \
        --no-sync --no-instructions >"$CLUSTER_DIR.log" 2>&1) || { cat "$CLUSTER_DIR.log" >&2; return 1; }
    cluster_server_start || { cat "$CLUSTER_DIR.log" "$CLUSTER_DIR/data/log" >&2; return 1; }
    chmod 0755 "$CLUSTER_DIR" # other users' processes must reach the socket
    export PGHOST=$CLUSTER_DIR PGPORT=5432 PGUSER=mingda_admin PGDATABASE=mingda
    createdb -T template0 -E UTF8 mingda || return 1
    CONNINFO=$(conninfo_of mingda_admin)
    export CONNINFO
}

# The server alone: for tests that stop it under the program's feet and start it again.
cluster_server_start() {
    (cd / && cluster_as "$CLUSTER_BIN/pg_ctl" -D "$CLUSTER_DIR/data" -w -t 60 -l "$CLUSTER_DIR/data/log" -o \
        "-c listen_addresses='' -k $CLUSTER_DIR -c unix_socket_permissions=0777 -c fsync=off -c full_page_writes=off
         -c synchronous_commit=off -c shared_buffers=32MB -c max_connections=40 -c autovacuum=off" start \
        >>"$CLUSTER_DIR.log" 2>&1)
}

cluster_server_stop() { # MODE: fast, immediate
    (cd / && cluster_as "$CLUSTER_BIN/pg_ctl" -D "$CLUSTER_DIR/data" -m "$1" -w stop >>"$CLUSTER_DIR.log" 2>&1)
}

cluster_owns() { # FOLDER: it becomes the server's
    local user=postgres
    [ "$(id -u)" -eq 0 ] || return 0
    id -u postgres >/dev/null 2>&1 || user=nobody
    chown "$user" "$1"
}

conninfo_of() {
    printf "host='%s' port=5432 dbname=mingda user=%s" "$CLUSTER_DIR" "$1"
}

cluster_stop() {
    [ -n "$CLUSTER_DIR" ] || return 0
    cluster_server_stop immediate
    rm -rf "$CLUSTER_DIR" "$CLUSTER_DIR.log"
    CLUSTER_DIR=
}
