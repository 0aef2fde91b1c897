# SPDX-License-Identifier: Apache-2.0
# approve --group at a terminal, with a passphrase: all that will be signed is shown, the question names how many, and how
# often the passphrase will be asked for is said before.
. "$(dirname "$0")/lib.sh"

ssh-keygen -q -t ed25519 -N 'correct horse' -C alice@host -f "$HOME/key" || exit 99
ends 0 pvmctl init --key "$HOME/key" --principal alice@host

cat >"$box/terminal.exp" <<'SCRIPT'
set timeout 20
set prompts 0
spawn -noecho {*}$argv
expect {
  -re {Sign th[^\n]*\[y/N\] $} { send -- "$env(ANSWER)\r"; exp_continue }
  -re {[Ee]nter passphrase[^\n]*: $} { incr prompts; send -- "correct horse\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
puts "PROMPTS $prompts"
exit [lindex [wait] 3]
SCRIPT
at_terminal() {
  ANSWER=$1 NO_COLOR=1 expect -f "$box/terminal.exp" -- "${@:2}" >"$box/raw" 2>"$box/err" </dev/null
  status=$?
  tr -d '\r' <"$box/raw" >"$box/out"
}
count() { ok "$1 times '$2' (not $(grep -cF -e "$2" "$box/out"))" [ "$(grep -cF -e "$2" "$box/out")" = "$1" ]; }
silent() { ok "the terminal does not show '$1'" sh -c '! grep -qF -e "$1" "$2"' - "$1" "$box/out"; }
ask() { PVM_WAIT=0 PVM_REASON='clean up' run safe-rm -r "$1"; }

for name in a b c gone; do
  a_tree "$HOME/app/$name"
  ask "$HOME/app/$name"
done
"$REAL" -r "$HOME/app/gone"
pvmctl pending --json >"$box/out"
id=$(json 'requests[0].id')

at_terminal n pvmctl approve --group "$id"
ok "no ends with 1 (was $status)" [ "$status" = 1 ]
says 'Sign these 3? [y/N]'
count 3 'pvm-grant/1'
count 3 'scope path '
count 6 'claude wants rm -r ~/app/'
count 3 'you sign: 1 use, for 4 h'
says 'passphrase or touch will be asked for 3 times, once for each text'
says "to be asked once: one grant for all, for a time and not bound to what is there now: pvmctl approve --group ${id:0:8} --for 30m"
says 'left out: request '
says 'PROMPTS 0'
ok "what is left out stands right above the question" sh -c "tail -n 5 '$box/out' | grep -q '^left out: '"
ok "nothing is approved" [ "$(pvmctl pending --json | grep -c '"id"')" = 4 ]

at_terminal n pvmctl approve --group "$id" --for 30m
says 'Sign this? [y/N]'
count 1 'pvm-grant/1'
count 3 'scope path '
count 6 'claude wants rm -r ~/app/'
says 'claude wants rm in ~/app: 3 requests, 6 files, 24 B, by one grant'
says 'you sign: 3 uses, for 30 min'
says 'whatever is there by then'
silent 'will be asked for'
ok "nothing is approved" [ "$(pvmctl pending --json | grep -c '"id"')" = 4 ]

at_terminal y pvmctl approve --group "$id"
ok "yes ends with 0 (was $status)" [ "$status" = 0 ]
says 'PROMPTS 3'
count 3 'approved '
for name in a b c; do
  ends 0 safe-rm -r "$HOME/app/$name"
  is_gone "$HOME/app/$name"
done
ends 0 pvmctl grants --all --json
ok "none is marked unattended" sh -c "! grep -q '\"unattended\": true' '$box/out'"

for name in a b c; do
  a_tree "$HOME/app/$name"
  ask "$HOME/app/$name"
done
pvmctl pending --json >"$box/out"
id=$(json 'requests[0].id')
at_terminal y pvmctl approve --group "$id" --for 30m
ok "one passphrase is enough for one grant (was $status)" [ "$status" = 0 ]
says 'PROMPTS 1'
says 'and 2 others: grant '
for name in a b c; do ends 0 safe-rm -r "$HOME/app/$name"; done

# ---- the directory in place of the operands: that it covers more is said right above the question ----
deep=$HOME/deep
for i in $(seq 12); do deep=$deep/$(printf 'x%.0s' $(seq 240)); done
for name in a b c; do
  a_tree "$deep/$name"
  ask "$deep/$name"
done
pvmctl pending --json >"$box/out"
id=$(json 'requests[0].id')
at_terminal n pvmctl approve --group "$id" --for 30m
says 'they name 3 things, more than fit one grant'
silent 'Sign this?'
at_terminal n pvmctl approve --group "$id" --for 30m --widen
says 'Sign this? [y/N]'
count 1 'scope path '
ok "what it covers is said at the end" sh -c "tail -n 6 '$box/out' | grep -q '! covers whatever is beneath .* by then, asked for or not'"
ok "nothing is approved: these, and the one that was left out" [ "$(pvmctl pending --json | grep -c '"id"')" = 4 ]
ends 0 pvmctl audit verify
finish
