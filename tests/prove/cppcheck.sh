#!/bin/bash
# cppcheck over all C of ours; a finding fails. What it cannot know of is said here for all, or beside the line it is about.
set -eu
cd "${MINGDA_SOURCE:?}"
work=$(mktemp -d /tmp/mdcpp.XXXXXX)
trap 'rm -rf "$work"' EXIT
# Macros of a library whose header it does not read; and a mistake, to see that it looks at all with these settings.
cat >"$work/known.h" <<'C'
#define json_array_foreach(array, index, value) for (index = 0; (value = json_array_get(array, index)); index++)
#define json_object_foreach(object, key, value) for (key = json_object_iter_key(object); key && (value = json_object_get(object, key)); key = 0)
C
printf 'int outside(void);\nint outside(void)\n{\n    int few[3] = {0};\n    return few[7];\n}\n' >"$work/wrong.c"
settings=(
    --std=c11 --language=c --library=posix --library=gnu --enable=warning,performance,portability --inline-suppr
    --error-exitcode=1 --quiet --template='{file}:{line}: {severity}: {id}: {message}' --include="$work/known.h"
    -D_GNU_SOURCE '-DMINGDA_SOURCE=""' '-DMINGDA_VERSION=""' '-DMINGDA_BINARY=""'
    --suppress=varFuncNullUB                           # glibc's NULL is a pointer, also behind `...`
    --suppress=readdirCalled --suppress=getgrnamCalled # no process of ours has two threads
    # It takes a loop's condition on another variable for a doubt about a pointer.
    --suppress=nullPointerRedundantCheck:templates/page_compile.c --suppress=nullPointerRedundantCheck:templates/page_names.c
    --suppress=resourceLeak                            # it does not know the attribute cleanup; LeakSanitizer does
)
for folder in base workflow templates sql fcgi-app fcgi-app/commands fcgi-app/http fcgi-app/office; do settings+=("-I$folder"); done
if cppcheck "${settings[@]}" "$work/wrong.c" 2>"$work/said" || ! grep -q arrayIndexOutOfBounds "$work/said"; then
    echo "cppcheck does not find the mistake it was given:"
    cat "$work/said"
    exit 1
fi
ours=(base workflow templates sql fcgi-app tests/bench/*.c tests/fuzz/*.c)
cppcheck -j "$(nproc)" "${settings[@]}" "${ours[@]}"
echo "cppcheck: no findings in $(find "${ours[@]}" -name '*.c' | wc -l) files"
