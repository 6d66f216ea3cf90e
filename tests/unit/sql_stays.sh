# No SQL text outside sql/ (tests, which try what the program must not do, aside): a literal that begins like a statement.
cd "$MINGDA_SOURCE" || exit 1
found=$(grep -rnE --include='*.c' --include='*.h' \
    '"[[:space:]]*(SELECT|INSERT INTO|UPDATE [a-z_.]+ SET|DELETE FROM|WITH [a-z_]+ AS|CREATE (TABLE|ROLE|FUNCTION)|ALTER (TABLE|ROLE)|SET (LOCAL|ROLE|SESSION)|TRUNCATE|GRANT|BEGIN|COMMIT|ROLLBACK)\b' \
    base workflow templates fcgi-app)
libpq=$(grep -rln --include='*.c' --include='*.h' 'PQexec\|PQsendQuery\|PQprepare' base workflow templates fcgi-app)
[ -z "$found$libpq" ] && echo "no SQL outside sql/" && exit 0
printf 'SQL outside sql/:\n%s\n%s\n' "$found" "$libpq" >&2
exit 1
