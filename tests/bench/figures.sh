# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# The figures of packaging/bench: what ran how long (table `runs`), what is told of it (table `figures`, in the
# order it was told), and what went wrong. It all stands in figures.db of the box.

faults=()

die() {
  local status="$1"
  shift
  printf 'packaging/bench: %s\n' "$@" >&2
  exit "$status"
}

say() {
  printf '[%4d s] %s\n' "$SECONDS" "$*"
}

# fault TEXT: something did not do what it should; the rest is measured all the same.
fault() {
  faults+=("$1")
  say "fault: $1"
}

end_with_faults() {
  ((${#faults[@]} == 0)) || die 1 "${faults[@]}"
}

# sql STATEMENTS: on the figures.
sql() {
  sqlite3 -bail "$box/figures.db" "$1" || die 1 "the figures cannot be reckoned"
}

begin_figures() {
  sql "
    CREATE TABLE runs(name TEXT NOT NULL, ms REAL NOT NULL, status INTEGER);
    CREATE TABLE figures(title TEXT NOT NULL, sense TEXT, goal REAL, value, shown TEXT NOT NULL,
      p50 REAL, p99 REAL);
    CREATE TABLE steps(mode TEXT NOT NULL, run INTEGER NOT NULL, step TEXT NOT NULL, us REAL NOT NULL);
    CREATE VIEW stats AS
      WITH ranked AS (
        SELECT name, ms, row_number() OVER (PARTITION BY name ORDER BY ms) AS rank,
          count(*) OVER (PARTITION BY name) AS n
        FROM runs)
      SELECT name, max(ms) FILTER (WHERE rank <= (n + 1) / 2) AS p50,
        max(ms) FILTER (WHERE rank <= (n * 99 + 99) / 100) AS p99
      FROM ranked GROUP BY name;"
}

# --- runs

# run_command NAME RUNS WARM-UPS PREPARE COMMAND: by hyperfine, in this directory; its times go to `runs`. False
# where PREPARE failed, which finds out whether the run before did what it should. `around` may hold a command that
# runs all that.
around=(env)
run_command() {
  local json="$box/hyperfine.json"
  if ! "${around[@]}" hyperfine --shell=none --style=none --ignore-failure --runs "$2" --warmup "$3" --prepare "$4" \
    --export-json "$json" "$5" >"$box/hyperfine.log" 2>&1; then
    tail -n 5 "$box/hyperfine.log" >&2
    return 1
  fi
  load_hyperfine "$1" "$json"
}

load_hyperfine() {
  sql "
    INSERT INTO runs SELECT '$1', t.value * 1000, s.value
    FROM (SELECT CAST(readfile('$2') AS TEXT) AS text) f,
      json_each(f.text, '\$.results[0].times') t, json_each(f.text, '\$.results[0].exit_codes') s
    WHERE t.key = s.key;"
}

# check_runs NAME STATUS COUNT: so many runs, and each ended with that status.
check_runs() {
  local wrong
  wrong="$(sql "
    SELECT '$1: ' || count(*) || ' runs ended with status ' || coalesce(status, 'none') FROM runs
    WHERE name = '$1' AND status IS NOT $2 GROUP BY status;
    SELECT '$1: ' || count(*) || ' runs were measured, not $3' FROM runs WHERE name = '$1' HAVING count(*) <> $3;")"
  [[ -z "$wrong" ]] || fault "$wrong"
}

# --- figures

# The SQL for a median, or a 99th percentile, of a case in milliseconds.
p50() {
  printf "(SELECT p50 FROM stats WHERE name = '%s')" "$1"
}

p99() {
  printf "(SELECT p99 FROM stats WHERE name = '%s')" "$1"
}

# insert_figure TITLE GOAL VALUE SHOWN CASE: VALUE and SHOWN are SQL, the latter of `value`. GOAL is a sense and a
# number ("<= 2.5"), or empty; CASE may be empty. A line without a value is a bug.
insert_figure() {
  local title="${1//\'/\'\'}" sense="${2%% *}" goal="${2##* }"
  [[ "$(sql "
    INSERT INTO figures
    SELECT '$title', nullif('$sense', ''), nullif('$goal', ''), value, $4, $(p50 "$5"), $(p99 "$5")
    FROM (SELECT $3 AS value) WHERE value IS NOT NULL;
    SELECT changes();")" == 1 ]] || die 1 "no figure for: $1"
}

# tell TITLE GOAL VALUE [CASE]: one line of the table: a ratio, and where it is of a case, that one's times.
tell() {
  insert_figure "$1" "$2" "$3" "printf('%.2f', value)" "${4-}"
}

# tell_count TITLE GOAL COUNT [REMARK]
tell_count() {
  insert_figure "$1" "$2" "$3" "printf('%d', value) || '${4-}'" ""
}

# tell_over TITLE GOAL CASE BASE: the ratio of the medians.
tell_over() {
  tell "$1" "$2" "$(p50 "$3") / $(p50 "$4")" "$3"
}

# tell_time TITLE CASE: what others are compared with.
tell_time() {
  insert_figure "$1" "" "$(p50 "$2")" "''" "$2"
}

# tell_nothing TITLE GOAL WHY
tell_nothing() {
  say "not measured: $1: $3"
  insert_figure "$1" "$2" "''" "'not measured: $3'" ""
}

print_figures() {
  sqlite3 -bail -cmd '.mode markdown --wrap 0' "$box/figures.db" "
    SELECT title AS 'case', coalesce(sense || ' ' || printf('%g', goal), '') AS goal, shown AS figure,
      iif(p50 IS NULL, '', printf('%.3f', p50)) AS 'p50 ms', iif(p99 IS NULL, '', printf('%.3f', p99)) AS 'p99 ms',
      CASE WHEN goal IS NULL OR value = '' THEN ''
        WHEN CASE sense WHEN '<=' THEN value <= goal WHEN '>=' THEN value >= goal ELSE value = goal END
        THEN 'met' ELSE 'missed' END AS ''
    FROM figures ORDER BY rowid"
}
