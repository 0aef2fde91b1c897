# SPDX-License-Identifier: Apache-2.0
# What an approver can answer: for a time, for so many uses, within narrower or wider scopes, for several requests at
# once, with a signature made elsewhere; and how answers are taken back.
. "$(dirname "$0")/lib.sh"
set_up
work=$box/real/work
vault=$PVM_HOME/vault.db

# ask COMMAND…: files a request for it; its id is in $id.
ask() { ends 0 pvmctl request --json --reason 'make room' -- "$@"; id=$(json id); }
state_of() { pvmctl status "$1" --json >"$box/state" && sqlite3 :memory: \
  "SELECT json_extract(CAST(readfile('$box/state') AS TEXT), '\$.state')"; }
is_in_state() { ok "request ${1:0:8} is $2" [ "$(state_of "$1")" = "$2" ]; }
approved_grant() { json 'approved[0].id'; }
live_grants() { pvmctl grants --json | grep -c '"state": "live"'; }

# once: one use, bound
a_tree once
ask rm -rf once
ends 2 pvmctl approve "$id" --once --for 1h --yes
ends 2 pvmctl approve "$id" --once --uses 2 --yes
is_in_state "$id" pending
ends 0 pvmctl approve "$id" --yes --json
ok "once is one use" [ "$(json 'approved[0].uses')" = 1 ]
ok "once is bound" [ -n "$(json 'approved[0].effect')" ]
ends 0 safe-rm -rf once
is_gone once

# --for: the same scopes for a time, whatever is there
a_tree timed
ask rm -rf timed
ends 1 pvmctl approve "$id" --for 13h --yes
complains 'over the limit'
ends 2 pvmctl approve "$id" --for never --yes
is_in_state "$id" pending
ends 0 pvmctl approve "$id" --for 30m --yes --json
ok "--for is without a limit of uses" [ "$(json 'approved[0].uses')" = unlimited ]
ends 0 safe-rm -rf timed
a_tree timed
echo more >timed/three
ends 0 safe-rm -rf timed
is_gone timed
a_tree timed2
ends 1 safe-rm -rf timed2
exists timed2/one

# --uses N
a_tree twice
ask rm -rf twice
ends 2 pvmctl approve "$id" --uses 0 --yes
ends 2 pvmctl approve "$id" --uses -1 --yes
ends 0 pvmctl approve "$id" --uses 2 --yes
for _ in 1 2; do
  a_tree twice
  ends 0 safe-rm -rf twice
done
a_tree twice
ends 1 safe-rm -rf twice
complains "was for 2 uses and is used up"
exists twice/one

# a grant that is over
a_tree short
ask rm -rf short
ends 0 pvmctl approve "$id" --for 1s --yes
sleep 2.1
ends 1 safe-rm -rf short
complains "denied: the grant to rm '$work/short'"
complains 'ended'
exists short/one

# --scope narrows; to cover more than was asked for takes --widen
a_tree wide
ask rm -rf wide
ends 1 pvmctl approve "$id" --scope "$work/" --for 1h --yes
complains '--widen'
ends 1 pvmctl approve "$id" --scope "$work/wide/sub" --for 1h --yes
complains 'do not cover'
ends 1 pvmctl approve "$id" --scope "$work/other" --widen --for 1h --yes
complains 'do not cover'
is_in_state "$id" pending
ends 0 pvmctl approve "$id" --scope "$work/w*/" --widen --for 1h --yes --json
ok "the scope is the approver's" [ "$(json 'approved[0].scopes[0]')" = "$work/w*/" ]
a_tree wider
ends 0 safe-rm -rf wide wider
a_tree narrow
ends 1 safe-rm -rf narrow
ends 0 pvmctl request --json --reason 'clean up' --action rm --may recursive --scope "$work/area/"
id=$(json id)
a_tree area/in
a_tree area/out
ends 0 pvmctl approve "$id" --scope "$work/area/in" --for 1h --yes
ends 0 safe-rm -r area/in
ends 1 safe-rm -r area/out
exists area/out/one

