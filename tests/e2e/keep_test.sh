# SPDX-License-Identifier: Apache-2.0
# pvmctl keep: it holds the vault open and empties its write-ahead log; with it or without it the same may run, and
# without it the log stays within its bound.
. "$(dirname "$0")/lib.sh"
vault=$PVM_HOME/vault.db
work=$box/real/work
wal_bytes() { stat -c %s "$vault-wal"; }

ends 125 pvmctl keep # there is no vault yet
complains 'pvmctl init'
set_up
ends 0 pvmctl allow --agent claude rm "$work/**" --for 1h --yes

# ---- without it ----
bound=$((32 + (64 + 40) * (1024 + 24))) # 64 frames, and what one call adds
largest=0
for call in $(seq 1 40); do
  : >one
  run safe-rm one
  [ "$status" = 0 ] || ok "call $call (was $status)" false
  : >"$box/real/other"
  run safe-rm "$box/real/other"
  [ "$status" = 1 ] || ok "refused call $call (was $status)" false
  bytes=$(wal_bytes)
  [ "$bytes" -le "$largest" ] || largest=$bytes
done
ok "the write-ahead log stays within $bound bytes (was $largest)" [ "$largest" -gt 0 -a "$largest" -le "$bound" ]

# ---- with it ----
# keep_it OUT: starts one; its number is in $keeper.
keep_it() {
  pvmctl keep >"$1" 2>"$1.err" &
  keeper=$!
  await grep -q . "$1"
}
# await COMMAND…: at most ten seconds.
await() {
  for _ in $(seq 1 100); do
    "$@" 2>/dev/null && return
    sleep 0.1
  done
  ok "in ten seconds: $*" "$@"
}
# end_it SIGNAL: and it must end well.
end_it() {
  kill -"$1" "$keeper"
  wait "$keeper"
  status=$?
  ok "ended by $1: status 0 (was $status)" [ "$status" = 0 ]
}

keep_it "$box/kept"
ok "it says what it keeps" [ "$(cat "$box/kept")" = "keeping $vault" ]
holds() { ls -l "/proc/$1/fd" | grep -cF "$vault"; }
ok "it holds the vault, its log and its index" [ "$(holds "$keeper")" = 3 ]

count_rows() { sqlite3 -readonly "file:$vault?immutable=1" 'SELECT count(*) FROM audit'; }
before=$(count_rows)
: >one
ends 0 safe-rm one
is_gone one
# The file alone, without its write-ahead log, has the entries once they were moved into it.
has_more() { [ "$(count_rows)" -ge $((before + 2)) ]; }
await has_more

switches() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$keeper/status"; }
quiet=$(switches)
sleep 2
ok "it does not wake where nobody writes" [ "$(switches)" = "$quiet" ]

first=$keeper
keep_it "$box/second" # another one does no harm
: >one
ends 0 safe-rm one
end_it INT
keeper=$first
: >one
ends 0 safe-rm one

# ---- what it must not stand in the way of ----
ends 0 pvmctl lock --reason test
: >one
ends 1 safe-rm one
exists one
mkdir "$box/copies"
ends 0 pvmctl backup "$box/copies/a.db"
ends 0 pvmctl restore --yes "$box/copies/a.db"
is_told_again() { [ "$(wc -l <"$box/kept")" = 2 ]; }
await is_told_again
ok "it keeps the vault that was put in the other's place" [ "$(ls -l "/proc/$keeper/fd" | grep -c "$vault\$")" = 1 ]
ends 0 pvmctl audit verify
end_it TERM

unit=$PVM_STAGE/share/systemd/user/pvm-keep.service
program=$(sed -n 's/^ExecStart=\([^ ]*\) keep$/\1/p' "$unit")
ok "the service runs what was installed" [ "$program" -ef "$PVM_STAGE/bin/pvmctl" ]
ends 0 timeout --preserve-status --signal=TERM 2 pvmctl keep --json
ok "JSON: one object at the end" [ "$(json kept)" = "$vault" ]
finish
