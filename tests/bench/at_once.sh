# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# Many processes at once (tests/bench/at_once.cpp): 256 that are denied, 64 that are granted, each with a file of its
# own; and as many bare rm. The vault has 1,000 grants.

lost_rows=0

measure_at_once() {
  local cases=(bare-256 denied-256 denied-256-kept bare-64 granted-64 granted-64-kept) name
  say "at once: $crowd_rounds rounds of ${#cases[@]} crowds, and one before that is not counted"
  for name in "${cases[@]}"; do measure_crowd "$name" warm-up; done
  local rounds="$crowd_rounds"
  measure_in_rounds measure_crowd "${cases[@]}"
  tell_at_once
}

# measure_crowd CASE [warm-up]: one round of it, and whether the log has all of it.
measure_crowd() {
  local count="${1#*-}" directory=granted status=0 after=gone command=("$safe_rm") rows lost=0
  count="${count%-kept}"
  case "$1" in
    bare-*) command=(/bin/rm) ;;
    denied-*) directory=denied status=1 after=there ;;
  esac
  [[ "$1" != *-kept ]] || start_keeper few
  rows="$(count_entries few)"
  (cd "$box/work/$directory" && PVM_HOME="$box/few" "$tools/at_once" "$count" 1 "$status" "$after" "${command[@]}") \
    >"$box/crowd.tsv" 2>"$box/crowd.err" || fault "$1: $(cat "$box/crowd.err")"
  check_entries "$1" few "$count" "$rows"
  lost_rows=$((lost_rows + lost))
  stop_keeper
  [[ -n "${2-}" ]] || load_crowd "$1"
  # What a fault left there is not to be in the way of the next.
  if [[ "$directory" == granted ]]; then /bin/rm -f -- "$box/work/granted/victim-"*; fi
}

# Times of single processes are runs of CASE; those of whole rounds, of "CASE round".
load_crowd() {
  awk -v name="$1" -v OFS='\t' '
    $1 == "one" { print name, $3, $4 }
    $1 == "round" { print name " round", $3, 0 }' "$box/crowd.tsv" >"$box/crowd_runs.tsv"
  sqlite3 -bail -cmd '.mode tabs' "$box/figures.db" ".import '$box/crowd_runs.tsv' runs"
}

# tell_rate TITLE GOAL CASE BASE: of medians; as many processes in a round of each.
tell_rate() {
  tell "$1" "$2" "$(p50 "$4 round") / $(p50 "$3 round")" "$3 round"
}

tell_at_once() {
  tell_time "256 rm at once, all of them" "bare-256 round"
  tell_rate "256 denied at once, rate over rm" ">= 0.9" denied-256 bare-256
  tell_rate "256 denied at once, keeper, rate over rm" "" denied-256-kept bare-256
  tell_time "256 rm at once, each" bare-256
  tell "256 denied at once, p99/p50 of each, over that of rm" "<= 1.3" "$(spread_over denied-256 bare-256)" denied-256
  tell "the same, keeper" "" "$(spread_over denied-256-kept bare-256)" denied-256-kept
  tell_time "64 rm at once, all of them" "bare-64 round"
  tell_rate "64 granted at once, rate over rm" ">= 0.55" granted-64 bare-64
  tell_rate "64 granted at once, keeper, rate over rm" "" granted-64-kept bare-64
  tell_count "audit rows lost by all of these" "= 0" "$lost_rows"
}

spread_over() {
  printf '(%s / %s) / (%s / %s)' "$(p99 "$1")" "$(p50 "$1")" "$(p99 "$2")" "$(p50 "$2")"
}
