# SPDX-License-Identifier: Apache-2.0
# safe-rm with a grant for one use is killed at each of its system calls. Whatever the moment: the command never runs
# twice, never runs without an entry in the log, and the vault opens and its log is whole.
. "$(dirname "$0")/lib.sh"
. "$here/inject.sh"
a_vault
rounds=0
missed=0
ran_at_once=0
burned=0

# look WHAT: what must be true at any time; sets $ran, $allows and $used.
look() {
  run pvmctl audit verify
  ok "$1: the vault opens and its log is whole (was $status)" [ "$status" = 0 ]
  read -r allows used <<<"$(on_record)"
  ran=$(runs_so_far)
  ok "$1: ran no more than once (ran $ran)" [ "$ran" -le 1 ]
  ok "$1: what ran is on record (ran $ran, allowed $allows)" [ "$ran" -le "$allows" ]
  ok "$1: a use is counted with each entry (allowed $allows, used $used)" [ "$allows" = "$used" ]
}

first_outcome() {
  sqlite3 -readonly "$vault" "SELECT details FROM audit WHERE entry_type = 'outcome'" | sed 's/.* outcome=//'
}

# after WHAT: safe-rm was struck; looks, calls it twice more, looks again.
after() {
  look "$1"
  ran_at_once=$((ran_at_once + ran))
  burned=$((burned + used - ran))
  local left=$((1 - used))
  a_tree victim
  run safe-rm -rf victim
  ok "$1: the second call runs where the use is left, else not (left $left, was $status)" [ "$status" = $((1 - left)) ]
  a_tree victim
  run safe-rm -rf victim
  ok "$1: the third call is refused (was $status)" [ "$status" = 1 ]
  exists victim/sub/two
  look "$1, in the end"
  ok "$1: the use is used" [ "$used" = 1 ]
}

# kill_at NUMBER NAME WHICH FILE
kill_at() {
  afresh
  struck "$2" "$3" signal=KILL safe-rm -rf victim
  rounds=$((rounds + 1))
  was_struck || missed=$((missed + 1))
  after "killed at call $1: $2 $3 ($4)"
}

for scene in wal no_wal long_wal; do
  prepare "$scene"
  own_calls "$scene"
  some_of 31 'fdatasync .*|vfork .*|pwrite64 vault.db-wal' <"$box/calls" >"$box/chosen"
  while read -r number name which file; do kill_at "$number" "$name" "$which" "$file"; done <"$box/chosen"
  echo "$scene: $(wc -l <"$box/all") calls, killed at $(wc -l <"$box/chosen") of them"
done
ok "the calls were struck ($missed of $rounds were not)" [ $((missed * 20)) -le "$rounds" ]
ok "some were killed before the command ran, some after" [ "$ran_at_once" -gt 0 -a "$ran_at_once" -lt "$rounds" ]
echo "the command had run before the kill in $ran_at_once rounds; in $burned a use was burned"

# ---- the child, on its way from the fork to the command ----
# Only calls that safe-rm itself does not make can be told from its own.
prepare wal
for call in getppid:1 prctl:1 prctl:2 landlock_restrict_self:1 rt_sigaction:40; do
  afresh
  { run strace -f -qq -o "$box/trace" -e trace="${call%:*}" -e inject="${call%:*}:signal=KILL:when=${call#*:}" \
    safe-rm -rf victim; } 2>/dev/null
  ok "the child killed at $call: its death is mirrored (was $status)" [ "$status" = 137 ]
  exists victim/sub/two
  after "the child killed at $call"
  ok "the child killed at $call: the command did not run" [ "$ran" = 0 ]
  ok "the child killed at $call: the log tells its end" [ "$(first_outcome)" = 'signal%209' ]
done
finish
