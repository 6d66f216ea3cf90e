# office_site.sh - sourced after cluster.sh: a cluster with the demonstration's office, its people and templates, before the
# first application. The day is that of 20 February 2026 unless OFFICE_DAY, or a connection, says otherwise.
cluster_start || exit 1
OFFICE=$(mktemp -d /tmp/mdoffice.XXXXXX)
trap 'rm -rf "$OFFICE"; cluster_stop' EXIT
head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n' >"$OFFICE/master.key"
printf 'demonstration-password\n' >"$OFFICE/password"
export MINGDA_OFFICE_MASTER_KEY=$OFFICE/master.key OFFICE
psql -q -c "ALTER DATABASE mingda SET mingda.today = '${OFFICE_DAY:-2026-02-20}'" || exit 1
MINGDA_DATABASE=$CONNINFO "$MINGDA" migrate || exit 1
MINGDA_DATABASE=$CONNINFO "$MINGDA" demo --password-file "$OFFICE/password" || exit 1
export MINGDA_DATABASE="host='$PGHOST' port=$PGPORT dbname=mingda"
