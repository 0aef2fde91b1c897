# SPDX-License-Identifier: Apache-2.0
# Whatever is wrong with the vault, the trust or the process itself: nothing is removed, the exit status is 125, and one
# line says what is wrong. Each fault stands alone, and where it is mended again the standing grant works.
. "$(dirname "$0")/lib.sh"
set_up
ends 0 pvmctl allow --agent claude rm "$box/real/work" --for 1h --yes
vault=$PVM_HOME/vault.db
sqlite3 "$vault" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null # all of it in one file
"$REAL" -f -- "$vault"-*
cp -a "$PVM_HOME" "$box/sound"
is_root() { [ "$(id -u)" = 0 ]; }

mend() {
  chmod -fR u+rwX "$PVM_HOME"
  "$REAL" -rf -- "$PVM_HOME"
  cp -a "$box/sound" "$PVM_HOME"
  a_tree victim
}

# refuses WHAT [TEXT]: the last command could not decide, said so in a line of safe-rm's (with TEXT in it), and a hint
refuses() {
  ok "$1: exit status 125 (was $status)" [ "$status" = 125 ]
  ok "$1: one line says so" [ "$(grep -c '^safe-rm: cannot decide: .*; nothing was removed$' "$box/err")" = 1 ]
  ok "$1: no more than that and a hint" [ "$(wc -l <"$box/err")" -le 2 ]
  [ $# -lt 2 ] || complains "$2"
  exists victim/one
  exists victim/sub/two
}

# fault WHAT TEXT: the vault as it is now must make safe-rm refuse
fault() {
  run timeout 20 safe-rm -rf victim
  refuses "$@"
  mend
}

a_tree victim
ends 0 pvmctl check -- rm -rf victim

# ---- the vault ----
"$REAL" -rf -- "$PVM_HOME/vault.db"; fault 'no vault' 'there is no vault'
"$REAL" -rf -- "$PVM_HOME"; fault 'no directory' 'there is no vault'
chmod 0755 "$PVM_HOME"; fault 'a directory that others can read' 'is open to its group or to others (mode 0755)'
chmod 0777 "$PVM_HOME"; fault 'a directory that others can write' '(mode 0777)'
chmod 0777 "$HOME"; fault 'a parent that others can write' '(mode 0777)'
chmod 0755 "$HOME"
chmod 0644 "$vault"; fault 'a vault that others can read' 'is open to its group or to others (mode 0644)'
mv "$vault" "$box/elsewhere.db"; ln -s "$box/elsewhere.db" "$vault"; fault 'a symlink' 'is a symbolic link'
"$REAL" "$vault"; mkfifo "$vault"; fault 'a FIFO' 'is not a regular file'
"$REAL" "$vault"; mkdir "$vault"; fault 'a directory for a vault' 'is a directory'
ln "$vault" "$box/second-name"; fault 'a vault with two names' '2 names (hard links)'
"$REAL" -f "$box/second-name"
: >"$vault"; fault 'an empty file'
head -c 100000 /dev/urandom >"$vault"; fault 'noise' 'damaged or not a vault'
"$REAL" -f -- "$vault"-*; truncate -s 3000 "$vault"; fault 'half a vault'
"$REAL" -f -- "$vault"-*; sqlite3 "$vault" 'PRAGMA user_version = 99' >/dev/null; fault 'a newer vault' 'a newer PVM (format 99)'
sqlite3 "$vault" 'PRAGMA user_version = 1' >/dev/null; fault 'an older vault' 'the vault has format 1, this program wants 3'
sqlite3 "$vault" 'PRAGMA application_id = 1' >/dev/null; fault 'a database of something else' 'not a vault of PVM'
sqlite3 "$vault" 'CREATE TRIGGER t AFTER UPDATE ON grants BEGIN UPDATE grants SET used = 0; END'
fault 'a trigger' "the vault's tables are not those"
sqlite3 "$vault" 'DROP INDEX grants_by_age'; fault 'a table less' "the vault"
sqlite3 "$vault" 'DELETE FROM state'; fault 'no state'
ln -sf /dev/null "$vault-wal"; fault 'a symlinked WAL' 'is a symbolic link'
if is_root; then
  chown 12345 "$vault"; fault "another user's vault" 'belongs to user 12345'
  chown 12345 "$PVM_HOME"; fault "another user's directory" 'belongs to user 12345'
else
  chmod 0000 "$vault"; fault 'a vault that cannot be read'
fi

# held by another process: refused after a while, and not for ever
mkfifo "$box/hold"
{ echo 'BEGIN IMMEDIATE; SELECT 1;'; read -r _ <"$box/hold"; } | sqlite3 -batch "$vault" >"$box/held" &
holder=$!
for _ in $(seq 100); do [ -s "$box/held" ] && break; sleep 0.05; done
ok 'the vault is held' [ -s "$box/held" ]
run timeout 20 safe-rm -rf victim
echo >"$box/hold"
wait "$holder"
refuses 'a vault that is held' 'another process holds the vault'
mend

# ---- no room, no writing: in a mount namespace of its own ----
on_small_disk() { # COMMAND: run by sh where PVM_HOME is a file system of 512 KiB with the vault on it
  run unshare -m --propagation private sh -c 'mount -t tmpfs -o size=512k,mode=0700 tmpfs "$PVM_HOME" &&
    cp -a "$1/." "$PVM_HOME/" && eval "$2"; status=$?; exit $status' - "$box/sound" "$1"
}
if is_root && unshare -m true 2>/dev/null; then
  on_small_disk 'dd if=/dev/zero of="$PVM_HOME/fill" bs=1k status=none 2>/dev/null; timeout 20 safe-rm -rf victim'
  refuses 'a full disk'
  on_small_disk 'mount -o remount,ro,bind "$PVM_HOME" && timeout 20 safe-rm -rf victim'
  refuses 'a read-only file system'
  on_small_disk 'timeout 20 safe-rm -rf victim/sub'
  ok "the same disk with room: removed (was $status)" [ "$status" = 0 ]
  "$REAL" -rf victim; a_tree victim
else
  chmod 0500 "$PVM_HOME"; chmod 0400 "$vault"
  fault 'a vault that cannot be written'
fi

# ---- whom to trust ----
signers=$PVM_HOME/allowed_signers
"$REAL" "$signers"; fault 'no allowed_signers' 'no approver is trusted yet'
: >"$signers"; fault 'nobody trusted' 'is empty'
chmod 0664 "$signers"; fault 'signers that the group can write' '(mode 0664)'
echo 'alice ssh-ed25519' >"$signers"; fault 'a signer without a key'
mv "$signers" "$box/elsewhere"; ln -s "$box/elsewhere" "$signers"; fault 'a symlink' 'is a symbolic link'
sed -i 's/ namespaces="[^"]*"//' "$signers"
run safe-rm -rf victim
ok "a key without namespaces= grants nothing (was $status)" [ "$status" = 1 -o "$status" = 125 ]
exists victim/one
mend

# ---- the configuration ----
config=$PVM_HOME/config.yaml
lines=$(wc -l <"$config")
for bad in 'approve_always: true' 'once_life: 13h' 'use_ssh_agent: maybe' 'key: relative' 'vault: /tmp/x y:' '	tab: 1' \
  'approve_without_terminal: true' 'once_life'; do
  echo "$bad" >>"$config"
  fault "config.yaml with '$bad'" "config.yaml line $((lines + 1)): "
done
printf 'vault: %s\n' "$box/sound" >>"$config"; fault 'a vault that a user moves' "sets 'vault'"
chmod 0666 "$config"; fault 'a configuration that others can write' '(mode 0666)'
printf 'real:\n  rm: %s/nosuch\n' "$box" >>"$config"
run safe-rm -rf victim
ok "no real rm: 127 (was $status)" [ "$status" = 127 ]
exists victim/one
mend
printf 'real:\n  rm: %s/bin/safe-rm\n' "$(cd "$PVM_STAGE" && pwd -P)" >>"$config"
run timeout 20 safe-rm -rf victim
ok "rm that is the wrapper itself: 126 (was $status)" [ "$status" = 126 ]
exists victim/one
mend

# ---- the environment ----
PVM_HOME=relative run safe-rm -rf victim; refuses 'PVM_HOME relative' 'PVM_HOME is not an absolute path'
run env -u HOME -u PVM_HOME "$PVM_STAGE/bin/safe-rm" -rf victim; refuses 'no HOME' 'HOME is not set'
HOME='' run env -u PVM_HOME "$PVM_STAGE/bin/safe-rm" -rf victim; refuses 'HOME empty' 'HOME is not set'
HOME=. run env -u PVM_HOME "$PVM_STAGE/bin/safe-rm" -rf victim; refuses 'HOME relative' 'HOME is not an absolute path'
for name in 'a b' '-x' $'a\nb' $'a\e[31m' "$(printf 'x%.0s' $(seq 200))"; do
  PVM_AGENT=$name run safe-rm -rf victim; refuses 'a bad agent' 'PVM_AGENT is no name for an agent'
done
run env -i "$PVM_STAGE/bin/safe-rm" -rf victim; refuses 'an empty environment'

# ---- the process ----
# argc 0: a kernel since 5.18 gives an empty name instead; either way nothing is removed
run perl -e 'my @none; exec { $ARGV[0] } @none; exit 99' "$PVM_STAGE/bin/safe-rm"
ok "no argv at all: no removal, no crash (was $status)" [ "$status" = 125 -o "$status" = 1 ]
exists victim/one

"$PVM_STAGE/bin/safe-rm" -rf /nonexistent/victim <&- >&- 2>&-
ok "closed descriptors, nothing to remove" [ $? = 0 ]
chmod 0755 "$PVM_HOME"
"$PVM_STAGE/bin/safe-rm" -rf victim <&- >&- 2>&-
ok "closed descriptors and a bad vault" [ $? = 125 ]
exists victim/one
mend
a_tree more
"$PVM_STAGE/bin/safe-rm" -rf more <&- >&- 2>&-
ok "closed descriptors do not end up in the vault" [ $? = 0 ]
is_gone more
ok "the vault is still sound" [ "$(sqlite3 "$vault" 'PRAGMA integrity_check')" = ok ]
mend

# no file may grow: by its default action that signal ends a process. What is said goes through a pipe.
for action in true "trap '' XFSZ"; do
  run bash -c "($action; ulimit -f 0; exec safe-rm -rf victim) 2>&1 | cat >&2; exit \${PIPESTATUS[0]}"
  refuses 'a limit on the size of files'
  mend
done
# What is built for the sanitizers is dynamic, and its loader needs a descriptor more than is left.
if [ -z "${PVM_SANITIZE:-}" ]; then
  run bash -c 'ulimit -n 4; exec safe-rm -rf victim'
  ok "four descriptors: refused (was $status)" [ "$status" = 125 ]
fi
run bash -c 'ulimit -n 6; exec safe-rm -rf victim'
ok "six descriptors: refused (was $status)" [ "$status" = 125 ]
exists victim/one
mend

# and where nothing is wrong it works
ends 0 safe-rm -rf victim
is_gone victim
finish
