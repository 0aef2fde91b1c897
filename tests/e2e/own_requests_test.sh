# SPDX-License-Identifier: Apache-2.0
# An agent and its own requests: others' are not there for it; at most ten wait; ids may be shortened, within reason.
. "$(dirname "$0")/lib.sh"
set_up

file_request() { # NAME: its id is in $id
  a_tree "$1"
  ends 0 pvmctl request --json --reason 'make room' -- rm -rf "$1"
  id=$(json id)
}
PVM_AGENT=alice file_request of-alice
alices=$id

# ---- another agent sees nothing of it: neither in a list, nor by its id, nor in what an error says ----
export PVM_AGENT=bob
ends 0 pvmctl status
says "has asked for nothing"
ends 0 pvmctl status --json
ok "an empty list" [ "$(json 'requests')" = '[]' ]
for verb in status 'wait --timeout 0' cancel; do
  for prefix in "$alices" "${alices:0:8}" "${alices:0:4}"; do
    ends 2 pvmctl $verb "$prefix"
    complains "there is no request '$prefix'"
    ok "nothing else is told" sh -c '! grep -q of-alice "$1" "$2"' - "$box/out" "$box/err"
  done
  # the same words as for one that is not there at all
  ends 2 pvmctl $verb ffffffffffffffffffffffffffffffff
  complains "there is no request 'ffffffffffffffffffffffffffffffff'"
done
ends 1 safe-rm -rf of-alice
complains "denied: agent 'bob' has no grant"
PVM_AGENT=alice ends 0 pvmctl status "$alices"
says pending
# bob asks for the same: a request of his own
file_request of-alice
ok "it is not alice's that he joins" [ "$id" != "$alices" ]
ends 0 pvmctl cancel "$id"
PVM_AGENT=alice ends 75 pvmctl wait --timeout 0 "$alices"

# ---- who was told is said ----
says "nobody was notified: say to the person you work for that request ${alices:0:8} waits"
PVM_AGENT=alice ends 0 pvmctl status "$alices"
says "told      nobody was notified"
PVM_AGENT=alice ends 0 pvmctl status "$alices" --json
ok "in JSON" [ "$(json notified)" = '[]' ]
ends 0 pvmctl show "$alices"
says "told      nobody was notified"
PVM_AGENT=alice ends 0 pvmctl request -- rm -rf of-alice
says "nobody was notified: say to the person you work for that request "

# ---- cancel ----
file_request one
ends 0 pvmctl cancel "${id:0:6}"
ends 1 pvmctl cancel "$id"
complains 'is cancelled, not pending'
ends 1 pvmctl wait "$id"
says withdrawn
ends 1 pvmctl approve "$id" --yes
exists one/one

# ---- ids ----
for bad in '' abc xyzw "$id$id" 'ABCD' '../x' '%' "'" '----'; do
  ends 2 pvmctl wait --timeout 0 -- "$bad"
done
ends 2 pvmctl wait
ends 2 pvmctl wait "$id" --timeout never
ends 2 pvmctl wait "$id" --timeout 25h
# the same first characters twice: named with more of them, and none is taken
file_request two
second=$id
file_request three
sqlite3 "$PVM_HOME/vault.db" "PRAGMA foreign_keys = OFF;
  UPDATE requests SET request_id = 'abcd' || substr(request_id, 5) WHERE request_id IN ('$id', '$second')"
ends 2 pvmctl cancel abcd
complains 'fits more than one request'
complains "abcd${id:4:8}"
PVM_AGENT=alice ends 2 pvmctl cancel abcd
complains "there is no request 'abcd'"
ok "nothing was cancelled" [ "$(pvmctl status --json | grep -c '"state": "pending"')" = 2 ]
ends 0 pvmctl cancel "abcd${id:4}"
ends 0 pvmctl cancel abcd"${second:4:8}"

# ---- as many as there may be ----
for i in $(seq 64); do file_request "of-many$i"; done
last=$id
a_tree over
ends 1 pvmctl request --reason 'make room' -- rm -rf over
complains "agent 'bob' has 64 requests pending already"
PVM_WAIT=5 PVM_REASON='make room' run timeout 20 safe-rm -rf over
ok "the wrapper may not file one more either (was $status)" [ "$status" = 1 -o "$status" = 125 ]
complains '64 requests pending already'
exists over/one
ends 0 pvmctl request --json --reason 'make room' -- rm -rf of-many64
ok "asking again joins, and is no other" [ "$(json id)" = "$last" ]
PVM_AGENT=alice file_request of-alice-too
ends 0 pvmctl cancel "$last"
ends 0 pvmctl request --reason 'make room' -- rm -rf over
finish
