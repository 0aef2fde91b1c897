# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share. Each runs the installed programs ($PVM_STAGE/bin) on real files with real keys,
# in a private HOME, from a working directory that is reached through a symlink. REAL is the real rm.
set -u
umask 022
REAL=/bin/rm
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${PVM_STAGE:?the directory that PVM was installed into}"
data=$here/../data

box=$(mktemp -d "${TMPDIR:-/tmp}/pvm-e2e-XXXXXX")
# Never across a mount: a test may have mounted what is not its own beneath.
trap '"$REAL" -rf --one-file-system -- "$box"' EXIT
box=$(cd "$box" && pwd -P)
export HOME=$box/home PVM_HOME=$box/home/pvm PVM_AGENT=claude LC_ALL=C
export PATH=$PVM_STAGE/bin:/usr/bin:/bin
unset PVM_WAIT PVM_REASON AGENT_ID XDG_CONFIG_HOME XDG_STATE_HOME SSH_AUTH_SOCK POSIXLY_CORRECT TZ NO_COLOR
mkdir -p "$HOME" "$box/real/work"
ln -s real "$box/link"
cd "$box/link/work" || exit 99

checks=0
failures=0

# ok NAME COMMAND…: the command must succeed.
ok() {
  local name=$1
  shift
  checks=$((checks + 1))
  if "$@"; then return; fi
  failures=$((failures + 1))
  echo "FAILED: $name"
  echo "  command: $*"
  [ -e "$box/out" ] && sed 's/^/  out: /' "$box/out"
  [ -e "$box/err" ] && sed 's/^/  err: /' "$box/err"
  return 0
}

# run COMMAND…: keeps standard output, standard error and status in $box/out, $box/err and $status.
run() {
  "$@" >"$box/out" 2>"$box/err" </dev/null
  status=$?
}

# ends STATUS COMMAND…: runs it and checks its exit status.
ends() {
  local wanted=$1
  shift
  run "$@"
  ok "exit status $wanted of: $* (was $status)" [ "$status" = "$wanted" ]
}

says() { ok "standard output says '$1'" grep -qF -e "$1" "$box/out"; }
complains() { ok "standard error says '$1'" grep -qF -e "$1" "$box/err"; }
is_quiet() { ok "standard error is empty" [ ! -s "$box/err" ]; }
exists() { ok "$1 exists" test -e "$1"; }
is_gone() { ok "$1 is gone" test ! -e "$1" -a ! -L "$1"; }
# json NAME: that value of the last output, read by SQLite.
json() { sqlite3 :memory: "SELECT json_extract(CAST(readfile('$box/out') AS TEXT), '\$.$1')"; }

# A vault with a key that needs no human act, and approvals without a terminal: for tests only.
set_up() {
  run pvmctl init --approve-without-terminal --no-passphrase --no-passphrase
  if [ "$status" != 0 ]; then
    echo "FAILED: pvmctl init"
    cat "$box/out" "$box/err"
    exit 1
  fi
}

# a_tree DIR: a small tree to remove.
a_tree() {
  mkdir -p "$1/sub"
  echo one >"$1/one"
  echo two >"$1/sub/two"
}

finish() {
  echo "$checks checks, $failures failures"
  [ "$failures" = 0 ] && [ "$checks" -gt 0 ]
  exit
}
