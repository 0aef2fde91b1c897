# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# Functions, inside one process (tests/bench/functions.cpp, Google Benchmark).

measure_functions() {
  local json="$box/functions.json" faulty
  say "functions"
  "$tools/functions" "$box/few" "$box/many" "$box/work/granted" --benchmark_format=json \
    --benchmark_repetitions="$function_runs" --benchmark_enable_random_interleaving=true \
    --benchmark_min_time=0.1 >"$json" 2>"$box/functions.log" || die 1 "$(tail -n 3 "$box/functions.log")"
  # Each repetition is a run; times are of the processor, in nanoseconds.
  sql "
    CREATE TEMP TABLE told AS SELECT b.value AS b FROM (SELECT CAST(readfile('$json') AS TEXT) AS text) f,
      json_each(f.text, '\$.benchmarks') b;
    INSERT INTO runs SELECT 'function ' || json_extract(b, '\$.run_name'), json_extract(b, '\$.cpu_time') / 1e6,
      coalesce(json_extract(b, '\$.error_occurred'), 0)
    FROM told WHERE json_extract(b, '\$.run_type') = 'iteration';"
  faulty="$(sql "SELECT DISTINCT name FROM runs WHERE name LIKE 'function %' AND status <> 0")"
  [[ -z "$faulty" ]] || fault "$faulty: it does not give what it should"
  tell_functions
}

# worst_doubling KIND: SQL for the largest ratio of a hostile pattern's time to that of the one half as long.
worst_doubling() {
  printf "(SELECT max(twice.p50 / once.p50) FROM stats once JOIN stats twice
    ON once.name LIKE 'function %s/%%/1' AND twice.name = substr(once.name, 1, length(once.name) - 1) || '2')" "$1"
}

tell_functions() {
  local kinds
  tell_over "lookup in process, granted, 1,000,000 over 1,000 grants" "<= 1.3" \
    "function lookup/granted/many" "function lookup/granted/few"
  tell_over "lookup in process, denied, 1,000,000 over 1,000 grants" "<= 1.3" \
    "function lookup/denied/many" "function lookup/denied/few"
  kinds="$(sql "SELECT count(*) FROM stats WHERE name LIKE 'function hostile/%/1'")"
  tell "a hostile pattern twice as long, worst of $kinds kinds" "<= 2.3" "$(worst_doubling hostile)"
  tell "the same, and the name twice as long, too" "" "$(worst_doubling both)"
}

# What is not told as a ratio.
print_functions() {
  echo
  sqlite3 -bail -cmd '.mode markdown --wrap 0' "$box/figures.db" "
    SELECT substr(name, 10) AS function, printf('%.3f', p50 * 1000) AS 'p50 us',
      printf('%.3f', p99 * 1000) AS 'worst us'
    FROM stats WHERE name LIKE 'function %' AND name NOT LIKE 'function hostile/%' AND name NOT LIKE 'function both/%'
    ORDER BY name"
}
