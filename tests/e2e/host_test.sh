# SPDX-License-Identifier: Apache-2.0
# pvmctl --host: the vault is on one machine, the key and the person on another, with ssh between them: a real sshd on
# loopback. Then what a machine could send back that is not to be trusted, by a stand-in for ssh that changes it on its way.
#
# sshd started by root wants /run/sshd and a user of its name, which its package makes where it is installed: where they are missing,
# the test has a /run and a passwd of its own.
if [ "$(id -u)" = 0 ] && [ -z "${PVM_OWN_RUN:-}" ] && { [ ! -d /run/sshd ] || ! grep -q '^sshd:' /etc/passwd; }; then
  export PVM_OWN_RUN=yes
  exec unshare --mount --propagation private sh -c '
    mount -t tmpfs -o mode=0755 tmpfs /run && mkdir -m 755 /run/sshd || exit 99
    { grep -v "^sshd:" /etc/passwd; echo "sshd:x:12399:65534::/run/sshd:/usr/sbin/nologin"; } >/run/passwd
    mount --bind /run/passwd /etc/passwd || exit 99
    exec bash "$0"' "$0"
fi
sshd=/usr/sbin/sshd
[ -x "$sshd" ] || sshd=$(cd "$(dirname "$0")/../.." && pwd -P)/build/test-tools/usr/sbin/sshd # by packaging/deps
. "$(dirname "$0")/lib.sh"
set_up # the machine "there": HOME and PVM_HOME as lib.sh sets them
chmod 755 "$box"
laptop=$box/laptop
mkdir -p -m 700 "$laptop/pvm" "$box/ssh"

ssh-keygen -q -t ed25519 -N 'correct horse' -C alice@laptop -f "$laptop/key" || exit 99
ssh-keygen -q -t ed25519 -N '' -f "$box/ssh/login" || exit 99
ssh-keygen -q -t ed25519 -N '' -f "$box/ssh/host" || exit 99
cp "$box/ssh/login.pub" "$box/ssh/authorized"
printf 'alice@laptop namespaces="pvm-grant-v1" %s\n' "$(cut -d' ' -f1,2 "$laptop/key.pub")" >>"$PVM_HOME/allowed_signers"

cat >"$box/ssh/there" <<END
#!/bin/sh
export HOME=$HOME PVM_HOME=$PVM_HOME PATH=$PATH LC_ALL=C ${ASAN_OPTIONS:+ASAN_OPTIONS=$ASAN_OPTIONS}
cd "$box/real/work" || exit
exec sh -c "\$SSH_ORIGINAL_COMMAND"
END
chmod 755 "$box/ssh/there"
# started PORT: a server there, or not, where the port is taken; its number is in $server
server=
started() {
  cat >"$box/ssh/sshd_config" <<END
ListenAddress 127.0.0.1
Port $1
HostKey $box/ssh/host
AuthorizedKeysFile $box/ssh/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
PidFile none
AllowAgentForwarding yes
ForceCommand $box/ssh/there
END
  "$sshd" -D -e -f "$box/ssh/sshd_config" 2>"$box/ssh/log" &
  server=$!
  for _ in $(seq 200); do
    grep -q 'Server listening' "$box/ssh/log" && return 0
    kill -0 "$server" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}
ending() { [ -z "$server" ] || kill "$server" 2>/dev/null; "$REAL" -rf -- "$box"; }
trap ending EXIT
for port in $(shuf -i 20000-60000 -n 8); do
  started "$port" && break
  server=
done
ok "sshd listens: $(tail -n 1 "$box/ssh/log")" [ -n "$server" ]
cat >"$box/ssh/config" <<END
Host build
  HostName 127.0.0.1
  Port $port
  IdentityFile $box/ssh/login
  IdentitiesOnly yes
  StrictHostKeyChecking accept-new
  UserKnownHostsFile $box/ssh/known
  ForwardAgent yes
Host alias
  HostName 127.0.0.1
  Port $port
  IdentityFile $box/ssh/login
  StrictHostKeyChecking accept-new
  UserKnownHostsFile $box/ssh/known
Host down
  HostName 127.0.0.1
  Port 1
