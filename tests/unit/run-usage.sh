#!/bin/bash
# What ./run says when it is used wrongly or cannot work: one clear sentence, the right exit status, nothing half-made.
set -u
cd "${MINGDA_SOURCE:?}" || exit 1
here=$(mktemp -d)
failed=0 passed=0
trap 'exec 3>&-; [ -z "${listener:-}" ] || kill "$listener" 2>/dev/null; umount "$here/small" 2>/dev/null; rm -rf "$here"' EXIT

check() { # check NAME EXPECTED-STATUS PATTERN COMMAND...
    local name=$1 want=$2 pattern=$3 status
    shift 3
    "$@" >"$here/out" 2>&1 </dev/null
    status=$?
    if [ "$status" = "$want" ] && grep -qE -- "$pattern" "$here/out"; then
        passed=$((passed + 1))
    else
        printf 'FAILED %s: status %s (wanted %s), said:\n' "$name" "$status" "$want"
        cat "$here/out"
        failed=$((failed + 1))
    fi
}
nothing_at() {
    if [ -e "$1" ]; then
        printf 'FAILED: %s was made all the same\n' "$1"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}
run() { env MINGDA_STATE="$here/site" MINGDA_BUILD="${MINGDA_BUILD:?}" MINGDA_DATABASE='' "${with[@]}" bash ./run "$@"; }

with=(MINGDA_PORT=18080)
check 'unknown command' 2 '^usage: ./run' run fly
check 'help' 2 'MINGDA_DATABASE' run help
check 'too many words' 2 '^usage' run stop now
check 'status of nothing' 1 'Nothing has been made here' run status
check 'stop of nothing' 0 'Nothing runs here' run stop
check 'reset of nothing' 0 'nothing to reset' run reset --yes
with=(MINGDA_PORT=80x)
check 'port that is none' 1 'MINGDA_PORT is no port' run
with=(MINGDA_PORT=80)
check 'privileged port' 1 'between 1024 and 65535' run
nothing_at "$here/site"

# A busy port.
node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => console.log(s.address().port))' >"$here/port" &
listener=$!
for _ in $(seq 100); do [ -s "$here/port" ] && break; sleep 0.05; done
with=("MINGDA_PORT=$(<"$here/port")")
check 'busy port' 1 'is taken by another program; stop that one, or choose another port' run
nothing_at "$here/site"

# A folder that is somebody else's.
with=(MINGDA_PORT=18080)
mkdir "$here/site"
echo mine >"$here/site/thesis.txt"
check 'folder of somebody else' 1 'is not Mingda.s' run
check 'reset of a folder of somebody else' 0 'nothing to reset' run reset --yes
[ "$(<"$here/site/thesis.txt")" = mine ] && passed=$((passed + 1)) || { echo 'FAILED: it touched the file'; failed=$((failed + 1)); }
rm -r "$here/site"

# reset asks, and without a terminal does nothing.
mkdir "$here/site"
echo x >"$here/site/.mingda"
check 'reset without an answer' 1 'reset --yes' run reset
[ -e "$here/site/.mingda" ] && passed=$((passed + 1)) || { echo 'FAILED: reset did not wait for an answer'; failed=$((failed + 1)); }
rm -r "$here/site"

# No right to the folder (root has every right, so root asks as somebody else).
mkdir -m 755 "$here/closed"
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$here"
    cp run "$here/run"
    check 'no right' 1 'cannot be made or written to: no right' \
        setpriv --reuid=nobody --regid=nogroup --clear-groups env MINGDA_STATE="$here/closed/site" MINGDA_BUILD=/nonexistent \
        MINGDA_PORT=18080 bash "$here/run"
else
    chmod 555 "$here/closed"
    check 'no right' 1 'cannot be made or written to: no right' env MINGDA_STATE="$here/closed/site" \
        MINGDA_BUILD="$MINGDA_BUILD" MINGDA_PORT=18080 bash ./run
fi
nothing_at "$here/closed/site"

# A full disk, where a small one can be mounted.
mkdir "$here/small"
if mount -t tmpfs -o size=4m,mode=755 none "$here/small" 2>/dev/null; then
    with=(MINGDA_PORT=18080 "MINGDA_STATE=$here/small/site")
    check 'full disk' 1 'is full; make room' run
    [ ! -e "$here/small/site/cluster" ] && passed=$((passed + 1)) || { echo 'FAILED: a cluster on a full disk'; failed=$((failed + 1)); }
fi

# Packages are missing and there is no network; then no right to install them.
mkdir "$here/bin"
printf '#!/bin/sh\nexit 1\n' >"$here/bin/dpkg-query"
printf '#!/bin/sh\necho "Err:1 Could not resolve host" >&2\nexit 100\n' >"$here/bin/apt-get"
printf '#!/bin/sh\nexit 1\n' >"$here/bin/sudo"
chmod 755 "$here"/bin/*
with=(MINGDA_PORT=18080 MINGDA_BUILD= "PATH=$here/bin:$PATH")
if [ "$(id -u)" = 0 ]; then
    check 'no network' 1 'cannot be fetched: is there a network' run
    nothing_at "$here/site"
    check 'no right to install' 1 'may not use sudo; as root: apt-get install gcc' \
        setpriv --reuid=nobody --regid=nogroup --clear-groups env PATH="$here/bin:$PATH" MINGDA_STATE="$here/site" MINGDA_BUILD= \
        MINGDA_PORT=18080 bash "$here/run"
else
    check 'no right to install' 1 'may not use sudo; as root: apt-get install gcc' run
fi
nothing_at "$here/site"

# A server that does not answer.
with=(MINGDA_PORT=18080 "MINGDA_DATABASE=host=$here/nowhere dbname=x connect_timeout=3")
check 'database elsewhere does not answer' 1 'The database of MINGDA_DATABASE does not answer' run

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
