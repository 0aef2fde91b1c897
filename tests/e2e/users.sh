# SPDX-License-Identifier: Apache-2.0
# Three users for tests of root's trust: the agent's, the approver's (alice), and mallory, who is not of the group pvm that
# the other two share. Sourced after own_root.sh, with own_root_users=yes, and lib.sh.
chmod 755 "$box"

cat >>/etc/passwd <<END
agent:x:2001:2001::$box/homes/agent:/bin/sh
alice:x:2002:2002::$box/homes/alice:/bin/sh
mallory:x:2003:2003::$box/homes/mallory:/bin/sh
END
printf 'agent:x:2001:\nalice:x:2002:\nmallory:x:2003:\npvm:x:2010:agent,alice\n' >>/etc/group
for user in agent alice mallory; do
  mkdir -p "$box/homes/$user"
  chown "$user:$user" "$box/homes/$user"
  chmod 700 "$box/homes/$user"
done
vault=/var/lib/pvm
real_signers=/etc/pvm/allowed_signers

# as USER COMMAND…: in that user's home, with an environment of theirs. EXTRA: more variables for it.
EXTRA=()
as() {
  local user=$1 groups=2010
  shift
  case $user in
    agent) ids=(--reuid 2001 --regid 2001) ;;
    alice) ids=(--reuid 2002 --regid 2002) ;;
    mallory) ids=(--reuid 2003 --regid 2003) groups=2003 ;;
  esac
  (cd "$box/homes/$user" && exec setpriv "${ids[@]}" --groups "$groups" env -i HOME="$box/homes/$user" PATH="$PATH" \
    PVM_AGENT=claude LC_ALL=C USER="$user" TERM=dumb NO_COLOR=1 ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} \
    "${EXTRA[@]}" "$@")
}
# afresh: SQLite's files are gone, after what they held went into the vault.
afresh() {
  as agent sqlite3 "$vault/vault.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
  "$REAL" -f "$vault/vault.db-wal" "$vault/vault.db-shm"
}
by_sql() { as "$1" sqlite3 "$vault/vault.db" "$2"; }
mode_of() { stat -c '%a %u:%g' "$1"; }
is_as() { ok "$1 is $2 (was $(mode_of "$1"))" [ "$(mode_of "$1")" = "$2" ]; }
# at_terminal ANSWER PASSPHRASE USER COMMAND…: what the terminal showed goes to $box/out.
cat >"$box/terminal.exp" <<'SCRIPT'
set timeout 30
spawn -noecho {*}$argv
expect {
  -re {(Sign|Trust) .*\[y/N\] $} { send -- "$env(ANSWER)\r"; exp_continue }
  -re {[Ee]nter passphrase[^\n]*: $} { send -- "$env(PASSPHRASE)\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
at_terminal() {
  local answer=$1 passphrase=$2 user=$3
  shift 3
  ANSWER=$answer PASSPHRASE=$passphrase as_spawned "$user" "$@" >"$box/raw" 2>"$box/err" </dev/null
  status=$?
  tr -d '\r' <"$box/raw" >"$box/out"
}
as_spawned() {
  EXTRA=("ANSWER=$ANSWER" "PASSPHRASE=$PASSPHRASE")
  as "$1" expect -f "$box/terminal.exp" -- "${@:2}"
  local ended=$?
  EXTRA=()
  return "$ended"
}
chmod 644 "$box/terminal.exp"
