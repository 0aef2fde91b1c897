# SPDX-License-Identifier: Apache-2.0
# The vault stays open while the command runs (decision 0016): the command has nothing of it, nobody is kept from it, and
# where another vault is in its place by the end, the outcome is not written into that.
. "$(dirname "$0")/lib.sh"
set_up
vault=$PVM_HOME/vault.db
work=$box/real/work
ends 0 pvmctl allow --agent claude rm "$work/**" --for 1h --yes

# An rm that says what it has open and waits to be told to go on.
cat >"$box/slow-rm" <<END
#!/bin/bash
ls -l /proc/\$\$/fd >"$box/has"
while [ ! -e "$box/go" ]; do sleep 0.05; done
exec $REAL "\$@"
END
chmod 755 "$box/slow-rm"
printf 'real:\n  rm: %s\n' "$box/slow-rm" >>"$PVM_HOME/config.yaml"

# start_one: safe-rm of a file, up to where its command waits.
start_one() {
  "$REAL" -f "$box/has" "$box/go"
  : >one
  safe-rm one >"$box/out" 2>"$box/err" </dev/null &
  call=$!
  for _ in $(seq 1 100); do
    [ -s "$box/has" ] && return
    sleep 0.05
  done
  ok "the command started" false
}
# end_one: lets it go on; its status is in $status.
end_one() {
  : >"$box/go"
  wait "$call"
  status=$?
}
outcomes() { sqlite3 "$vault" "SELECT count(*) FROM audit WHERE entry_type = 'outcome'"; }

start_one
ok "the command has nothing of the vault" [ "$(grep -c "$PVM_HOME" "$box/has")" = 0 ]
ok "the wrapper has" [ "$(ls -l "/proc/$call/fd" | grep -cF "$vault")" = 3 ]
ends 0 pvmctl lock --reason meanwhile # who takes a right away does not wait for it
ends 0 sqlite3 "$vault" 'PRAGMA wal_checkpoint(TRUNCATE)'
ok "nothing keeps the log from being emptied" [ "$(cut -d'|' -f1 "$box/out")" = 0 ]
end_one
ok "it ended as its command did (was $status)" [ "$status" = 0 ]
is_gone one
ok "its outcome is on record" [ "$(outcomes)" = 1 ]
ends 0 pvmctl audit verify
ends 0 pvmctl unlock --yes

ends 0 pvmctl backup "$box/copy.db"
start_one
ends 0 pvmctl restore --yes "$box/copy.db"
end_one
ok "it ended as its command did (was $status)" [ "$status" = 0 ]
is_gone one
ok "no outcome of a decision that this log does not have" [ "$(outcomes)" = 1 ]
ends 0 pvmctl audit verify
finish
