# mingda migrate: the register of migrations, who may, and what a failure leaves behind.
set -u
. "$(dirname "$0")/cluster.sh"
cluster_start || exit 1
share=$(mktemp -d)
trap 'cluster_stop; rm -rf "$share"' EXIT
mkdir -p "$share/sql"
cp -r "$MINGDA_SOURCE/sql/migrations" "$share/sql/"
export MINGDA_SHARE=$share
failed=0
bad() { echo "FAILED: $*" >&2; failed=$((failed + 1)); }

# migrate_says STATUS TEXT ROLE: the exit status, and a part of what is printed
migrate_says() {
    said=$(MINGDA_DATABASE=$(conninfo_of "$3") "$MINGDA" migrate 2>&1)
    got=$?
    [ "$got" -eq "$1" ] || bad "status $got, not $1: $said"
    case $said in *"$2"*) ;; *) bad "said “$said”, not “$2”" ;; esac
}
asks() { psql -qAtc "$1"; }
first=$(basename "$(ls "$share/sql/migrations"/*.sql | head -1)")

psql -qc 'CREATE ROLE nobody_in_particular LOGIN'
migrate_says 1 ROLES_MISSING nobody_in_particular
[ "$(asks "SELECT count(*) FROM pg_namespace WHERE nspname = 'mingda'")" = 0 ] || bad "something was made"

# two at once: one applies, the other finds it done
(MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate >"$share/one" 2>&1) &
MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate >"$share/two" 2>&1 || bad "the second: $(cat "$share/two")"
wait $! || bad "the first: $(cat "$share/one")"
[ "$(cat "$share/one" "$share/two" | grep -c "$first")" = 1 ] || bad "applied by both or by none"

migrate_says 0 '"applied": []' mingda_admin
migrate_says 0 '"applied": []' mingda_owner
migrate_says 1 ROLES_MISSING mingda_web
[ "$(asks "SELECT count(*) FROM pg_class WHERE relnamespace = 'mingda'::regnamespace AND relowner <> 'mingda_owner'::regrole")" = 0 ] ||
    bad "something does not belong to the owner"
[ "$(asks "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = 'mingda_web'")" = f ] ||
    bad "mingda_web has rights of the cluster"

# a second file is applied, once; one that fails leaves nothing of itself
echo 'CREATE TABLE mingda.second (x integer);' >"$share/sql/migrations/9001-second.sql"
migrate_says 0 '"applied": ["9001-second.sql"]' mingda_owner
printf 'CREATE TABLE mingda.third (x integer);\n-- 中文注释\nCREATE TABEL mingda.fourth (x integer);\n' \
    >"$share/sql/migrations/9002-third.sql"
migrate_says 1 'MIGRATION_FAILED: 9002-third.sql:3:' mingda_owner
[ "$(asks "SELECT count(*) FROM pg_class WHERE relname = 'third'")" = 0 ] || bad "half a migration stayed"
rm "$share/sql/migrations/9002-third.sql"
migrate_says 0 '"applied": []' mingda_owner

# what was applied must not change, go, or be overtaken
echo '-- changed' >>"$share/sql/migrations/9001-second.sql"
migrate_says 1 'MIGRATION_CHANGED: 9001-second.sql' mingda_owner
rm "$share/sql/migrations/9001-second.sql"
migrate_says 1 'MIGRATION_MISSING: 9001-second.sql' mingda_owner
echo 'CREATE TABLE mingda.early (x integer);' >"$share/sql/migrations/0000-early.sql"
migrate_says 1 MIGRATION_MISSING mingda_owner

# no server, wrong usage
said=$(MINGDA_DATABASE="host=/nonexistent dbname=x user=x" "$MINGDA" migrate 2>&1) && bad "migrated nowhere"
case $said in *DATABASE_AWAY*) ;; *) bad "said “$said”" ;; esac
"$MINGDA" migrate --now >/dev/null 2>&1
[ $? -eq 2 ] || bad "wrong usage is not told"
echo "$failed failures"
[ "$failed" -eq 0 ]
