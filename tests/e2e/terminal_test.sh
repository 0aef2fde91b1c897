# SPDX-License-Identifier: Apache-2.0
# approve at a terminal: it shows what is asked for and the very text that is signed, asks, and signs with a key whose
# passphrase is typed at ssh-keygen's own prompt. Without a terminal nobody approves.
. "$(dirname "$0")/lib.sh"

ssh-keygen -q -t ed25519 -N 'correct horse' -C alice@host -f "$HOME/key" || exit 99
ends 0 pvmctl init --key "$HOME/key" --principal alice@host

cat >"$box/terminal.exp" <<'SCRIPT'
set timeout 20
spawn -noecho {*}$argv
expect {
  -re {Sign th.*\[y/N\] $} { send -- "$env(ANSWER)\r"; exp_continue }
  -re {[Ee]nter passphrase[^\n]*: $} { send -- "$env(PASSPHRASE)\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT

# at_terminal ANSWER PASSPHRASE COMMAND…: what the terminal showed goes to $box/out.
at_terminal() {
  ANSWER=$1 PASSPHRASE=$2 NO_COLOR=1 expect -f "$box/terminal.exp" -- "${@:3}" >"$box/raw" 2>"$box/err" </dev/null
  status=$?
  tr -d '\r' <"$box/raw" >"$box/out"
}
state_of() { pvmctl status "$1" --json >"$box/state" && sqlite3 :memory: \
  "SELECT json_extract(CAST(readfile('$box/state') AS TEXT), '\$.state')"; }
is_pending() { ok "the request is $1" [ "$(state_of "$id")" = "$1" ]; }
silent() { ok "the terminal does not show '$1'" sh -c '! grep -qF -e "$1" "$2"' - "$1" "$box/out"; }

a_tree build
ends 0 pvmctl request --json --reason 'clean build' -- rm -rf build
id=$(json id)

at_terminal n 'correct horse' pvmctl approve "$id"
ok "no ends with 1 (was $status)" [ "$status" = 1 ]
ok "the first line says who wants what" grep -qE \
  "^claude wants rm -r $box/real/work/build: 2 files?, .*8 B +asked [^ ]+ [a-z]+ ago" "$box/out"
says 'its words: "clean build"'
says 'pvm-grant/1'
says "request $id"
says "scope path $box/real/work/build"
says 'may recursive'
says 'uses 1'
says 'approver alice@host'
says 'Sign this? [y/N]'
says 'not signed: the answer was no'
silent 'passphrase'
is_pending pending

for answer in '' yep ' y' Yes; do
  at_terminal "$answer" 'correct horse' pvmctl approve "$id"
  ok "'$answer' is no yes" [ "$status" = 1 ]
  silent 'passphrase'
done
is_pending pending

# what was typed before the question is no answer to it
cat >"$box/ahead.exp" <<'SCRIPT'
set timeout 20
spawn -noecho sh -c {read go; exec "$0" "$@"} {*}$argv
send -- "go\ry\ry\r"
expect {
  -re {Sign this\? \[y/N\] $} { sleep 0.3; send -- "n\r"; exp_continue }
  -re {[Ee]nter passphrase[^\n]*: $} { puts "SIGNING"; exit 98 }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
NO_COLOR=1 run expect -f "$box/ahead.exp" -- pvmctl approve "$id"
ok "typing ahead approves nothing (was $status)" [ "$status" = 1 ]
is_pending pending

at_terminal y 'wrong horse' pvmctl approve "$id"
ok "a wrong passphrase refuses (was $status)" [ "$status" != 0 ]
says 'ssh-keygen did not sign'
ok "three tries" [ "$(grep -c 'incorrect passphrase' "$box/out")" = 3 ]
is_pending pending
# the second of them may be right
cat >"$box/second.exp" <<'SCRIPT'
set timeout 20
set tries 0
spawn -noecho {*}$argv
expect {
  -re {Sign this\? \[y/N\] $} { send -- "y\r"; exp_continue }
  -re {[Ee]nter passphrase[^\n]*: $} { incr tries; if {$tries == 1} { send -- "wrong\r" } else { send -- "correct horse\r" }; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
a_tree other
ends 0 pvmctl request --json -- rm -rf other
run expect -f "$box/second.exp" -- pvmctl approve "$(json id)"
ok "a second try signs (was $status)" [ "$status" = 0 ]
ends 75 safe-rm -rf build
exists build/sub/two

# --yes, and a process without a terminal
at_terminal y 'correct horse' pvmctl approve --yes "$id"
ok "--yes is refused, at a terminal too" [ "$status" = 1 ]
says 'approving is for a person, at a terminal of their own'
silent 'pvm-grant/1'
for flag in --json --yes; do
  run setsid --wait pvmctl approve "$flag" "$id"
  ok "without a terminal: exit status 1 (was $status)" [ "$status" = 1 ]
  ok "it says why" grep -qF 'approving is for a person, at a terminal of their own' "$box/out" "$box/err"
done
# a standard input that says yes is no person either
yes | setsid --wait pvmctl approve "$id" >"$box/out" 2>"$box/err"
ok "yes on standard input is no consent" [ "${PIPESTATUS[1]}" = 1 ]
is_pending pending
for verb in "allow --agent claude rm $box/real/work" "trust add $HOME/key.pub --principal mallory"; do
  run setsid --wait pvmctl $verb --yes
  ok "$verb without a terminal (was $status)" [ "$status" = 1 ]
done
exists build/sub/two

at_terminal y 'correct horse' pvmctl approve "$id"
ok "yes and the passphrase: exit status 0 (was $status)" [ "$status" = 0 ]
says "approved ${id:0:8}: grant"
silent 'correct horse'
is_pending approved
# what was shown is what is kept and signed
sed -n '/^pvm-grant\/1$/,/^reason /p' "$box/out" >"$box/shown"
sqlite3 "$PVM_HOME/vault.db" "SELECT writefile('$box/kept', statement), writefile('$box/kept.sig', signature) FROM grants" >/dev/null
ok "the text that was shown is the text that is kept" cmp "$box/shown" "$box/kept"
ok "ssh-keygen verifies it" ssh-keygen -Y verify -q -f "$PVM_HOME/allowed_signers" -I alice@host -n pvm-grant-v1 \
  -s "$box/kept.sig" <"$box/shown"
ends 0 pvmctl grants --json
ok "it is not marked unattended" [ "$(json 'grants[0].unattended')" = 0 ]
ends 0 safe-rm -rf build
is_gone build

# What is not bound to what is there now is shown by what its scopes cover, and what they just miss.
a_tree build
a_tree build-old
ends 0 pvmctl request --json -- rm -rf build
id=$(json id)
at_terminal n 'correct horse' pvmctl approve "$id"
silent 'covers now'
at_terminal y 'correct horse' pvmctl approve --for 30m "$id"
ok "for a time: exit status 0 (was $status)" [ "$status" = 0 ]
says 'covers now: 2 files, 8 B, in 1 place'
says 'just misses:'
says "    $box/real/work/build-old"

# A standing grant is warned of where it takes in what nobody means; each way of naming that.
for scope in "$PVM_HOME" "$PVM_HOME/**" "$HOME/**" "$HOME/*/" "$(dirname "$PVM_HOME")/pv?/"; do
  at_terminal n 'correct horse' pvmctl allow --agent claude rm "$scope"
  ok "$scope: the answer was no (was $status)" [ "$status" = 1 ]
  says "! takes in PVM's own vault, log or keys: $scope"
done
at_terminal n 'correct horse' pvmctl allow --agent claude rm "$HOME/src/**/build/"
silent "takes in PVM's own"
silent 'reaches your home'
says "'**' also matches inside of .git directories"
at_terminal n 'correct horse' pvmctl allow --agent nobody rm /srv/x/
says "! no agent of the name 'nobody' has asked for anything yet"
a_tree other-build
ends 0 env PVM_AGENT=codex@~/src/app pvmctl request -- rm -rf other-build
at_terminal n 'correct horse' pvmctl allow --agent codex rm /srv/x/
says "there is 'codex@~/src/app'; --agent 'codex@*' speaks of each that is named so"
ends 0 pvmctl pending --agent 'codex@*'
says 'other-build'
ends 0 pvmctl pending --agent 'claude@*'
says 'nothing is pending'
# Of several signatures each is counted.
ends 0 env PVM_AGENT=codex@~/src/app pvmctl request --json -- rm -rf build-old
at_terminal y 'correct horse' pvmctl approve --group "$(json id)"
ok "two signed (was $status)" [ "$status" = 0 ]
says 'signature 1 of 2: '
says 'signature 2 of 2: '
says 'for exactly what is there now'
ends 0 pvmctl help approve
says 'Usage: pvmctl approve'
finish
