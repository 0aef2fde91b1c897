# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# The audit log: verifying it over reading it (tests/bench/read_rows.cpp), and how much memory that takes.

readonly bytes_an_entry=800  # of disk, at most

measure_log() {
  local few=$((log_entries / 100)) round
  check_room
  make_log log-few "$few"
  make_log log-many "$log_entries"
  say "log: $log_rounds runs of each, after one that is not counted"
  read_log
  verify_log log-few "$few"
  verify_log log-many "$log_entries"
  for ((round = 1; round <= log_rounds; ++round)); do
    if ((round % 2)); then measure_read && measure_verify; else measure_verify && measure_read; fi
  done
  check_runs log-read 0 "$log_rounds"
  check_runs log-verify 0 "$log_rounds"
  tell_log "$few"
}

check_room() {
  local room need=$((log_entries * bytes_an_entry / 1024))
  room="$(df --output=avail "$box" | tail -n 1)"
  ((room > need)) || die 2 "a log of $log_entries entries needs $((need / 1048576)) GiB of $place"
}

# make_log NAME COUNT
make_log() {
  say "a log of $2 entries"
  make_home "$1"
  "$tools/fill_log" "$box/$1" "$2"
  sync "$box/$1/vault.db"
}

# ", larger than memory", where it cannot be read from there.
where_it_is() {
  local bytes memory
  bytes="$(stat --format=%s "$box/log-many/vault.db")"
  memory="$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)"
  ((bytes / 1024 < memory)) || echo ", larger than memory"
}

# By itself: all rows are there, and they are in memory afterwards.
read_log() {
  local told
  told="$("$tools/read_rows" "$box/log-many/vault.db")"
  [[ "$told" == "$log_entries rows, "* ]] || fault "not $log_entries rows were read: $told"
}

# verify_log NAME COUNT: by itself: it is found whole, with so many entries. How much memory that took is in peak-NAME.
verify_log() {
  local json="CAST(readfile('$box/verify.json') AS TEXT)" found
  PVM_HOME="$box/$1" env time --format=%M --output="$box/peak-$1" "$pvmctl" audit verify --json \
    >"$box/verify.json" 2>"$box/verify.err" || die 1 "audit verify failed: $(head -c 500 "$box/verify.json")"
  found="$(sqlite3 :memory: "SELECT json_extract($json, '\$.whole') || ' ' || json_extract($json, '\$.entries')")"
  [[ "$found" == "1 $2" ]] || die 1 "audit verify did not find $2 entries whole: $found"
}

measure_read() {
  run_command log-read 1 0 true "'$tools/read_rows' '$box/log-many/vault.db'"
}

measure_verify() {
  PVM_HOME="$box/log-many" run_command log-verify 1 0 true "'$pvmctl' audit verify"
}

# --- what is told

tell_log() {
  local few many title_few title_many
  title_few="$(grouped "$1")"
  title_many="$(grouped "$log_entries")"
  tell_time "reading a log of $title_many entries$(where_it_is)" log-read
  tell_over "pvmctl audit verify of it, over reading" "<= 1.0" log-verify log-read
  few="$(tail -n 1 "$box/peak-log-few")"
  many="$(tail -n 1 "$box/peak-log-many")"
  tell_peaks "audit verify, $title_many over $title_few entries" "$few" "$many"
}
