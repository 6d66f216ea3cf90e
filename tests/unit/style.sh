#!/bin/bash
# What the plan of the house asks of the source and a program can check. Each finding is printed with file and line.
set -u
shopt -s lastpipe # `… | rule NAME` counts in this shell
cd "${MINGDA_SOURCE:?}" || exit 1
failed=0 passed=0

tracked() { # tracked PATTERN...: files of the project
    if [ -d .git ]; then
        git -c safe.directory='*' ls-files -- "$@"
    else
        local pattern
        for pattern in "$@"; do find . -path ./build -prune -o -path ./var -prune -o -name node_modules -prune -o -type f -path "./$pattern" -print; done |
            sed 's#^\./##'
    fi | while read -r file; do [ -e "$file" ] && printf '%s\n' "$file"; done
}
# rule NAME: what is read from standard input breaks it.
rule() {
    local found
    found=$(cat)
    if [ -n "$found" ]; then
        printf 'FAILED %s\n%s\n' "$1" "$found"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

mapfile -t sources < <(tracked '*.c' '*.h')
[ "${#sources[@]}" -gt 20 ] || { echo 'no sources were found'; exit 1; }
of() { printf '%s\n' "${sources[@]}" | grep -E "^($1)/"; } # sources of these rooms

clang-format --dry-run -Werror "${sources[@]}" 2>&1 | grep -E 'error:' |
    sort -t: -k1,1 -u | rule 'layout: clang-format -i FILE'

# A statement in a string outside sql/. Words of messages are not in capitals.
of 'base|workflow|templates|fcgi-app' | xargs grep -nE \
    '"[^"]*\b(SELECT [^"]|INSERT INTO|UPDATE [a-z_.]+ SET|DELETE FROM|CREATE (TABLE|ROLE|FUNCTION)|ALTER (TABLE|ROLE)|SET LOCAL|LISTEN |NOTIFY )' |
    rule 'SQL text leaves sql/'
of 'base|workflow|templates|fcgi-app' | xargs grep -nE '#include <libpq-fe\.h>|\bPQexec' | grep -v '^fcgi-app/configuration\.c:' |
    rule 'libpq is used outside sql/'

of 'base|workflow|sql|templates|fcgi-app' | xargs grep -nE \
    '"[^"]*</?(html|head|body|div|span|p|form|input|button|select|option|table|tr|td|th|ul|ol|li|h[1-6]|main|section|nav|script|style|br|img|label|a)[ />]' |
    rule 'HTML is printed from C'

# The law does no I/O, reads no clock and no environment: it is handed bytes and days. (read, write and open cannot be
# called without the headers that the next rule refuses.)
of workflow | xargs grep -nE \
    '\b(time|gettimeofday|clock_gettime|timespec_get|getenv|secure_getenv|setlocale|fopen|freopen|fdopen|printf|puts|fputs|fwrite|system|popen|fork|socket|rand|random|getrandom|xmlReadFile|xmlParseFile|xmlCtxtReadFile)\(' |
    grep -vE '^[^:]+:[0-9]+: *(/\*|\*|//)' | rule 'workflow/ does I/O or reads the time'
of workflow | xargs grep -nE '#include <(time|unistd|fcntl|sys/(stat|time|socket)|zip|fcgiapp|libpq-fe)\.h>' | rule 'workflow/ includes what it must not know'

# The engine knows the words of the extension, never the events of an edition.
of 'fcgi-app/http' | xargs grep -nE '"(extension-granted|consultation-sent|secrecy-decided|correction-notified)"' |
    rule 'fcgi-app/http knows an event of an edition'

# Rooms: who includes a header that is in another room only.
for room in base workflow templates sql; do
    of "$room" | while read -r file; do
        grep -noE '^#include "[^"]+"' "$file" | while IFS=: read -r line include; do
            header=${include#*\"}
            header=${header%\"}
            [ -e "$room/$header" ] || [ -e "$(dirname "$file")/$header" ] || [ -e "base/$header" ] && continue
            [ "$room" = sql ] && [ "$header" = queries.h ] && continue
            printf '%s:%s: %s\n' "$file" "$line" "$include"
        done
    done
done | rule 'a room looks into another'

# Every header says once that it is itself, and every one compiles alone (the compiler sees them through their own .c).
of 'base|workflow|templates|sql|fcgi-app' | grep '\.h$' | while read -r file; do
    grep -qE '^#ifndef MINGDA_[A-Z0-9_]+_H|^#pragma once' "$file" || printf '%s\n' "$file"
done | rule 'a header without a guard'

tracked '*.c' '*.h' '*.sh' '*.sql' '*.xml' '*.scxml' '*.md' | grep -v '^tests/corpora/' | xargs -r grep -nE \
    '\b(TODO|FIXME|XXX|HACK)\b' | grep -v '^tests/unit/style\.sh:' | rule 'something is left to do'

tracked '*.xml' '*.scxml' '*.rng' | grep -v '^tests/corpora/' | xargs -r xmllint --noout --nonet 2>&1 | rule 'XML that is not well-formed'

for script in run .ci/run $(tracked '*.sh'); do bash -n "$script" 2>&1; done | rule 'a script that does not parse'

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
