# SPDX-License-Identifier: Apache-2.0
# Races: a parent directory that is swapped for a symlink while rm runs, and many runs on a grant for one use. How often
# the swap is tried is 300, or 10,000 where PVM_THOROUGH is set (packaging/soak), or what RACE_TRIES says.
. "$(dirname "$0")/lib.sh"
tries=${RACE_TRIES:-$([ -n "${PVM_THOROUGH-}" ] && echo 10000 || echo 300)}
set_up
work=$box/real/work

# ---- a parent swapped for a symlink ----
# safe-rm may remove work/arena/parent/victim and nothing else; box/outside/victim is what an attacker wants gone.
ends 0 pvmctl allow --agent claude rm "$work/arena" --for 1h --yes
mkdir -p "$box/outside" "$work/arena/parent"
a_tree "$box/outside/victim"
a_tree "$box/outside/canary"

# swaps as fast as it can until it is told to stop: renames are atomic, so there is a parent at nearly all times
cat >"$box/swap.pl" <<'SCRIPT'
my ($parent, $aside, $link, $stop) = @ARGV;
until (-e $stop) {
  for (1 .. 50) {
    rename $parent, $aside;
    symlink $link, $parent;
    unlink $parent if -l $parent;
    rename $aside, $parent;
  }
}
SCRIPT
perl "$box/swap.pl" "$work/arena/parent" "$work/arena/aside" "$box/outside" "$box/stop" &
swapper=$!

intact() { [ -e "$box/outside/victim/one" ] && [ -e "$box/outside/victim/sub/two" ] && [ -e "$box/outside/canary/one" ]; }
removed=0
kept=0
escaped=0
strange=0
for ((i = 0; i < tries; i++)); do
  for place in parent aside; do # wherever it is just now
    mkdir -p "$work/arena/$place/victim/sub" 2>/dev/null && [ ! -L "$work/arena/$place" ] && break
  done
  "$PVM_STAGE/bin/safe-rm" -rf "arena/parent/victim" >"$box/out" 2>"$box/err" </dev/null
  case $? in
    0) removed=$((removed + 1)) ;;
    1 | 125) kept=$((kept + 1)) ;;
    *) strange=$((strange + 1)) ;;
  esac
  intact || { escaped=$((escaped + 1)); break; }
done
: >"$box/stop"
wait "$swapper"
ok "nothing outside was touched in $tries tries (escapes: $escaped)" [ "$escaped" = 0 ]
ok "some runs removed, as they may (removed $removed, not removed $kept)" [ "$removed" -gt 0 ]
ok "every run ended in a way that is documented (strange: $strange)" [ "$strange" = 0 ]
ok "what is outside is whole" intact

# ---- one use, a hundred at once ----
"$REAL" -rf -- "$work/arena"
a_tree single
ends 0 pvmctl request --json --reason 'clean up' -- rm -rf single
id=$(json id)
ends 0 pvmctl approve "$id" --yes
# the real command keeps what is there, so that each of the hundred finds the same
printf '#!/bin/sh\necho ran >>%s\n' "$box/ran" >"$box/fake-rm"
chmod 755 "$box/fake-rm"
printf 'real:\n  rm: %s\n' "$box/fake-rm" >>"$PVM_HOME/config.yaml"
pids=()
for i in $(seq 100); do
  safe-rm -rf single >/dev/null 2>"$box/err.$i" </dev/null &
  pids+=($!)
done
won=0
lost=0
other=0
for pid in "${pids[@]}"; do
  wait "$pid"
  case $? in
    0) won=$((won + 1)) ;;
    1) lost=$((lost + 1)) ;;
    *) other=$((other + 1)) ;;
  esac
done
ok "exactly one of a hundred runs (won $won, lost $lost, other $other)" [ "$won" = 1 ]
ok "the others are refused or could not decide" [ $((lost + other)) = 99 ]
ok "the command ran once" [ "$(wc -l <"$box/ran")" = 1 ]
ok "one use is on record" [ "$(sqlite3 "$PVM_HOME/vault.db" "SELECT used FROM grants WHERE use_limit = 1")" = 1 ]
ends 0 pvmctl audit verify
finish
