# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# Where the time of one granted call goes (tests/bench/profile_rm.cpp), in a vault with 1,000 grants, without and with a
# keeper; and the whole time of a bare rm, in turn with it.

measure_profile() {
  say "profile: twice $profile_runs calls"
  profile_calls alone
  start_keeper few
  profile_calls kept
  stop_keeper
}

# profile_calls MODE: after a few that are not counted.
profile_calls() {
  local tsv="$box/steps-$1.tsv"
  (cd "$box/work/granted" && export PVM_HOME="$box/few" && "$tools/profile_rm" 20 /bin/rm >/dev/null &&
    "$tools/profile_rm" "$profile_runs" /bin/rm >"$tsv") || die 1 "profile: a call did not do what it should"
  awk -v mode="$1" -v OFS='\t' '{ print mode, $0 }' "$tsv" >"$tsv.mode"
  sqlite3 -bail -cmd '.mode tabs' "$box/figures.db" ".import '$tsv.mode' steps"
}

print_profile() {
  sqlite3 -bail -cmd '.mode markdown --wrap 0' "$box/figures.db" "
    WITH ranked AS (
      SELECT mode, step, us, row_number() OVER (PARTITION BY mode, step ORDER BY us) AS rank,
        count(*) OVER (PARTITION BY mode, step) AS n
      FROM steps),
    stats AS (
      SELECT mode, step, max(us) FILTER (WHERE rank <= (n + 1) / 2) AS p50,
        max(us) FILTER (WHERE rank <= (n * 90 + 99) / 100) AS p90
      FROM ranked GROUP BY mode, step),
    shown(place, step, name) AS (
      SELECT min(rowid), step, CASE step WHEN 'whole' THEN 'the whole call' WHEN 'bare' THEN '/bin/rm' ELSE step END
      FROM steps GROUP BY step)
    SELECT name AS step, printf('%.0f', a.p50) AS 'p50 us', printf('%.0f', a.p90) AS 'p90 us',
      printf('%.0f', k.p50) AS 'keeper: p50 us', printf('%.0f', k.p90) AS 'keeper: p90 us'
    FROM shown JOIN stats a USING (step) JOIN stats k USING (step)
    WHERE a.mode = 'alone' AND k.mode = 'kept' ORDER BY place"
}
