# SPDX-License-Identifier: Apache-2.0
# Root's trust: root sets it up, the agent's user asks, the approver's user answers, and neither the agent nor a third
# user can forge, redirect or let go on. Three real users, in an /etc and a /var/lib of the test's own; see own_root.sh
# for what that needs.
own_root_users=yes
. "$(dirname "$0")/own_root.sh"
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/users.sh"

# ---- root sets it up ----
as alice ssh-keygen -q -t ed25519 -N 'correct horse' -C alice@host -f "$box/homes/alice/key" || exit 99
as agent ssh-keygen -q -t ed25519 -N '' -C alice@host -f "$box/homes/agent/key" || exit 99
signer=$box/homes/alice/key.pub

nothing_made() { ok "$1: nothing is left" sh -c '! ls -d /etc/pvm* /var/lib/pvm* 2>/dev/null | grep -q .'; }
ends 1 as agent pvmctl init --system --group pvm --signer "$box/homes/agent/key.pub"
complains 'as root'
ends 2 pvmctl init --system --signer "$signer"
complains '--group pvm'
ends 125 pvmctl init --system --group nosuch --signer "$signer"
complains "no group 'nosuch'"
ends 2 pvmctl init --system --group root --signer "$signer"
ends 2 pvmctl init --system --group pvm
complains 'root makes no key for somebody else'
ends 2 pvmctl init --system --group pvm --signer "$box/homes/alice/key"
ends 2 pvmctl init --system --group pvm --signer "$signer" --key x
ends 2 pvmctl init --group pvm
ends 2 pvmctl init --system --group pvm --signer "$signer" --principal '*'
ends 2 pvmctl init --system --group pvm --signer "$signer" --vault relative
ends 125 pvmctl init --system --group pvm --signer "$signer" --vault "$box/homes/agent/vault"
complains 'must belong to root'
nothing_made 'what was refused'

# A file system without locks, and one that fails at the last step.
export ASAN_OPTIONS=detect_leaks=0
# injected CALL ERROR: init with every such call failing, the locks of files alone for fcntl.
first_lock() {
  run strace -qq -f -e trace=fcntl -o "$box/trace" pvmctl init --system --group pvm --signer "$signer"
  "$REAL" -rf /etc/pvm "$vault"
  grep -n . "$box/trace" | grep F_SETLK | head -n 1 | cut -d: -f1
}
ends 125 strace -qq -f -o "$box/trace" -e inject="fcntl:error=ENOLCK:when=$(first_lock)" \
  pvmctl init --system --group pvm --signer "$signer"
complains 'locks no files'
nothing_made 'no locks'
ends 1 strace -qq -f -o "$box/trace" -e inject=renameat2:error=EEXIST pvmctl init --system --group pvm --signer "$signer"
nothing_made 'another /etc/pvm came first'
unset ASAN_OPTIONS

ends 0 pvmctl init --system --group pvm --signer "$signer" --principal alice@host
says 'alice@host'
says "$(ssh-keygen -lf "$signer" | cut -d' ' -f2)"
complains 'gpasswd --add USER pvm'
is_as /etc/pvm '755 0:0'
is_as $real_signers '644 0:0'
is_as /etc/pvm/config.yaml '644 0:0'
is_as $vault '2770 0:2010'
for file in vault.db vault.db-wal vault.db-shm; do is_as "$vault/$file" '660 0:2010'; done
ends 1 pvmctl init --system --group pvm --signer "$signer"
complains 'is there already'
ends 1 as alice pvmctl init
complains 'ssh-keygen -t ed25519'
complains 'pvmctl trust add'

# ---- doctor, for each of them ----
ends 0 pvmctl shim install --system
# As the human that the user is, before any agent is started.
doctor_of() { run as "$1" env -u PVM_AGENT pvmctl doctor; }
doctor_of agent
ok "the agent's doctor finds nothing unsafe (was $status)" [ "$status" = 0 ]
says 'shared by group 2010'
doctor_of alice
ok "alice's finds nothing unsafe (was $status)" [ "$status" = 0 ]
says 'note    key: no key to sign with'
as alice mkdir -p -m 700 "$box/homes/alice/.config/pvm"
printf 'key: %s\napprove_without_terminal: true\n' "$box/homes/alice/key" |
  as alice tee "$box/homes/alice/.config/pvm/config.yaml" >/dev/null
