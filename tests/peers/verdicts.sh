# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# What packaging/peers makes of a suite's two runs. A run leaves a file of lines "test<TAB>verdict", sorted by the test.

# The table has four columns: suite, test, "differs" or "left-out", reason.
check_table() {
  awk -F '\t' '/^#/ { next }
    NF != 4 || $1 !~ /^(coreutils|coreutils-root|git|trash-cli)$/ || $3 !~ /^(differs|left-out)$/ || $4 == "" ||
        seen[$1 FS $2]++ {
      print FILENAME ":" FNR ": not suite, test, differs or left-out, reason; or twice" > "/dev/stderr"; bad = 1 }
    END { exit bad }' "$table" || die 2 "the table of differences is off"
}

# listed SUITE TEST KIND: whether the table has that line.
listed() {
  awk -F '\t' -v suite="$1" -v test="$2" -v kind="$3" \
    '$1 == suite && $2 == test && $3 == kind { found = 1 } END { exit !found }' "$table"
}

# reason SUITE TEST
reason() {
  awk -F '\t' -v suite="$1" -v test="$2" '$1 == suite && $2 == test { print $4; exit }' "$table"
}

# leaves_out SUITE TEST HOW: whether it is not to be run, by --only or by the table; the table's reason is said once.
leaves_out() {
  # shellcheck disable=SC2053
  [[ "$2" == $only ]] || return 0
  listed "$1" "$2" left-out || return
  [[ "$3" == pvm ]] || say "$1 $2: left out: $(reason "$1" "$2")" >&2
}

# run_suite SUITE WHO RUNNER ACTION: calls `RUNNER HOW WHO`, which prints verdicts, for plain and, unless there is to be
# a baseline only, for pvm; then compares. ACTION is what PVM has to have been asked for meanwhile.
run_suite() {
  local suite="$1" who="$2" runner="$3" action="$4" shim
  local plain="$box/$suite.plain.tsv" pvm="$box/$suite.pvm.tsv"
  "$runner" plain "$who" | LC_ALL=C sort >"$plain"
  cp "$plain" "$place/verdicts"
  say "$suite as it is: $(count_verdicts "$plain")"
  [[ -s "$plain" ]] || { fault "$suite: no test ran"; return 0; }
  [[ "$baseline" == no ]] || return 0
  shim="$(shim_of "$action")"
  [[ -e "$(front pvm)/$shim" ]] || {
    fault "$suite: this PVM has no shim for $shim, so nothing was compared"
    return 0
  }
  open_vault "$who"
  local allowed denied
  allowed="$(decisions "$who" "$action" allow)" denied="$(decisions "$who" "$action" deny)"
  "$runner" pvm "$who" | LC_ALL=C sort >"$pvm"
  cp "$pvm" "$place/verdicts"
  allowed=$(($(decisions "$who" "$action" allow) - allowed))
  denied=$(($(decisions "$who" "$action" deny) - denied))
  say "$suite with PVM: $(count_verdicts "$pvm"); $action granted $allowed times, denied $denied times"
  ((allowed > 0)) || fault "$suite: PVM was never asked for $action, so this says nothing"
  compare_verdicts "$suite" "$plain" "$pvm"
}

# count_verdicts FILE: "47 tests: 40 PASS, 7 SKIP"
count_verdicts() {
  printf '%s tests' "$(wc -l <"$1")"
  cut -f 2 "$1" | LC_ALL=C sort | uniq -c | awk '{ printf "%s %s %s", (NR == 1 ? ":" : ","), $1, $2 }'
}

# compare_verdicts SUITE PLAIN PVM
compare_verdicts() {
  local suite="$1" same=0 known=0 unknown=0 test before after
  while IFS=$'\t' read -r test before after; do
    if [[ "$before" == "$after" ]]; then
      same=$((same + 1))
      if listed "$suite" "$test" differs; then say "$suite $test: listed as different, but it is not"; fi
    elif listed "$suite" "$test" differs; then
      known=$((known + 1))
      say "$suite $test: $before, with PVM $after, as listed: $(reason "$suite" "$test")"
    else
      unknown=$((unknown + 1))
      fault "$suite $test: $before, with PVM $after"
    fi
  done < <(LC_ALL=C join -t $'\t' -a 1 -a 2 -e none -o 0,1.2,2.2 "$2" "$3")
  say "$suite: $same the same, $known differ as listed, $unknown differ"
}
