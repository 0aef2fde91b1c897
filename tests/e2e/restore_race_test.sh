# SPDX-License-Identifier: Apache-2.0
# A restore among running wrappers, and a restore that is killed. Whatever the moment: what ran is on record in a log
# that is kept, the restored vault is whole, and no grant of before it lets anything run after it.
. "$(dirname "$0")/lib.sh"
. "$here/inject.sh"
set_up
work=$box/real/work
printf '#!/bin/sh\nprintf r >>%s\nexec %s "$@"\n' "$box/ran" "$REAL" >"$box/stand-in"
chmod 755 "$box/stand-in"
printf 'real:\n  rm: %s\n' "$box/stand-in" >>"$PVM_HOME/config.yaml"
ends 0 pvmctl allow --agent claude rm "$work" --for 1h --yes
ends 0 pvmctl backup "$box/b.db"
entries=$(sqlite3 "$vault" 'SELECT count(*) FROM audit')
cp -a "$PVM_HOME" "$box/sound"
again() {
  "$REAL" -rf -- "$PVM_HOME"
  cp -a "$box/sound" "$PVM_HOME"
  : >"$box/ran"
  a_tree victim
}
ran() { stat -c %s "$box/ran"; }

# recorded: how many decisions to let it run are in the logs that are kept
recorded() {
  local file sum=0
  for file in "$vault" "$vault".replaced-*; do
    case $file in *-wal | *-shm | *'*') continue ;; esac
    sum=$((sum + $(sqlite3 "$file" "SELECT count(*) FROM audit WHERE entry_type = 'decision' AND decision = 'allow'")))
  done
  echo "$sum"
}

# restored WHAT: the vault is the restored one, whole, and grants nothing
restored() {
  "$REAL" -f -- "$PVM_HOME/heads" # the approver saw more entries than this log has, as they must
  run pvmctl audit verify
  ok "$1: the log is whole (was $status)" [ "$status" = 0 ]
  ok "$1: SQLite finds nothing wrong" [ "$(sqlite3 "$vault" 'PRAGMA integrity_check')" = ok ]
  ok "$1: it is the backup's log, and goes on with the restore" [ "$(sqlite3 "$vault" \
    "SELECT group_concat(entry_type, ' ') FROM (SELECT entry_type FROM audit WHERE entry_id > $entries ORDER BY entry_id LIMIT 2)")" = 'restore revoke' ]
  a_tree victim
  local before
  before=$(ran)
  run safe-rm -rf victim
  ok "$1: an earlier grant grants nothing (was $status)" [ "$status" = 1 ]
  ok "$1: and nothing ran" [ "$(ran)" = "$before" ]
  ok "$1: what ran is on record (ran $(ran), recorded $(recorded))" [ "$(ran)" -le "$(recorded)" ]
}

# ---- twenty wrappers, one restore ----
again
"$REAL" -f "$box/stop"
workers=()
for i in $(seq 20); do
  while [ ! -e "$box/stop" ]; do
    mkdir -p "many/$i"
    safe-rm -rf "many/$i" >>"$box/worker.$i" 2>&1
    echo $?
  done >"$box/statuses.$i" &
  workers+=($!)
done
calls() { cat "$box"/statuses.* | grep -cx "$1"; }
until_there_are() { # N STATUS: waits, a minute at most, for so many calls that ended so
  for _ in $(seq 600); do [ "$(calls "$2")" -ge "$1" ] && return; sleep 0.1; done
  ok "$1 calls end with $2 (only $(calls "$2") do)" false
}
until_there_are 40 0
status=1
for _ in $(seq 20); do [ "$status" = 0 ] || run pvmctl restore --yes "$box/b.db"; done # the lock may be held too long
ok "restored among them (was $status)" [ "$status" = 0 ]
until_there_are $(($(calls 1) + 60)) 1
: >"$box/stop"
wait "${workers[@]}"
ok "each ran or was refused" [ -z "$(cat "$box"/statuses.* | grep -vxE '0|1|125')" ]
ok "some ran and some were refused" [ "$(cat "$box"/statuses.* | sort -u | head -2 | xargs)" = '0 1' ]
ok "the last of each was refused" [ "$(tail -qn 1 "$box"/statuses.* | grep -cx 0)" = 0 ]
restored 'among wrappers'
echo "$(cat "$box"/statuses.* | wc -l) calls, of which $(ran) ran"
"$REAL" -rf many