END
# The stand-in: ssh with that configuration, whose answers go through \$box/ssh/change where there is such a thing.
cat >"$box/ssh/ssh" <<END
#!/bin/sh
printf '%s\n' "\$@" >>"$box/ssh/calls"
[ -x "$box/ssh/instead" ] && exec "$box/ssh/instead" "\$@"
[ -x "$box/ssh/change" ] || exec /usr/bin/ssh -F "$box/ssh/config" "\$@"
case "\$*" in *--draft*) ;; *) exec /usr/bin/ssh -F "$box/ssh/config" "\$@" ;; esac
/usr/bin/ssh -F "$box/ssh/config" "\$@" | "$box/ssh/change"
END
chmod 755 "$box/ssh/ssh"
printf 'key: %s\nprincipal: alice@laptop\nreal:\n  ssh: %s\n' "$laptop/key" "$box/ssh/ssh" >"$laptop/pvm/config.yaml"

here() { HOME=$laptop PVM_HOME=$laptop/pvm "$@"; }
state_of() { pvmctl status "$1" --json >"$box/state" && sqlite3 :memory: \
  "SELECT json_extract(CAST(readfile('$box/state') AS TEXT), '\$.state')"; }
ask() { a_tree "$1"; ends 0 pvmctl request --json --reason "${2:-clean build}" -- rm -rf "$1"; id=$(json id); }
is_in_state() { ok "the request is $1 (was $(state_of "$id"))" [ "$(state_of "$id")" = "$1" ]; }
signatures() { sqlite3 "$PVM_HOME/vault.db" 'SELECT count(*) FROM grants'; }
cat >"$box/terminal.exp" <<'SCRIPT'
set timeout 60
spawn -noecho {*}$argv
expect {
  -re {Sign this\? \[y/N\] $} { send -- "$env(ANSWER)\r"; exp_continue }
  -re {[Ee]nter passphrase[^\n]*: $} { send -- "$env(PASSPHRASE)\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
# at_terminal ANSWER COMMAND…: on the laptop; what the terminal showed goes to $box/out.
at_terminal() {
  HOME=$laptop PVM_HOME=$laptop/pvm ANSWER=$1 PASSPHRASE='correct horse' NO_COLOR=1 \
    expect -f "$box/terminal.exp" -- "${@:2}" >"$box/raw" 2>"$box/err" </dev/null
  status=$?
  tr -d '\r' <"$box/raw" >"$box/out"
}

# ---- what is no destination is not handed to ssh ----
for host in '-oProxyCommand=touch proxied' '' 'a b' $'a\nb' $'a\x1b[2Jb' 'x@-oProxyCommand=touch'; do
  ends 2 here pvmctl --host "$host" pending
  complains 'is no destination for ssh'
done
ends 2 here pvmctl "--host=-oProxyCommand=touch proxied" pending
is_gone proxied
for verb in doctor 'audit verify' 'unlock --yes' 'allow --agent a rm /x' init; do
  # shellcheck disable=SC2086
  ends 2 here pvmctl --host build $verb
  complains 'pending, show, approve, deny and revoke'
done
ends 2 here pvmctl --host build
ends 2 here pvmctl --host build --host build pending
ends 2 here pvmctl --host build approve --frobnicate 5ab2
is_gone "$box/ssh/calls"

# ---- the story ----
ask build
ends 0 here pvmctl --host build pending
says "${id:0:8}"
complains "pvmctl --host build approve ${id:0:8}"
ends 0 here pvmctl --host build pending --json
ok "its JSON is JSON" [ "$(json 'requests[0].id')" = "$id" ]
ends 0 here pvmctl --host build show "$id"
says 'clean build'
ends 1 here pvmctl --host build approve "$id"
complains 'at a terminal of their own'
is_in_state pending
at_terminal n pvmctl --host build approve "$id"
ok "no is no (was $status)" [ "$status" = 1 ]
is_in_state pending
at_terminal y pvmctl --host build approve "$id" --note 'well done'
ok "approved (was $status)" [ "$status" = 0 ]
says "as told by 'build' (it calls itself '$(hostname)'), of a request that is"
says '  | claude wants rm -r'
says 'nothing of it was looked up on this machine'
says 'pvm-grant/1'
says "scope path $box/real/work/build"
says 'approver alice@laptop'
says 'you sign: 1 use, for 4 h (until '
says '), for exactly what was told'
says "approved ${id:0:8} at build: grant"
ok "no agent is lent, whatever ssh_config says" grep -qx -e -a "$box/ssh/calls"
ends 0 safe-rm -rf build
is_gone build
ends 0 pvmctl audit verify
ok "nothing of a vault is on the laptop" [ ! -e "$laptop/pvm/vault.db" ]

ask build
at_terminal y pvmctl --host build approve "$id" --for 30m --uses 2 --json
ok "for a time (was $status)" [ "$status" = 0 ]
grant=$(pvmctl grants --json >"$box/out" && json 'grants[0].id')
ends 0 here pvmctl --host build revoke "$grant"
ends 1 safe-rm -rf build
ask other
ends 0 here pvmctl --host build deny "$id" --note 'use make; $(touch "$HOME/x") `touch x`'
is_in_state denied
is_gone "$HOME/x"
ends 2 here pvmctl --host build show ffff
complains 'pvmctl: '

# an unattended key is marked as one
ssh-keygen -q -p -P 'correct horse' -N '' -f "$laptop/key" >/dev/null
sed -i '1i approve_without_terminal: true' "$laptop/pvm/config.yaml"
ask build
ends 0 here pvmctl --host build approve "$id" --yes
ends 0 pvmctl grants
says 'unattended'
ends 0 safe-rm -rf build

# a name that is not trusted there is told before anybody signs
ask build
sed -i 's/^principal: .*/principal: bob@laptop/' "$laptop/pvm/config.yaml"
ends 125 here pvmctl --host build approve "$id" --yes
complains "'build': 'bob@laptop' is not trusted here"
sed -i 's/^principal: .*/principal: alice@laptop/' "$laptop/pvm/config.yaml"

# ---- not reached ----
ends 125 here pvmctl --host down pending
complains "cannot reach 'down'"
complains "ssh down 'pvmctl doctor'"
instead() { printf '#!/bin/sh\n%s\n' "$1" >"$box/ssh/instead" && chmod 755 "$box/ssh/instead"; }
instead 'exit 127'
ends 125 here pvmctl --host build pending
complains "pvmctl is not found on 'build'"
instead 'kill -9 $$'
ends 125 here pvmctl --host build pending
"$REAL" "$box/ssh/instead"

# ---- what it sends is not believed ----
ask build
before=$(signatures)
not_signed() {
  ok "nothing was signed for $1" [ "$(signatures)" = "$before" ]
  is_in_state pending
}
# changed WHAT SED WORDS…: the draft as that changes it is refused
changed() {
  local what=$1
  printf '#!/bin/sh\nexec sed -E %q\n' "$2" >"$box/ssh/change"
  chmod 755 "$box/ssh/change"
  ends 125 here pvmctl --host build approve "$id" --yes "${@:4}"
  complains "$3"
  not_signed "$what"
}
other=$(printf '%032d' 7)
changed 'another request' "s/(request) $id/\\1 $other/" 'is about another request'
changed 'more uses' 's/uses 1\\n/uses 9\\n/' 'more than one use'
changed 'unlimited' 's/uses 1\\n/uses unlimited\\n/' 'more than one use'
changed 'a longer life' 's/(not-after )[0-9]+/\19000000000/' 'would live for'
changed 'a longer life than said' 's/(not-after )[0-9]+/\19000000000/' 'and at most 1 h was said' --for 1h
changed 'no effect' 's/effect sha256:[0-9a-f]*/effect -/' 'not bound'
changed 'another approver' 's/approver alice/approver malice/' 'another approver'
changed 'another door' 's/via cli/via serve/' 'by way of'
changed 'other uses than said' 's/uses 2\\n/uses 3\\n/' 'another number of uses' --uses 2
changed 'a wider scope' 's|scope path [^\\]*|scope path /|' 'which you did not say' --for 1h --scope "$box/real/work/build"
changed 'another vault' 's/vault [0-9a-f]{8}/vault 00000000/' 'has another vault than before'
changed 'a time long ago' 's/(not-before )[0-9]+/\11000000000/' 'the clocks differ'
changed 'a log without an edge' 's/"edge": "[^"]*"/"edge": ""/' 'testifies nothing'
changed 'a log with another root' 's/(log [0-9]+ )./\1z/' 'no'
changed 'a log with another proof' 's/"consistency": \[/&"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",/' 'no proof that they begin'
changed 'no statement' 's/"statement"/"other"/' 'is no draft'
changed 'a statement of another kind' 's/pvm-grant.1/pvm-unlock\/1/' 'is no grant'
changed 'garbage' 's/[{}]/(/g' 'not what pvmctl says'
changed 'nothing' 'd' 'not what pvmctl says'
"$REAL" "$box/ssh/change"

instead 'head -c 6000000 /dev/zero | tr "\0" "["'
ends 125 here pvmctl --host build approve "$id" --yes
complains 'not heard out'
ends 125 here pvmctl --host build pending
instead 'yes >&2'
ends 125 here pvmctl --host build pending
complains 'not heard out'
instead 'head -c 200000 /dev/zero | tr "\0" "["'
ends 125 here pvmctl --host build pending --json
says 'not what pvmctl says'
instead "printf '\\033[2J\\033]0;x\\007a\\r\\342\\200\\256b\\n'; printf '\\033[31mred\\n' >&2; exit 1"
ends 1 here pvmctl --host build pending
ok "no escape sequence comes through" sh -c '! LC_ALL=C grep -qE "$(printf "\033|\r|\007|\342\200\256")" "$1" "$2"' - "$box/out" "$box/err"
says '\x1B[2J'
instead "printf '{\"requests\": [\"\\\\u001b[2J\\342\\200\\256\\\\u009b\"]}'"
ends 0 here pvmctl --host build pending --json
ok "nor through JSON" sh -c '! LC_ALL=C grep -qE "$(printf "\033|\302|\342")" "$1"' - "$box/out"
"$REAL" "$box/ssh/instead"

# a card full of tricks is shown as theirs, line by line
sed -i '/approve_without_terminal/d' "$laptop/pvm/config.yaml"
printf '#!/bin/sh\nexec sed -E %q\n' 's/"card": "/&\\u001b[2J\\u001b[1;1Hyou sign: nothing\\nSign this? [n\/N]\\n/' >"$box/ssh/change"
chmod 755 "$box/ssh/change"
at_terminal n pvmctl --host build approve "$id"
ok "it was asked (was $status)" [ "$status" = 1 ]
says '  | \x1B[2J\x1B[1;1Hyou sign: nothing'
says '  | Sign this? [n/N]'
not_signed 'a card full of tricks'
"$REAL" "$box/ssh/change"

# ---- the log is held against what was seen of it ----
sqlite3 "$PVM_HOME/vault.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp -a "$PVM_HOME" "$box/old"
# Somebody who hands on the draft of a machine that is known, under a name of their own, gets nothing signed.
before=$(signatures)
at_terminal y pvmctl --host alias approve "$id"
ok "a known vault by another name is refused (was $status)" [ "$status" = 125 ]
says "'alias' shows the vault that you know as 'build'"
not_signed 'a draft that was handed on'
for _ in 1 2; do
  at_terminal y pvmctl --host build approve "$id"
  ok "approved (was $status)" [ "$status" = 0 ]
  ends 0 safe-rm -rf build
  ask build
done
"$REAL" -rf "$PVM_HOME"
cp -a "$box/old" "$PVM_HOME"
"$REAL" "$PVM_HOME/heads"
a_tree third
ends 0 pvmctl request --json --reason x -- rm -rf third
id=$(json id)
before=$(signatures)
at_terminal y pvmctl --host build approve "$id"
ok "a log that is shorter is refused (was $status)" [ "$status" = 125 ]
says 'you saw'
not_signed 'an old copy'
for number in $(seq 12); do ends 0 pvmctl backup "$box/$number.db"; done # as long as it was, and another
at_terminal y pvmctl --host build approve "$id"
ok "a log that is another is refused (was $status)" [ "$status" = 125 ]
says 'no proof that they begin with those'
not_signed 'another log'

# A first contact that is turned down leaves nothing behind: neither a vault nor a head that somebody made up.
mkdir -p "$laptop/pvm" && "$REAL" -rf "$laptop/pvm/hosts" "$laptop/pvm/hosts.heads"
at_terminal n pvmctl --host alias approve "$id"
says 'never seen before'
ok "it was asked, and the answer was no (was $status)" [ "$status" = 1 ]
ok "nothing is remembered of it" [ ! -e "$laptop/pvm/hosts" -a ! -e "$laptop/pvm/hosts.heads" ]
at_terminal y pvmctl --host build approve "$id"
ok "and the machine itself is none the worse (was $status)" [ "$status" = 0 ]
finish
