# SPDX-License-Identifier: Apache-2.0
# lock and panic stop everything at once and need no key; unlock is signed.
. "$(dirname "$0")/lib.sh"
set_up
work=$box/real/work
key=$(sed -n 's/^key: //p' "$PVM_HOME/config.yaml")
state_of() { pvmctl status "$1" --json >"$box/state" && sqlite3 :memory: \
  "SELECT json_extract(CAST(readfile('$box/state') AS TEXT), '\$.state')"; }
locked() {
  ends 1 safe-rm -rf build
  complains "safe-rm: locked: a person has stopped everything that PVM gates$1; nothing was removed"
  complains 'stop here and report this to the user; asking or trying again will not help'
  exists build/sub/two
}

a_tree build
a_tree other
ends 0 pvmctl allow --agent claude rm "$work/build" --for 1h --yes
ends 0 pvmctl request --json --reason 'clean up' -- rm -rf other
id=$(json id)
ends 0 pvmctl check -- rm -rf build

# ---- lock: with the key lost, and without a terminal ----
mv "$key" "$box/key"
ends 0 setsid --wait pvmctl lock --reason $'looking \e[31minto it'
mv "$box/key" "$key"
locked " ('looking \\x1B[31minto it')"
ends 1 pvmctl check -- rm -rf build
says 'locked'
ends 1 pvmctl request --json --reason 'clean up' -- rm -rf build
ok "a request is refused too" [ "$(json state)" = locked ]
PVM_WAIT=20 PVM_REASON='clean up' run timeout 10 safe-rm -rf other
ok "and waiting ends at once (was $status)" [ "$status" = 1 ]
complains 'safe-rm: locked:'
ends 0 safe-rm -f nosuch # nothing to remove: nothing to decide
ends 0 pvmctl lock
locked " ('looking \\x1B[31minto it')" # the first lock stands, with its reason
ok "what waited still waits" [ "$(state_of "$id")" = pending ]
ends 0 pvmctl approve "$id" --yes
complains 'the vault is locked'
ends 1 safe-rm -rf other
exists other/one

# ---- unlock takes the key ----
mv "$key" "$box/key"
run pvmctl unlock --yes
ok "not without the key (was $status)" [ "$status" != 0 ]
mv "$box/key" "$key"
mv "$PVM_HOME/allowed_signers" "$box/signers"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/stranger"
sed "s|ssh-ed25519 .*|$(cut -d' ' -f1,2 "$HOME/stranger.pub")|" "$box/signers" >"$PVM_HOME/allowed_signers"
run pvmctl unlock --yes
ok "not with a key that is not trusted (was $status)" [ "$status" != 0 ]
mv "$box/signers" "$PVM_HOME/allowed_signers"
ends 1 setsid --wait pvmctl unlock
complains 'approving is for a person, at a terminal of their own'
locked " ('looking \\x1B[31minto it')"

ends 0 pvmctl unlock --yes
ends 1 pvmctl unlock --yes
ends 0 safe-rm -rf build
is_gone build
ends 0 safe-rm -rf other
is_gone other

# ---- panic ----
a_tree build
a_tree other
a_tree third
ends 0 pvmctl request --json --reason 'clean up' -- rm -rf other
id=$(json id)
ends 0 pvmctl request --json --reason 'clean up' -- rm -rf third
approved=$(json id)
ends 0 pvmctl approve "$approved" --yes
PVM_WAIT=30 PVM_REASON='clean up' timeout 20 safe-rm -rf other >/dev/null 2>"$box/waiter.err" &
waiter=$!
for _ in $(seq 100); do grep -qs waiting "$box/waiter.err" && break; sleep 0.05; done
ends 0 setsid --wait pvmctl panic
wait "$waiter"
waited=$?
ok "who waited is refused (was $waited)" [ "$waited" = 1 ]
ok "and told why" grep -q "nothing was removed" "$box/waiter.err"
exists other/one
locked ''
ok "what waited is cancelled" [ "$(state_of "$id")" = cancelled ]
ends 0 pvmctl grants --all --json
ok "every grant is revoked" sh -c '! grep -q "\"state\": \"live\"" "$1"' - "$box/out"

ends 0 pvmctl unlock --yes
for tree in build other third; do ends 1 safe-rm -rf "$tree"; exists "$tree/one"; done
run pvmctl approve "$id" --yes
ok "a cancelled request cannot be approved" [ "$status" = 1 ]
ends 0 pvmctl request --json --reason 'once more' -- rm -rf build
ends 0 pvmctl approve "$(json id)" --yes
ends 0 safe-rm -rf build
is_gone build

# the log tells all of it
ends 0 pvmctl audit verify
ends 0 pvmctl audit export --format jsonl --output "$box/log.jsonl"
ok "two locks (the third changed nothing)" [ "$(grep -c '"entry_type": *"lock"' "$box/log.jsonl")" = 2 ]
ok "two unlocks" [ "$(grep -c '"entry_type": *"unlock"' "$box/log.jsonl")" = 2 ]
finish
