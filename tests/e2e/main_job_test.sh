# SPDX-License-Identifier: Apache-2.0
# The main job: an agent's rm is refused, asked for, approved with a real key, removes exactly that, and is audited.
. "$(dirname "$0")/lib.sh"
set_up
run pvmctl shim install
ok "shim install" [ "$status" = 0 ]
run pvmctl shim env
eval "$(cat "$box/out")"
ok "rm is the shim" [ "$(command -v rm)" != /bin/rm ]

a_tree build
a_tree keep

ends 1 rm -rf build
complains "safe-rm: denied: agent 'claude' has no grant to rm '$box/real/work/build' (directory, 2 files, 8 B); nothing was removed"
complains "PVM_WAIT=90 PVM_REASON='<why>' rm -rf build"
exists build/sub/two

ends 0 pvmctl request --json --reason 'clean build' -- rm -rf build
id=$(json id)
ok "an id of 32 characters" [ "${#id}" = 32 ]
ends 75 rm -rf build
complains "pending: request ${id:0:8}"
ends 0 pvmctl pending
says "rm -rf build"

ends 1 pvmctl approve "$id"
complains "approving is for a person, at a terminal of their own"
ok "the refusal names no flag" sh -c "! grep -qe -- -- '$box/err'"
exists build/one

ends 0 pvmctl approve "$id" --yes
ends 0 pvmctl check -- rm -rf build
ends 0 pvmctl check -- rm -rf ./build
ends 1 pvmctl check -- rm -rf keep

ends 0 rm -rf build
is_quiet
is_gone build
exists keep/sub/two

a_tree build
ends 1 rm -rf build
complains "denied: the grant to rm '$box/real/work/build'"
exists build/one

ends 0 pvmctl audit verify
says "the log is whole"
says "1 signed head and 2 remembered heads agree"
ends 0 pvmctl audit export --format jsonl --output "$box/log.jsonl"
for type in init decision request approve outcome; do
  ok "the log has an entry of type $type" grep -q "\"entry_type\": *\"$type\"" "$box/log.jsonl"
done
finish
