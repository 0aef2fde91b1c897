# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# Whole processes, one at a time: a wrapper over the bare command, over Debian's safe-rm, over nothing at all.

readonly operands=1000

# measure_processes: the cases in rounds, and what is told of them.
measure_processes() {
  local cases=(bare granted-few granted-many granted-many-kept denied-few denied-many denied-many-kept
    true start durable least operands-bare operands-granted)
  debian_safe_rm="$(fetch_debian_safe_rm)"
  [[ -z "$debian_safe_rm" ]] || cases+=(debian debian-unlisted)
  make_operands
  make_least
  say "processes: $rounds rounds of ${#cases[@]} cases, $runs_a_round runs of most"
  measure_in_rounds measure_process "${cases[@]}"
  check_processes "${cases[@]}"
  tell_processes
  tell_libraries
  tell_operands
  tell_peaks_of_calls
}

# measure_in_rounds FUNCTION CASE…: every second round backwards.
measure_in_rounds() {
  local function="$1" round at
  local -a list=("${@:2}")
  local last=$((${#list[@]} - 1))
  for ((round = 1; round <= rounds; ++round)); do
    for ((at = 0; at <= last; ++at)); do
      "$function" "${list[$((round % 2 ? at : last - at))]}"
    done
  done
}

# The path of Debian's program of the same name, of a package that is taken apart and not installed; nothing where it
# cannot be had. The list of paths that it protects is the package's, as if it were the user's own.
fetch_debian_safe_rm() {
  local into="$box/debian"
  mkdir "$into"
  if (cd "$into" && apt-get download safe-rm && dpkg -x safe-rm_*.deb . &&
    mkdir -p home/.config && cp etc/safe-rm.conf home/.config/safe-rm) >"$box/debian.log" 2>&1; then
    echo "$into/usr/bin/safe-rm"
  fi
}

# Files of those names are what one call with many operands removes.
make_operands() {
  mkdir "$box/work/granted/operands" "$box/work/pattern"
  operand_names="$(seq -f 'file%04.0f' -s ' ' "$operands")"
  # shellcheck disable=SC2086
  (cd "$box/work/pattern" && touch $operand_names)
}

# A file with a table to look into, as large as that of a vault with 1,000 grants, and one to write to.
make_least() {
  sqlite3 -bail "$box/least.db" "
    PRAGMA page_size = 1024; PRAGMA journal_mode = WAL;
    CREATE TABLE grants(id INTEGER PRIMARY KEY, text BLOB) STRICT;
    CREATE TABLE audit(id INTEGER PRIMARY KEY, text TEXT) STRICT;
    WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO grants SELECT i, zeroblob(700) FROM n;" >/dev/null
}

# A keeper of that file: the shell of SQLite, which has read it once and waits for more to do.
hold_least() {
  mkfifo "$box/least.in"
  sqlite3 "$box/least.db" <"$box/least.in" >"$box/least.out" &
  least_holder=$!
  exec {least_input}>"$box/least.in"
  echo "SELECT count(*) FROM grants;" >&"$least_input"
  while [[ ! -s "$box/least.out" ]]; do sleep 0.02; done
}

let_go_of_least() {
  [[ -n "${least_holder:-}" ]] || return 0
  exec {least_input}>&-
  wait "$least_holder"
  least_holder=
  /bin/rm "$box/least.in"
}

# The vault of a case.
vault_of() {
  case "$1" in
    *-few | operands-*) echo few ;;
    *-many*) echo many ;;
    *) echo none ;;
  esac
}

runs_of() {
  case "$1" in
    operands-*) echo 5 ;;
    script) echo $((runs_a_round / 4)) ;;
    *) echo "$runs_a_round" ;;
  esac
}

# To make 1,000 files takes far longer than to remove them.
warm_ups_of() {
  if [[ "$1" == operands-* ]]; then echo 1; else echo 5; fi
}

