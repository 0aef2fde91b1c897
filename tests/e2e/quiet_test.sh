# SPDX-License-Identifier: Apache-2.0
# With the two standing grants that init offers, real builds run through the shim as they run without it, and nobody is asked;
# what matters still asks.
. "$(dirname "$0")/lib.sh"
unset PVM_AGENT TMPDIR
export PATH=/usr/bin:/bin
pvmctl=$PVM_STAGE/bin/pvmctl
mkdir -p "$HOME/src" "$HOME/work/thesis"

# ---- init offers them at a terminal, each shown before it is signed ----------------------------------
cat >"$box/init.exp" <<'SCRIPT'
set timeout 60
spawn -noecho $env(PVMCTL) init
expect {
  -re {passphrase[^\n]*: $} { send -- "correct horse\r"; exp_continue }
  -re {Allow them\? \[y/N\] $} { send -- "$env(TEMPORARY)\r"; exp_continue }
  -re {Which directory\? \[none\] $} { send -- "$env(BUILDS)\r"; exp_continue }
  -re {Sign this\? \[y/N\] $} { send -- "$env(SIGN)\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
init_with() {
  TEMPORARY=$1 BUILDS=$2 SIGN=$3 PVMCTL=$pvmctl NO_COLOR=1 expect -f "$box/init.exp" >"$box/raw" 2>"$box/err" </dev/null
  status=$?
  tr -d '\r' <"$box/raw" >"$box/out"
}
live_grants() {
  "$pvmctl" grants --json >"$box/grants"
  sqlite3 :memory: "SELECT json_array_length(CAST(readfile('$box/grants') AS TEXT), '\$.grants')"
}

PVM_HOME=$HOME/declined init_with '' '' y
ok "init without them succeeds (was $status)" [ "$status" = 0 ]
says "temporary files, later: pvmctl allow --agent '*' rm --temporary"
says "builds, later: pvmctl allow --agent '*' rm --builds ~/src"
ok "none was made" [ "$(PVM_HOME=$HOME/declined live_grants)" = 0 ]
PVM_HOME=$HOME/unsigned init_with y "$HOME/src" n
ok "init goes through where they are not signed (was $status)" [ "$status" = 0 ]
says "temporary files: not allowed: not signed: the answer was no"
ok "none was made" [ "$(PVM_HOME=$HOME/unsigned live_grants)" = 0 ]
PVM_HOME=$HOME/odd init_with n '~/nowhere' y
ok "a directory that is not there is no failure of init (was $status)" [ "$status" = 0 ]
says "builds: not allowed: '$HOME/nowhere'"

mkdir -p "$HOME/src/old/build"
head -c 5000 /dev/zero >"$HOME/src/old/build/big"
: >"$HOME/src/old/build2"
init_with y '~/src' y
ok "init with both succeeds (was $status)" [ "$status" = 0 ]
says "scope path /tmp/tmp.[0-9A-Za-z]"
says "scope path $HOME/src/**/node_modules/"
says "covers now: 1 file, 4.9 KiB, in 1 place"
says "~/src/old/build"
says "just misses:"
says "~/src/old/build2"
ok "both were made" [ "$(live_grants)" = 2 ]
ends 0 "$pvmctl" audit verify

agent() { "$pvmctl" shim exec --agent tester -- "$@"; }
denials() { sqlite3 "$PVM_HOME/vault.db" "SELECT count(*) FROM audit WHERE entry_type = 'decision' AND decision = 'deny'"; }
removals() { sqlite3 "$PVM_HOME/vault.db" "SELECT count(*) FROM audit WHERE entry_type = 'decision' AND decision = 'allow'"; }

# both_ways NAME: the script NAME in the working directory, without the shim and with it, in two copies of that directory: the
# same status and the same files, and no question.
both_ways() {
  local there=$PWD before
  "$REAL" -rf "$there.plain" "$there.seen" "$box/plain" "$box/shimmed"
  cp -a "$there" "$there.plain"
  mv "$there" "$there.seen" && mv "$there.plain" "$there"  # where a build runs is part of what it makes
  cd "$there" || exit 99
  sh -e ./"$1" >"$box/plain.out" 2>&1
  local wanted=$?
  find . -type f -not -name 'config.log' | sort >"$box/plain"
  cd / && "$REAL" -rf "$there" && mv "$there.seen" "$there" && cd "$there" || exit 99
  before=$(removals)
  run agent sh -e ./"$1"
  ok "$1: status $wanted as without the shim (was $status)" [ "$status" = "$wanted" ]
  find . -type f -not -name 'config.log' | sort >"$box/shimmed"
  ok "$1: leaves the same files" cmp "$box/plain" "$box/shimmed"
  ok "$1: was not refused" [ "$(denials)" = 0 ]
  ok "$1: removed by way of PVM" [ "$(removals)" -gt "$before" ]
}

# ---- autotools --------------------------------------------------------------------------------------
mkdir -p "$HOME/src/greet/src" && cd "$HOME/src/greet" || exit 99
cat >configure.ac <<'END'
AC_INIT([greet], [1.0])
AC_CONFIG_SRCDIR([src/greet.c])
AM_INIT_AUTOMAKE([foreign subdir-objects])
AC_PROG_CC
AC_CHECK_HEADERS([unistd.h no-such-header.h])
AC_CHECK_FUNCS([getline no_such_function])
AC_C_BIGENDIAN
AC_CONFIG_HEADERS([config.h])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
END
printf 'bin_PROGRAMS = src/greet\nsrc_greet_SOURCES = src/greet.c\n' >Makefile.am
printf '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' >src/greet.c
autoreconf -fi >"$box/autoreconf" 2>&1 || { cat "$box/autoreconf"; exit 99; }
printf 'mkdir build\ncd build\n../configure\nmake\n./src/greet\nmake clean\n' >beside
both_ways beside
ok "configure removed a good deal" [ "$(removals)" -gt 20 ]
# In the source tree itself, where that is in a directory of builds.
mkdir -p "$HOME/src/build" && cp -a "$HOME/src/greet" "$HOME/src/build/greet" && cd "$HOME/src/build/greet" || exit 99
"$REAL" -rf build
printf './configure && make && make clean\n' >within
both_ways within

# ---- CMake, an npm package, a virtual environment ------------------------------------------------------
mkdir -p "$HOME/src/cmake" && cd "$HOME/src/cmake" || exit 99
printf 'cmake_minimum_required(VERSION 3.13)\nproject(greet C)\nadd_executable(greet greet.c)\n' >CMakeLists.txt
cp "$HOME/src/greet/src/greet.c" .
printf 'cmake -G "Unix Makefiles" -B build >/dev/null\ncmake --build build\n./build/greet\ncmake --build build --target clean\nrm -rf build\n' >all
both_ways all
mkdir -p "$HOME/src/web" && cd "$HOME/src/web" || exit 99
printf '#!/bin/sh\nmkdir -p node_modules/a/node_modules/b dist/.cache\necho x >node_modules/a/node_modules/b/index.js\necho y >dist/.cache/z\nrm -rf node_modules dist\nmkdir node_modules\nrm -rf ./node_modules\n' >clean
both_ways clean
mkdir -p "$HOME/src/snake" && cd "$HOME/src/snake" || exit 99
printf 'x = 1\n' >snake.py
printf 'python3 -m venv --without-pip .venv\n.venv/bin/python -c "import snake"\nfind . -name __pycache__ -prune -exec rm -rf {} +\nrm -rf .venv\n' >all
both_ways all
# Temporary files.
cd "$HOME/work" || exit 99
printf 'd=$(mktemp -d)\nf=$(mktemp)\necho x >"$d/y"\nrm "$f"\nrm -rf "$d"\n' >temporary
both_ways temporary

# ---- what matters asks ---------------------------------------------------------------------------------
echo years >"$HOME/work/thesis/text"
mkdir "$HOME/src/greet/builder" && : >"$HOME/src/greet/builder/main.c"
for victim in "$HOME/work" "$HOME/work/thesis" "$HOME/src" "$HOME/src/greet" "$HOME/src/greet/src" "$HOME/src/greet/builder" \
  "$HOME/src/greet/src/greet.c" "$HOME/src/greet/configure.ac" "$PVM_HOME/vault.db" "$HOME" /tmp/x; do
  [ -e "$victim" ] || continue
  run agent rm -rf "$victim"
  ok "rm -rf $victim asks (was $status)" [ "$status" = 1 ]
  complains "has no grant to rm '$victim'"
  exists "$victim"
done
ends 1 agent sh -c 'rm -rf -- "$HOME/src/old/build" "$HOME/work/thesis"'  # all or nothing
exists "$HOME/src/old/build/big"
# A link in a directory of builds leads out of it: the link goes, what it leads to stays.
mkdir -p "$HOME/src/greet/build" && ln -s "$HOME/work/thesis" "$HOME/src/greet/build/link"
ends 0 agent rm -rf "$HOME/src/greet/build"
exists "$HOME/work/thesis/text"
# A build directory that is a link to elsewhere is judged by where it leads.
ln -s "$HOME/work" "$HOME/src/greet/build"
ends 1 agent rm -rf "$HOME/src/greet/build/thesis"
exists "$HOME/work/thesis/text"
ends 0 "$pvmctl" audit verify

# ---- allow and approve show what is covered, and what is not --------------------------------------------
export PVM_HOME=$HOME/second PVM_AGENT=claude
ends 0 "$pvmctl" init --no-passphrase --no-passphrase --approve-without-terminal
mkdir -p "$HOME/src/pkg/a.d/deep" "$HOME/src/pkg/b.d"
head -c 30000 /dev/zero >"$HOME/src/pkg/a.d/deep/large"
ends 0 "$pvmctl" allow --json --yes --agent claude rm "$HOME/src/pkg/*.d"
ok "what is beneath is just missed" [ "$(json 'covers_now.just_misses[0].why')" = beneath ]
ok "the form that would do" [ "$(json 'covers_now.just_misses[0].scope')" = "$HOME/src/pkg/*.d/" ]
ends 0 "$pvmctl" allow --json --yes --agent claude rm "$HOME/src/pkg/*.d/"
ok "bytes" [ "$(json covers_now.bytes)" = 30000 ]
ok "places" [ "$(json covers_now.places)" = 2 ]
ok "the largest first" [ "$(json 'covers_now.largest[0].path')" = "$HOME/src/pkg/a.d" ]
ends 0 "$pvmctl" allow --json --yes --agent claude rm "$HOME/not/there/"
ok "nothing is covered" [ "$(json covers_now.places)" = 0 ]
ln -s / "$HOME/src/pkg/root.d"
ends 0 "$pvmctl" allow --json --yes --agent claude rm "$HOME/src/pkg/**/"
ok "no link is followed" [ "$(json covers_now.bytes)" -lt 40000 ]
ends 2 "$pvmctl" allow --yes --agent claude rm
complains 'there is no scope'
ends 2 "$pvmctl" allow --yes --agent claude rm --builds /
ends 125 "$pvmctl" allow --yes --agent claude rm --builds "$HOME/not/there"
ends 2 "$pvmctl" allow --yes --agent 'cl*de' rm /x

# ---- a grant is shown whole, and taken back once ---------------------------------------------------------
ends 0 "$pvmctl" allow --json --yes --agent '*' rm "$HOME/src/pkg/x/"
id=$(json id)
ends 0 "$pvmctl" grant show "${id:0:6}"
says "grant $id: live"
says "scope path $HOME/src/pkg/x/"
says 'agent *'
sqlite3 "$PVM_HOME/vault.db" "SELECT statement FROM grants WHERE grant_id = '$id'" >"$box/statement"
ok "every line that was signed" sh -c 'grep -vxFf "$1" "$2" | grep -q . && exit 1; exit 0' - "$box/out" "$box/statement"
ends 0 "$pvmctl" revoke --agent claude
complains "still granted, with others or under another name: '*'"
ends 0 "$pvmctl" revoke "$id"
says "revoked grant ${id:0:8}"
ends 0 "$pvmctl" revoke "$id"
says 'was revoked already'
ends 0 "$pvmctl" grant show "$id"
says "grant $id: revoked"
sqlite3 "$PVM_HOME/vault.db" "UPDATE grants SET statement = CAST('pvm-grant/1' || char(10) || 'id ' || char(27) || '[31m' AS BLOB) WHERE grant_id = '$id'"
ends 0 "$pvmctl" grant show "$id"
ok "no escape sequence comes through" sh -c '! grep -q "$(printf "\033")" "$1"' - "$box/out"
ends 2 "$pvmctl" grant show 0000

# ---- what is shown is what is there: a mount point, a crowd, files with holes, odd temporary directories ------------
covers() { "$pvmctl" allow --json --yes --agent claude rm "$@" >"$box/out" 2>"$box/err"; json "covers_now.$covered"; }
mkdir -p "$HOME/crowd/a" "$HOME/crowd/b.x"
head -c 3000 /dev/zero >"$HOME/crowd/b.x/f"
(cd "$HOME/crowd/a" && seq 50001 | xargs touch)
covered=bytes
ok "what no scope reaches does not hide what one does" [ "$(covers "$HOME/crowd/*.x/")" = 3000 ]
"$REAL" -rf "$HOME/crowd"
mkdir -p "$HOME/holes/build" && truncate -s 1T "$HOME/holes/build/f" && head -c 3000 /dev/zero >"$HOME/holes/build/g"
ok "a hole takes up nothing" [ "$(covers --builds "$HOME/holes")" = 3000 ]
deep=$HOME/deep/build
for _ in $(seq 300); do deep=$deep/d; done
mkdir -p "$deep" && head -c 3000 /dev/zero >"$deep/f"
ok "depth is no hiding place" [ "$(covers --builds "$HOME/deep")" = 3000 ]
for kept in /etc /usr "$HOME" "$PVM_HOME" "$(dirname "$HOME")" / /proc/self/root relative; do
  covered=places
  TMPDIR=$kept covers --temporary >/dev/null
  ok "TMPDIR=$kept is no directory of temporary files" [ "$(json 'scopes[0]')" = "/tmp/tmp.$(printf '[0-9A-Za-z]%.0s' 1 2 3 4 5 6 7 8 9 10)/" ]
done
mkdir -m 0700 "$HOME/own-tmp" && ln -s own-tmp "$HOME/tmp-link"
TMPDIR=$HOME/tmp-link covers --temporary >/dev/null
ok "by its real path" [ "$(json 'scopes[0]')" = "$HOME/own-tmp/**" ]
finish
