# SPDX-License-Identifier: Apache-2.0
# Each system call of a granted safe-rm fails, one after the other, with the errors that it can fail with. Either the
# command runs, with a decision in the log and its use counted, and the status is its own; or it does not run, and the
# status and one message say so. The vault opens afterwards, its log is whole, and a use that is left can be used.
. "$(dirname "$0")/lib.sh"
. "$here/inject.sh"
a_vault
rounds=0
missed=0

# fail_at NUMBER NAME WHICH FILE ERROR
fail_at() {
  afresh
  local how=error
  [ "$5" != 0 ] || how=retval
  struck "$2" "$3" "$how=$5" safe-rm -rf victim
  rounds=$((rounds + 1))
  was_struck || missed=$((missed + 1))
  judge "call $1, $2 $3 ($4), fails with $5"
}

# some_errors_of NAME NUMBER: all in a thorough run, else one of them, by turns.
some_errors_of() {
  local all
  read -ra all <<<"$(errors_of "$1")"
  if is_thorough || [ "${#all[@]}" = 0 ]; then echo "${all[@]}"; else echo "${all[$2 % ${#all[@]}]}"; fi
}

for scene in wal no_wal long_wal; do
  prepare "$scene"
  own_calls "$scene"
  some_of 31 'fdatasync .*|vfork .*|wait4 .*|pwrite64 vault.db-wal' <"$box/calls" >"$box/chosen"
  before=$rounds
  while read -r number name which file; do
    for error in $(some_errors_of "$name" "$number"); do fail_at "$number" "$name" "$which" "$file" "$error"; done
  done <"$box/chosen"
  echo "$scene: $(wc -l <"$box/all") calls, $((rounds - before)) errors in $(wc -l <"$box/chosen") of them"
done
echo "$rounds rounds: the command ran in $went_on, was refused in $refused; in $burned of these a use was burned"
ok "there was something to fail" [ "$rounds" -gt 0 ]
ok "the calls failed ($missed of $rounds did not)" [ $((missed * 20)) -le "$rounds" ]
ok "some errors refused, some did no harm" [ "$refused" -gt 0 -a "$went_on" -gt 0 ]

# ---- what fails in the child, before it is the command ----
prepare wal
not_run() { # CALL ERROR: of the child's alone
  afresh
  run strace -f -qq -o "$box/trace" -e trace="${1%:*}" -e inject="${1%:*}:error=$2:when=${1#*:}" safe-rm -rf victim
  ok "the child's $1 fails with $2: it did" was_struck
  judge "the child's $1 fails with $2"
  outcome_is "the child's $1 fails with $2" 'not%20started'
}
outcome_is() {
  local outcome
  outcome=$(sqlite3 -readonly "$vault" "SELECT details FROM audit WHERE entry_type = 'outcome'" | sed 's/.* outcome=//')
  ok "$1: the outcome on record is $2 (is $outcome)" [ "$outcome" = "$2" ]
}
not_run prctl:1 EPERM
not_run prctl:2 EPERM
not_run landlock_restrict_self:1 E2BIG

# ---- what fails once the command runs: nobody may say then that nothing was removed ----
went_wrong() { # WHAT TEXT
  ok "$1: 125 (was $status)" [ "$status" = 125 ]
  complains "safe-rm: $2"
  complains 'something may have been removed'
  ok "$1: and no word of nothing" sh -c '! grep -q "nothing was" "$1"' - "$box/err"
  ok "$1: it is on record, with its use" [ "$(on_record)" = '1 1' ]
  outcome_is "$1" unknown
  ends 0 pvmctl audit verify
}
afresh
struck wait4 1 error=ECHILD safe-rm -rf victim
went_wrong 'wait4 fails' 'how the command ended cannot be told: No child processes'
# Without Landlock there is one command for each parent directory. The second one cannot be started.
afresh
a_tree other/victim
run strace -qq -o "$box/trace" -e trace=landlock_create_ruleset,vfork -e inject=vfork:error=EAGAIN:when=2 \
  -e inject=landlock_create_ruleset:error=EOPNOTSUPP safe-rm -rf victim other/victim
went_wrong 'the second vfork fails' 'a part of it was run, and the rest could not be: cannot start a process: '
is_gone victim
exists other/victim/one

# ---- memory that runs out for good, from each time on that more is asked for ----
if [ -z "${PVM_SANITIZE:-}" ]; then
  prepare wal
  own_calls wal
  for which in $(awk '$2 == "brk" { print $3 }' "$box/calls"); do
    afresh
    run strace -qq -o "$box/trace" -e trace=brk,mmap -e inject="brk:retval=0:when=$which+" \
      -e inject=mmap:error=ENOMEM safe-rm -rf victim
    ok "no memory from brk $which on: it was asked for" was_struck
    judge "no memory from brk $which on"
  done
fi

# ---- a kernel without getrandom(2), which is one where every call of it fails ----
afresh
run strace -qq -o "$box/trace" -e trace=getrandom -e inject=getrandom:error=ENOSYS safe-rm -rf victim
is_gone victim
judge 'no getrandom'
finish