# --note reaches the agent with a yes too
a_tree noted
ask rm -rf noted
ends 0 pvmctl approve "$id" --note 'only this once' --yes
ends 0 pvmctl status "$id"
says 'only this once'

# several at once: each is signed for itself, from memory and never from a file
ids=()
for name in a b c; do
  a_tree "many/$name"
  ask rm -rf "many/$name"
  ids+=("$id")
done
ends 2 pvmctl approve --draft "${ids[@]}"
# a bad one among them: none is answered
ends 2 pvmctl approve "${ids[0]}" ffffffffffffffff --yes
is_in_state "${ids[0]}" pending
export ASAN_OPTIONS=detect_leaks=0 # which does not work under ptrace
run strace -f -qq -e trace=execve -e signal=none -o "$box/calls" pvmctl approve "${ids[@]}" --yes
ok "three approved at once (was $status)" [ "$status" = 0 ]
ok "each is signed by a call of its own" [ "$(grep -c '"-Y", "sign"' "$box/calls")" = 3 ]
ok "no call names a file to sign" sh -c "! grep '\"-Y\", \"sign\"' '$box/calls' | grep -q statement"
unset ASAN_OPTIONS
for i in 0 1 2; do is_in_state "${ids[$i]}" approved; done
ends 0 safe-rm -rf many/a
ends 0 safe-rm -rf many/b
exists many/c/one

# deny some, deny all
ids=()
for name in d e f g; do
  a_tree "many/$name"
  ask rm -rf "many/$name"
  ids+=("$id")
done
ends 0 pvmctl deny "${ids[0]:0:8}" "${ids[1]}" --note 'keep these'
says "denied ${ids[0]:0:8}"
is_in_state "${ids[0]}" denied
is_in_state "${ids[1]}" denied
is_in_state "${ids[2]}" pending
ends 1 safe-rm -rf many/d
complains "their note: 'keep these'"
ends 1 pvmctl approve "${ids[0]}" --yes
ends 2 pvmctl deny
ends 2 pvmctl deny "${ids[2]}" --all
is_in_state "${ids[2]}" pending
ends 0 pvmctl deny --all
is_in_state "${ids[2]}" denied
is_in_state "${ids[3]}" denied
ends 0 pvmctl deny --all
says 'nothing is pending'
exists many/g/one

# allow: a standing grant; revoke GRANT, --agent, --all
a_tree standing
ends 2 pvmctl allow --agent claude rm relative/path --yes
ends 1 pvmctl allow --agent claude rm "$work/x" --for 91d --yes
ends 0 pvmctl allow --agent claude rm "$work/standing" --for 1h --yes --json
grant=$(json id)
ends 0 pvmctl grants
says "${grant:0:8}"
ends 0 pvmctl grants --json
ok "a key without a passphrase is marked" [ "$(json 'grants[0].unattended')" = 1 ]
ends 0 safe-rm -r standing/sub
ends 0 pvmctl revoke "${grant:0:10}"
ends 1 safe-rm -r standing
complains 'was revoked by a person'
exists standing/one
ends 2 pvmctl revoke
ends 2 pvmctl revoke ffff0000
ends 2 pvmctl revoke "$grant" --all

ends 0 pvmctl allow --agent claude rm "$work/standing" --may - --yes
ends 1 safe-rm -r standing
exists standing/one
ends 0 safe-rm standing/one
is_gone standing/one
ends 0 pvmctl allow --agent other rm "$work/standing" --yes
ends 1 safe-rm -r standing
ends 0 pvmctl revoke --agent claude
ok "the other agent's grant is still there" [ "$(live_grants)" = 1 ]
ends 1 safe-rm -rf many/c
exists many/c/one
PVM_AGENT=other ends 0 safe-rm -r standing
ends 0 pvmctl revoke --all
ok "nothing is live" [ "$(live_grants)" = 0 ]
a_tree standing
PVM_AGENT=other ends 1 safe-rm -r standing
exists standing/one
finish
