# SPDX-License-Identifier: Apache-2.0
# PVM_WAIT: ask, wait and run in one step; a waiter that is killed leaves the request, and the command picks the answer up.
. "$(dirname "$0")/lib.sh"
set_up
a_tree build

first_pending() { pvmctl pending --json >"$box/out" 2>/dev/null && json 'requests[0].id'; }
wait_for_request() {
  for _ in $(seq 100); do
    id=$(first_pending)
    [ -n "$id" ] && return 0
    sleep 0.1
  done
  return 1
}

# approved while waiting
PVM_WAIT=60 PVM_REASON='clean build' safe-rm -rf build >"$box/waiter.out" 2>"$box/waiter.err" &
waiter=$!
ok "a request is filed" wait_for_request
ok "nothing is removed while waiting" test -e build/one
ends 0 pvmctl approve "$id" --yes
wait "$waiter"
ok "the waiter ends as rm does" [ $? = 0 ]
ok "what it said before waiting" grep -q "^safe-rm: asked: request ${id:0:8}; waiting up to 1 min for a person to answer$" "$box/waiter.err"
ok "that nobody was told" grep -q "^safe-rm: hint: nobody was notified: say to the person you work for that request ${id:0:8} waits$" "$box/waiter.err"
ok "no way to answer is named" sh -c "! grep -qE 'approve|allow|pending|show' '$box/waiter.err'"
is_gone build

# denied while waiting, with a note
a_tree build
PVM_WAIT=60 PVM_REASON='clean build' safe-rm -rf build >"$box/waiter.out" 2>"$box/waiter.err" &
waiter=$!
ok "a request is filed" wait_for_request
ends 0 pvmctl deny "$id" --note 'not today'
wait "$waiter"
ok "the waiter is refused" [ $? = 1 ]
cp "$box/waiter.err" "$box/err"
complains "denied by a person"
complains "their note: 'not today'"
complains "this is final: do not ask again"
exists build/one
# asked again with PVM_WAIT set for everything: the denial is told at once, and nothing new is filed
PVM_WAIT=60 PVM_REASON='please' run safe-rm -rf build
ok "refused at once" [ "$status" = 1 ]
complains "denied by a person"
ok "no new request" [ -z "$(first_pending)" ]

# a waiter that is killed leaves the request
a_tree other
PVM_WAIT=60 PVM_REASON='clean other' safe-rm -rf other 2>"$box/waiter.err" &
waiter=$!
ok "a request is filed" wait_for_request
kill -KILL "$waiter"
wait "$waiter" 2>/dev/null
ok "the request is still there" [ "$(first_pending)" = "$id" ]
ends 75 safe-rm -rf other
ends 0 pvmctl approve "$id" --yes
ends 0 safe-rm -rf other
is_gone other

# the time is over
a_tree third
PVM_WAIT=1 PVM_REASON='clean third' run safe-rm -rf third
ok "75 when the time is over" [ "$status" = 75 ]
complains "pending: request"
exists third/one
PVM_WAIT=0 run safe-rm -rf third
ok "joining does not file another" [ "$(pvmctl pending --json | grep -c '"id"')" = 1 ]

# bad words are said, and nothing is filed
a_tree fourth
for bad in x -5 1.5 25h; do
  PVM_WAIT=$bad PVM_REASON='a reason' run safe-rm -rf fourth
  ok "PVM_WAIT=$bad cannot be decided" [ "$status" = 125 ]
  complains "PVM_WAIT="
done
for bad in '' '<why>' ... todo; do
  PVM_WAIT=5 PVM_REASON=$bad run safe-rm -rf fourth
  ok "PVM_REASON='$bad' is refused" [ "$status" = 125 ]
  complains "says nothing"
done
exists fourth/one
finish
