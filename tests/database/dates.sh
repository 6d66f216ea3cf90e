# All arithmetic of days against PostgreSQL's: numbers, weeks, months, and working days by the same calendar files.
set -eu
. "$(dirname "$0")/cluster.sh"
cluster_start || exit 1
"$MINGDA_BUILD/tests/test_dates" >"$CLUSTER_DIR/answers.csv"
calendars=$MINGDA_SOURCE/workflow/calendars
psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE answer (what text, day date, n int, answer text);
\\copy answer FROM '$CLUSTER_DIR/answers.csv' (FORMAT csv)
CREATE TABLE layer (day date, kind text, name text);
CREATE TABLE marked (day date PRIMARY KEY, kind text);
\\copy layer FROM '$calendars/cn-2027-provisional.csv' (FORMAT csv, HEADER)
INSERT INTO marked SELECT day, kind FROM layer;
DELETE FROM layer;
\\copy layer FROM '$calendars/cn.csv' (FORMAT csv, HEADER)
INSERT INTO marked SELECT day, kind FROM layer ON CONFLICT (day) DO UPDATE SET kind = excluded.kind;

-- every day, whether it is worked, and how many were until then
CREATE TABLE worked AS
  SELECT d::date AS day, w, sum(w::int) OVER (ORDER BY d) AS until
  FROM (SELECT d, coalesce(kind = 'workday', extract(isodow FROM d) < 6) AS w
        FROM generate_series('2018-06-01', '2029-12-31', interval '1 day') d LEFT JOIN marked ON marked.day = d::date) x;
CREATE UNIQUE INDEX ON worked (day);
CREATE INDEX ON worked (until) WHERE w;
ANALYZE;

CREATE TABLE wanted AS
  SELECT a.*, CASE what
    WHEN 'number' THEN (a.day - date '1970-01-01')::text
    WHEN 'weekday' THEN (extract(isodow FROM a.day) - 1)::int::text
    WHEN 'months' THEN (a.day + make_interval(months => n))::date::text
    WHEN 'days' THEN (a.day + n)::text
    WHEN 'is' THEN w.w::int::text
    WHEN 'add' THEN (SELECT min(x.day) FROM worked x WHERE x.w AND x.until = w.until + a.n)::text
    WHEN 'count' THEN (SELECT x.until - w.until FROM worked x WHERE x.day = a.day + a.n)::text
    WHEN 'roll' THEN CASE WHEN w.w THEN a.day
                          ELSE (SELECT min(x.day) FROM worked x WHERE x.w AND x.until = w.until + 1) END::text
    END AS wanted
  FROM answer a LEFT JOIN worked w ON w.day = a.day;
SQL
psql -qAtX -c "SELECT what, day, n, 'program', answer, 'PostgreSQL', wanted FROM wanted
               WHERE answer IS DISTINCT FROM wanted ORDER BY 1, 2 LIMIT 20" >"$CLUSTER_DIR/wrong"
psql -qAtX -F ' ' -c "SELECT what, count(*) FROM wanted GROUP BY 1 ORDER BY 1"
[ "$(psql -qAtX -c 'SELECT count(*) FROM wanted')" -gt 300000 ] || { echo 'too little was compared'; exit 1; }
[ ! -s "$CLUSTER_DIR/wrong" ] || { cat "$CLUSTER_DIR/wrong"; exit 1; }
echo 'the same days'