doctor_of alice
ok "with a key neither (was $status)" [ "$status" = 0 ]
says 'says what you sign with'
says 'ok      key:'
as alice chmod 640 "$box/homes/alice/key"
doctor_of alice
ok "a key that others can read is unsafe (was $status)" [ "$status" = 1 ]
says 'unsafe  key:'
as alice chmod 600 "$box/homes/alice/key"
chmod 777 /etc/pvm
for program in 'pvmctl doctor' 'safe-rm x'; do
  run as agent $program
  ok "an /etc/pvm that others write is refused by $program (was $status)" [ "$status" != 0 ]
done
chmod 755 /etc/pvm

# ---- the agent asks, the approver answers ----
as agent sh -c 'umask 077; mkdir -p build/sub; echo one >build/one; echo two >build/sub/two'
afresh
ends 1 as agent sh -c 'umask 077; exec safe-rm -rf build'
complains "agent 'claude' has no grant"
for file in vault.db-wal vault.db-shm; do is_as "$vault/$file" '660 2001:2010'; done
ends 0 as agent pvmctl request --json --reason 'clean build' -- rm -rf build
id=$(json id)
ends 0 as alice pvmctl pending
says "${id:0:8}"
ends 0 as alice pvmctl show "$id"
says 'as told by the agent:'
says 'Permission denied'
ends 1 as alice pvmctl approve "$id" --yes
complains 'at a terminal'
at_terminal y wrong alice pvmctl approve "$id"
ok "a wrong passphrase signs nothing (was $status)" [ "$status" = 125 ]
at_terminal y 'correct horse' alice pvmctl approve "$id"
ok "approved (was $status)" [ "$status" = 0 ]
says 'as told by the agent:'
says 'for exactly what was told'
says 'approver alice@host'
ends 0 as agent safe-rm -rf build
ok "it is gone" test ! -e "$box/homes/agent/build"

# where the approver can look they do, and where they cannot see all of it they say so
mkdir -m 755 "$box/shared"
chown agent "$box/shared"
as agent sh -c "cd '$box/shared' && mkdir -p open/sub half/closed && echo 1 >open/one && echo 2 >half/closed/two &&
  chmod 700 half/closed"
ends 0 as agent pvmctl request --json --reason x -- rm -rf "$box/shared/open"
open_id=$(json id)
ends 0 as alice pvmctl show "$open_id" --json
ok "the approver looked" [ "$(json seen.looked_up)" = 1 ]
ends 0 as agent pvmctl request --json --reason x -- rm -rf "$box/shared/half"
half_id=$(json id)
ends 0 as alice pvmctl show "$half_id"
says "as told by the agent: you cannot look into '$box/shared/half/closed'"
at_terminal y 'correct horse' alice pvmctl approve "$half_id"
ok "approved as told (was $status)" [ "$status" = 0 ]
ends 0 as agent safe-rm -rf "$box/shared/half"
ends 0 as alice pvmctl deny "$open_id"
ends 1 as agent safe-rm -rf "$box/shared/open"

# a draft is the approver's own
as agent sh -c 'mkdir build && echo 1 >build/one'
ends 0 as agent pvmctl request --json --reason again -- rm -rf build
id=$(json id)
ends 0 as alice pvmctl approve --draft "$id"
exists "$box/homes/alice/.local/state/pvm/drafts/$id"
ok "nothing of it is in the vault's directory" [ ! -e "$vault/drafts" ]

# ---- the agent's user forges, redirects, unlocks ----
ends 0 as agent pvmctl approve --draft "$id"
as agent sh -c "cp '$box/homes/agent/.local/state/pvm/drafts/$id' forged; ssh-keygen -q -Y sign -f key -n pvm-grant-v1 forged 2>/dev/null"
ends 125 as agent pvmctl approve --signature forged.sig "$id"
complains 'not'
grant=$(sed -n 's/^id //p' "$box/homes/agent/forged")
by_sql agent "INSERT INTO grants SELECT '$grant', agent, action, not_after + 100000, epoch, use_limit, 0, NULL, added,
  readfile('$box/homes/agent/forged'), readfile('$box/homes/agent/forged.sig') FROM grants LIMIT 1"
