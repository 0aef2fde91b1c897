# SPDX-License-Identifier: Apache-2.0
# A vault that another process holds: by SQLite's own program, and by a safe-rm that was stopped in the middle. Whoever
# comes then is served, or is refused while the vault is still held, and told that somebody holds it. How long that takes
# is printed. Once the holder is gone, all is well.
. "$(dirname "$0")/lib.sh"
. "$here/inject.sh"
a_vault
longest=0

# timed COMMAND…: as run; $took is in milliseconds.
timed() {
  local start=${EPOCHREALTIME/./}
  run "$@"
  took=$(((${EPOCHREALTIME/./} - start) / 1000))
  [ "$took" -le "$longest" ] || longest=$took
}
# comes WHAT: a second call, which finds the vault held
comes() {
  timed safe-rm -rf victim
  if [ "$status" = 0 ] || [ "$status" = 1 ]; then
    served=$((served + 1))
    return
  fi
  refused=$((refused + 1))
  ok "$1: undecided (was $status)" [ "$status" = 125 ]
  complains 'another process holds the vault; nothing was removed'
  exists victim/sub/two
}

# ---- by another program ----
prepare wal
for how in 'BEGIN IMMEDIATE;' 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;'; do
  afresh
  "$REAL" -f "$box/hold"
  mkfifo "$box/hold"
  { echo "$how SELECT 1;"; read -r _ <"$box/hold"; } | sqlite3 -batch "$vault" >"$box/held" &
  holder=$!
  for _ in $(seq 200); do [ -s "$box/held" ] && break; sleep 0.05; done
  served=0
  comes "$how"
  ok "$how: refused" [ "$served" = 0 ]
  run sqlite3 "$vault" 'BEGIN IMMEDIATE'
  ok "$how: and it is held still" [ "$status" != 0 ]
  echo >"$box/hold"
  wait "$holder"
  ends 0 safe-rm -rf victim
  ok "$how: then it ran once" [ "$(runs_so_far)" = 1 ]
done
echo "the longest wait: $longest ms"

# ---- by a safe-rm that is stopped ----
# Every fifth call; without PVM_THOROUGH the second or only one that writes or syncs, of each file, in one scene.
: >"$box/kinds"
some() {
  if is_thorough; then awk 'NR % 5 == 0'; else
    awk -v known="$box/kinds" '
      BEGIN { while ((getline line <known) > 0) old[line] = 1 }
      { kind = $2 " " $4 }
      kind ~ /^(pwrite64|fdatasync) vault/ && !(kind in old) && ++seen[kind] <= 2 { kept[kind] = $0 }
      END { for (kind in kept) { print kept[kind]; print kind >>known } }'
  fi
}
# stop_at NAME WHICH: the first call stops there; $stopped is its number, once it has.
stop_at() {
  "$REAL" -f "$box/trace"
  strace -qq -o "$box/trace" -e trace="$1" -e inject="$1:signal=STOP:when=$2" safe-rm -rf other >/dev/null 2>&1 &
  tracer=$!
  for _ in $(seq 200); do
    stopped=$(pgrep -P "$tracer") && grep -qs '^--- stopped by SIGSTOP' "$box/trace" && return 0
    sleep 0.02
  done
  return 1
}
refused=0
served=0
for scene in wal long_wal; do
  prepare "$scene"
  own_calls "$scene"
  while read -r number name which file; do
    afresh
    a_tree other
    what="$scene: stopped at call $number, $name $which ($file)"
    stop_at "$name" "$which" || { ok "$what" false; continue; }
    comes "$what"
    ok "$what: and it is stopped still" grep -q '^State:.*(tracing stop)' "/proc/$stopped/status"
    kill -KILL "$stopped"
    wait "$tracer" 2>/dev/null
    a_tree victim
    run safe-rm -rf victim
    ok "$what: no more than once in all" [ "$(runs_so_far)" -le 1 ]
    ends 0 pvmctl audit verify
  done < <(sed -n '/ openat [0-9]* vault.db$/,/ vfork /p' "$box/calls" | some)
done
echo "beside a stopped call $served were served and $refused refused; the longest took $longest ms"
ok "some were served, some refused" [ "$served" -gt 0 -a "$refused" -gt 0 ]
finish