# measure_process CASE: the command that prepares a run also finds out whether the run before it did what it should:
# `set -C` refuses a file that is still there.
measure_process() {
  local directory=granted prepare="sh -c 'set -C; : >victim'" command home="$HOME" vault rows lost
  vault="$(vault_of "$1")"
  case "$1" in
    bare) command="/bin/rm victim" ;;
    debian) command="'$debian_safe_rm' victim" home="$box/debian/home" ;;
    debian-unlisted) command="'$debian_safe_rm' victim" home="$box/debian" ;;
    durable) prepare=true command="'$tools/durable_write' '$box/work/log'" ;;
    least) command="'$tools/least' '$box/least.db' /bin/rm victim" ;;
    granted-*) command="'$safe_rm' victim" ;;
    denied-*) directory=denied prepare="sh -c 'test -e victim'" command="'$safe_rm' victim" ;;
    true) prepare=true command="'$tools/static_true'" ;;
    start) prepare=true command="'$safe_rm' nosuch" ;;
    operands-*)
      directory=granted/operands prepare="sh -c 'test -z \"\$(ls)\" && cp ../../pattern/* .'"
      if [[ "$1" == *-bare ]]; then command="/bin/rm"; else command="'$safe_rm'"; fi
      command+=" $operand_names"
      ;;
  esac
  rows="$(count_entries "$vault")"
  case "$1" in
    *-kept) start_keeper "$vault" ;;
    least) hold_least ;;
  esac
  (cd "$box/work/$directory" &&
    HOME="$home" PVM_HOME="$box/$vault" run_command "$1" "$(runs_of "$1")" "$(warm_ups_of "$1")" "$prepare" \
      "$command") ||
    die 1 "case $1: a run did not do to the file what it should"
  stop_keeper
  let_go_of_least
  check_files "$1"
  check_entries "$1" "$vault" $(($(runs_of "$1") + $(warm_ups_of "$1"))) "$rows"
}

check_files() {
  [[ ! -e "$box/work/granted/victim" ]] || die 1 "case $1: the file is still there"
  [[ -e "$box/work/denied/victim" ]] || die 1 "case $1: a file without a grant is gone"
  [[ -z "$(ls "$box/work/granted/operands")" ]] || die 1 "case $1: some of $operands files are still there"
}

check_processes() {
  local name status
  for name in "$@"; do
    case "$name" in
      denied-* | start) status=1 ;;
      *) status=0 ;;
    esac
    check_runs "$name" "$status" $((rounds * $(runs_of "$name")))
  done
}

tell_processes() {
  local over_debian="safe-rm granted, 1,000,000 grants, keeper, over Debian's safe-rm"
  tell_time "/bin/rm of one file" bare
  tell_over "a durable write alone, over rm" "" durable bare
  tell_over "SQLite, one row, a sync and rm, no more, keeper, over rm" "" least bare
  tell_over "safe-rm granted, 1,000,000 grants, keeper, over rm" "<= 2.5" granted-many-kept bare
  if [[ -n "$debian_safe_rm" ]]; then
    tell_over "$over_debian" "<= 1.0" granted-many-kept debian
    tell_over "Debian's safe-rm, over rm" "" debian bare
    tell_over "the same without its list of paths, over rm" "" debian-unlisted bare
  else
    tell_nothing "$over_debian" "<= 1.0" "its package cannot be had"
  fi
  tell_over "safe-rm granted, 1,000,000 grants, over rm" "<= 2.8" granted-many bare
  tell_over "safe-rm denied, 1,000,000 grants, over rm" "<= 1.5" denied-many bare
  tell_over "safe-rm denied, 1,000,000 grants, keeper, over rm" "" denied-many-kept bare
  tell_time "a static program that does nothing" true
  tell_over "start of safe-rm, over that" "<= 1.25" start true
  tell_over "granted, 1,000,000 over 1,000 grants" "<= 1.3" granted-many granted-few
  tell_over "denied, 1,000,000 over 1,000 grants" "<= 1.3" denied-many denied-few
}

# How many libraries are loaded with the wrapper: those that it names, and the loader that would load them.
tell_libraries() {
  local count
  readelf --wide --dynamic --program-headers "$safe_rm" >"$box/readelf.txt"
  count="$(grep -cE '\(NEEDED\)|^ +INTERP' "$box/readelf.txt" || true)"
  tell_count "shared libraries of safe-rm" "= 0" "$count"
}

tell_operands() {
  tell_time "/bin/rm of 1,000 files" operands-bare
  tell_over "one safe-rm of 1,000 files, over rm" "<= 1.6" operands-granted operands-bare
  tell_syncs "syncs of one such call, the most of 4"
  start_keeper few
  tell_syncs "syncs of one such call, keeper, the most of 4"
  stop_keeper
}

# tell_syncs TITLE: of several calls, since one may find more in the WAL than another, and tidy up.
tell_syncs() {
  local call count least=1000000 most=0
  for call in 1 2 3 4; do
    count="$(count_syncs)"
    least=$((count < least ? count : least))
    most=$((count > most ? count : most))
  done
  tell_count "$1" "= 1" "$most" " (the least: $least)"
}

# How often one call of its own, with all its children, waits for the disk.
count_syncs() {
  local trace="$box/syncs.trace"
  cp "$box/work/pattern/"* "$box/work/granted/operands"
  # shellcheck disable=SC2086
  (cd "$box/work/granted/operands" && PVM_HOME="$box/few" strace -f -qq \
    -e trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync -e signal=none -o "$trace" \
    "$safe_rm" $operand_names) || die 1 "safe-rm of $operands files failed under strace"
  check_files operands-granted
  grep -cE '(sync|syncfs|sync_file_range)\(' "$trace" || true
}
