# SPDX-License-Identifier: Apache-2.0
# From an agent's request to the people who are told of it by pvmctl serve, and back: the agent hears who was told while it waits,
# `show` says what became of each try, and what was sent says how it ended.
. "$(dirname "$0")/lib.sh"
. "$here/serve.sh"
set_up

# Two channels that are programs: one takes what it is told, one cannot be started.
cat >"$box/take" <<'SH'
#!/bin/sh
cat >>"$1"
echo >>"$1"
SH
chmod +x "$box/take"
cat >>"$PVM_HOME/config.yaml" <<YAML
channels:
  desk:
    type: command
    command:
      - $box/take
      - $box/told
  broken:
    type: command
    command: $box/nothing-there
YAML
serve_it

a_tree build
PVM_WAIT=20 PVM_REASON='clean <@build>' safe-rm -rf build 2>"$box/waiter.err" &
waiter=$!
await grep -q 'sent to desk' "$box/waiter.err"
ok "the agent hears who was told" grep -q '^safe-rm: sent to desk' "$box/waiter.err"
await test -s "$box/told"
ok "they are told who asks" grep -q '"agent":"claude"' "$box/told"
ok "and for what, as it was looked at here" grep -q "(directory, 2 files, 8 B)" "$box/told"
ok "and what the agent says of it" grep -q 'clean <@build>' "$box/told"
pvmctl pending --json >"$box/out"
id=$(json 'requests[0].id')
failed() { pvmctl show "$id" 2>"$box/err" | grep -q 'broken: failed'; }
await failed
run pvmctl show "$id"
says 'sent to desk; broken failed'
says 'notice'
ok "no message is sent twice" [ "$(grep -c '"agent":"claude"' "$box/told")" = 1 ]
pvmctl deny "$id" --note 'use make clean' >/dev/null
wait "$waiter"
ok "the waiter ends (was $?)" grep -q 'use make clean' "$box/waiter.err"
end_serving

# What was told once is not told again by the next serve; what was asked while none ran, is.
run env PVM_WAIT=0 PVM_REASON='another' safe-rm -f build/one
serve_it
twice() { [ "$(grep -c '"agent":"claude"' "$box/told")" = 2 ]; }
await twice
end_serving
serve_it
end_serving
ok "each request was told once" twice
finish