# stopped NAME WHICH COMMAND…: runs it in the background until that call stops it; $tracer and $pid are set
stopped() {
  local name=$1 which=$2
  shift 2
  strace -qq -o "$box/trace" -e trace="$name" -e inject="$name:signal=STOP:when=$which" "$@" \
    >"$box/stopped.out" 2>"$box/stopped.err" </dev/null &
  tracer=$!
  for _ in $(seq 500); do
    pid=$(pgrep -P "$tracer" -x "$(basename "$1")") && grep -qs 'stopped by SIGSTOP' "$box/trace" && return
    sleep 0.02
  done
  ok "$name $which of $1 stops it" false
}
# goes_on: lets it go on to its end; $status is its own
goes_on() {
  kill -CONT "$pid"
  wait "$tracer"
  status=$?
}

# ---- what takes permission away is not lost between the look at the old vault and its end ----
again
stopped fsync 1 pvmctl restore --yes "$box/b.db"
exists "$vault"
run pvmctl lock --reason 'in between'
said=$status
goes_on
ok "restored (was $status)" [ "$status" = 0 ]
run safe-rm -rf victim
grep -q "'in between'" "$box/err"
ok "who locks in between is told that it is not locked, or it is (told $said)" [ $? = 0 -o "$said" = 125 ]
restored 'a lock in between'

# ---- a wrapper that is stopped at a call, a restore meanwhile, and then it goes on ----
# It may have opened the vault and not yet the files beside it, hold the lock, wait for it, or be about to run.
again
calls_of safe-rm -rf victim >"$box/calls"
first=$(awk '$4 == "vault.db" { print $1; exit }' "$box/calls")
last=$(awk '$2 == "vfork" || $2 == "clone" || $2 == "fork" { print $1; exit }' "$box/calls")
awk -v first="$first" -v last="$last" '$1 >= first && $1 <= last' "$box/calls" >"$box/between"
ok "there are calls to stop at" [ "$(wc -l <"$box/between")" -gt 20 ]
some_of 30 'openat vault.db(-wal|-shm)?' <"$box/between" >"$box/chosen"
outcomes=
while read -r number name which file; do
  again
  what="stopped at call $number: $name $which ($file)"
  stopped "$name" "$which" safe-rm -rf victim
  run pvmctl restore --yes "$box/b.db"
  did=$status
  ok "$what: restored, or somebody holds the vault (was $did)" [ "$did" = 0 -o "$did" = 125 ]
  goes_on
  outcomes="$outcomes $did/$status"
  ok "$what: it ran or refused (was $status)" [ "$status" = 0 -o "$status" = 1 -o "$status" = 125 ]
  [ "$did" = 0 ] || ends 0 pvmctl restore --yes "$box/b.db"
  restored "$what"
done <"$box/chosen"
echo "stopped at $(wc -l <"$box/chosen") of $(wc -l <"$box/between") calls; restore/wrapper:$(xargs -n1 <<<"$outcomes" | sort | uniq -c | xargs)"

# ---- the restore itself is killed ----
again
safe-rm -rf victim # an entry that the backup does not have
cp -a "$PVM_HOME/." "$box/sound/"
calls_of pvmctl restore --yes "$box/b.db" >"$box/calls"
ok "the traced restore works (was $status)" [ "$status" = 0 ]
some_of 250 'rename.* .*|unlink vault.db-shm|fsync pvm' <"$box/calls" >"$box/chosen"
gaps=0
olds=0
rounds=0
while read -r number name which file; do
  again
  struck "$name" "$which" signal=KILL pvmctl restore --yes "$box/b.db"
  was_struck || continue
  rounds=$((rounds + 1))
  what="killed at call $number: $name $which ($file)"
  run safe-rm -rf victim
  if [ ! -e "$vault" ]; then
    gaps=$((gaps + 1))
    ok "$what: no vault, nothing runs (was $status)" [ "$status" = 125 ]
    grep -q 'there is no vault' "$box/err"
    ok "$what: and that is said" [ $? = 0 ]
  elif [ "$(sqlite3 "$vault" "SELECT count(*) FROM audit WHERE entry_type = 'restore'")" = 0 ]; then
    olds=$((olds + 1))
    ok "$what: the old vault, and its grant (was $status)" [ "$status" = 0 ]
    run pvmctl audit verify
    ok "$what: the old log is whole (was $status)" [ "$status" = 0 ]
  else
    ok "$what: the new vault refuses (was $status)" [ "$status" = 1 ]
  fi
  ends 0 pvmctl restore --yes "$box/b.db"
  restored "$what, and again"
  ok "$what: nothing is left over" [ "$(ls -A "$PVM_HOME" | grep -c pvm-copy)" = 0 ]
done <"$box/chosen"
ok "killed before, in between and after ($olds old, $gaps none, of $rounds)" [ "$olds" -gt 0 -a "$gaps" -gt 0 -a $((olds + gaps)) -lt "$rounds" ]
echo "killed at $rounds of $(wc -l <"$box/calls") calls: $olds times the old vault, $gaps times none"
finish