ends 75 as agent env PVM_WAIT=0 safe-rm -rf build
exists "$box/homes/agent/build/one"
ends 1 as alice pvmctl audit verify
as agent sqlite3 "$vault/vault.db" "DELETE FROM grants WHERE grant_id = '$grant'"
ends 0 as alice pvmctl audit verify

printf 'key: %s\nprincipal: alice@host\napprove_without_terminal: true\nuse_ssh_agent: true\n' "$box/homes/agent/key" |
  as agent sh -c 'mkdir -p .config/pvm && chmod 700 .config .config/pvm && cat >.config/pvm/config.yaml'
ends 125 as agent pvmctl approve "$id" --yes
complains 'is not in'
ends 1 as agent pvmctl trust add key.pub --principal alice@host --yes
complains "root's alone"
for attempt in 'cat key.pub >>/etc/pvm/allowed_signers' 'mv /etc/pvm /etc/pvm2' 'rm -rf /etc/pvm/allowed_signers' \
  'ln -sf key.pub /etc/pvm/allowed_signers' 'mv /var/lib/pvm /var/lib/pvm2' 'chmod 777 /var/lib/pvm'; do
  ok "refused by the kernel: $attempt" sh -c '! "$@" 2>/dev/null' - setpriv --reuid 2001 --regid 2001 --groups 2010 \
    sh -c "cd '$box/homes/agent' && PATH=/usr/bin:/bin && $attempt"
done

# a vault and a trust of the agent's own making are not asked for
as agent mkdir -p -m 700 fake fake/pvm
{ printf 'alice@host namespaces="pvm-grant-v1" '; cut -d' ' -f1,2 "$box/homes/agent/key.pub"; } |
  as agent tee fake/allowed_signers fake/pvm/allowed_signers >/dev/null
for variable in "PVM_HOME=$box/homes/agent/fake" "XDG_CONFIG_HOME=$box/homes/agent/fake" \
  "XDG_STATE_HOME=$box/homes/agent/fake" "HOME=$box/homes/agent/fake"; do
  EXTRA=("$variable")
  ends 75 as agent safe-rm -rf build
  EXTRA=()
  exists "$box/homes/agent/build/one"
done

# locked: the agent cannot unlock; by SQL it can clear the row, and the log says so
at_terminal y 'correct horse' alice pvmctl approve "$id" --uses 3
ok "approved (was $status)" [ "$status" = 0 ]
ends 0 as alice pvmctl lock --reason 'looking into it'
ends 1 as agent safe-rm -rf build
complains 'locked'
ends 125 as agent pvmctl unlock
exists "$box/homes/agent/build/one"
by_sql agent 'UPDATE state SET lock_id = NULL, generation = generation + 1'
ends 1 as alice pvmctl audit verify
says 'lock'
at_terminal y 'correct horse' alice pvmctl approve "$id" # whoever cleared it had to leave the log as it was
ends 0 as agent safe-rm -rf build                        # and until somebody looks, it is not locked
ends 0 as alice pvmctl lock
at_terminal y 'correct horse' alice pvmctl unlock
ok "the approver unlocks (was $status)" [ "$status" = 0 ]

# ---- another approver, whom root takes in and turns away ----
as mallory ssh-keygen -q -t ed25519 -N '' -C bob@host -f "$box/homes/mallory/key" || exit 99
at_terminal_as_root() {
  ANSWER=$1 PASSPHRASE='' expect -f "$box/terminal.exp" -- "${@:2}" >"$box/out" 2>"$box/err" </dev/null
  status=$?
}
at_terminal_as_root y pvmctl trust add "$box/homes/mallory/key.pub" --principal bob@host
ok "root trusts another key (was $status)" [ "$status" = 0 ]
is_as $real_signers '644 0:0'
ends 1 as alice pvmctl trust remove bob@host
ends 0 pvmctl trust remove bob@host

# ---- a third user ----
for program in 'pvmctl pending' 'pvmctl request --reason x -- rm -rf /tmp/x' 'safe-rm -rf key' 'pvmctl lock' 'pvmctl audit verify'; do
  # shellcheck disable=SC2086
  ends 125 as mallory $program
  complains 'is shared by group 2010, and you (user 2003) are not of it'
done
exists "$box/homes/mallory/key"
finish
