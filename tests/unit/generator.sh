# The generator of the registry: each malformed file of the corpus is told with file and line, nothing is written, and
# what a good file gives compiles.
set -u
generator=$MINGDA_BUILD/query-generator corpus=$MINGDA_SOURCE/tests/corpora/queries out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0 count=0
bad() { echo "FAILED: $*" >&2; failed=$((failed + 1)); }

for file in "$corpus"/*.says; do
    name=$(basename "$file" .says)
    count=$((count + 1))
    if said=$("$generator" "$out" "$corpus/$name.sql" 2>&1); then bad "$name: was taken"; fi
    case $said in
    *"$corpus/$name.sql:"*"$(cat "$file")"*) ;;
    *) bad "$name: said “$said”, not “$(cat "$file")”" ;;
    esac
    [ -z "$(ls "$out")" ] || bad "$name: something was written"
done

"$generator" "$out" "$corpus/good.sql" || bad "good.sql was refused"
grep -q 'query_dossier_by_ref(struct db \*db, const char \*ref, struct civil day, const int64_t \*n, struct table \*\*out,' \
    "$out/queries.h" || bad "the typed call has other parameters"
grep -q 'query_touch(struct db \*db, TALLOC_CTX \*life);' "$out/queries.h" || bad "the call without result is missing"
cc -std=gnu17 -Wall -Wextra -Werror -I"$out" -I"$MINGDA_SOURCE/base" -I"$MINGDA_SOURCE/sql" -c "$out/queries.c" \
    -o "$out/queries.o" || bad "what good.sql gives does not compile"
"$generator" "$out" /nonexistent.sql 2>/dev/null && bad "a missing file was taken"
"$generator" /nonexistent/folder "$corpus/good.sql" 2>/dev/null && bad "a missing folder was taken"
"$generator" 2>/dev/null
[ $? -eq 2 ] || bad "wrong usage is not told"
echo "$count malformed files, $failed failures"
[ "$failed" -eq 0 ]
