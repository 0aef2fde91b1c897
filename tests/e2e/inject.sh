# SPDX-License-Identifier: Apache-2.0
# For tests in which one system call after the other is struck: a granted safe-rm under strace, which kills it at a
# call or makes the call fail. Sourced after lib.sh.
#
# The grant is for one use, and the real command is a stand-in that writes a byte before it becomes rm: what ran is
# counted by what ran. Each round starts from a copy of the same vault, which the functions named like a scene prepare.
vault=$PVM_HOME/vault.db
# strace and the leak checker of a sanitized build both want to be the one tracer.
export ASAN_OPTIONS=detect_leaks=0

is_thorough() { [ -n "${PVM_THOROUGH:-}" ]; }

# a_vault: with a grant of one use on $box/real/work, and the stand-in for rm.
a_vault() {
  set_up
  ends 0 pvmctl allow --agent claude rm "$box/real/work" --for 1h --uses 1 --yes
  printf '#!/bin/sh\nprintf r >>%s\nexec %s "$@"\n' "$box/ran" "$REAL" >"$box/stand-in"
  chmod 755 "$box/stand-in"
  printf 'real:\n  rm: %s\n' "$box/stand-in" >>"$PVM_HOME/config.yaml"
  cp -a "$PVM_HOME" "$box/made"
}

sql() { sqlite3 -cmd '.output /dev/null' -cmd '.dbconfig no_ckpt_on_close on' -cmd '.output stdout' "$vault" "$1"; }
frames() { echo $((($(stat -c %s "$vault-wal") - 32) / 4120)); }

# Scenes: a WAL that is to be gone on with; none, so that safe-rm makes it; one so long that safe-rm checkpoints it.
scene_wal() { :; }
scene_no_wal() {
  sqlite3 "$vault" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
  "$REAL" -f -- "$vault"-*
}
scene_long_wal() {
  for _ in $(seq $((63 - $(frames)))); do echo 'UPDATE state SET generation = generation + 1;'; done >"$box/fill"
  sql ".read $box/fill"
}

# prepare SCENE: the vault that each round starts from.
prepare() {
  "$REAL" -rf -- "$PVM_HOME" "$box/sound"
  cp -a "$box/made" "$PVM_HOME"
  "scene_$1"
  cp -a "$PVM_HOME" "$box/sound"
  afresh
}

# afresh: that vault, a victim, and nothing has run.
afresh() {
  "$REAL" -rf -- "$PVM_HOME"
  cp -a "$box/sound" "$PVM_HOME"
  a_tree victim
  : >"$box/ran"
}

# runs_so_far: how often the real command was started since then.
runs_so_far() { stat -c %s "$box/ran"; }

# on_record: how many decisions to let it run are in the log, and how many uses are counted.
on_record() {
  sqlite3 -readonly -separator ' ' "$vault" \
    "SELECT (SELECT count(*) FROM audit WHERE entry_type = 'decision' AND decision = 'allow'),
      (SELECT sum(used) FROM grants)"
}

# calls_of COMMAND…: runs it, and lists the system calls of that process in their order: number, name, which one of that
# name it is, and the last name of the path of its first argument ("-": none).
calls_of() {
  run strace -qq -y -o "$box/trace" "$@"
  awk -F'(' '/^[a-z_0-9]+\(/ {
    file = "-"
    if (match($2, /^(AT_FDCWD[^,]*, )?"[^"]*"/) || match($2, /^[0-9]+<[^>]*>/)) {
      file = substr($2, 1, RLENGTH - 1)
      sub(/^.*["\/]/, "", file)
      gsub(/[^A-Za-z0-9._-]/, "_", file)
    }
    print ++n, $1, ++seen[$1], file == "" ? "/" : file
  }' "$box/trace"
}

# some_of EVERY PATTERN: of such a list on standard input each EVERYth, and always those whose "name file" is of that
# pattern, with what follows on them; all of it in a thorough run. A sanitized build is slow, and makes more calls.
some_of() {
  if is_thorough; then cat; else
    awk -v every="$(($1 * (${PVM_SANITIZE:+11} + 1)))" -v pattern="^($2)\$" '
      { wanted = $2 " " $4 ~ pattern
        if (wanted || after || NR % every == 0) print
        after = wanted }'
  fi
}

# own_calls SCENE: puts the calls that the sweeps strike into $box/calls: in the first scene all that safe-rm makes itself
# (what the C library needs before, it needs), in the others those from opening the vault on; before, nothing is different.
own_calls() {
  local from=' fcntl 1 '
  [ "$1" = wal ] || from=' openat [0-9]* vault.db$'
  calls_of safe-rm -rf victim >"$box/all"
  ok "$1: the traced call is granted (was $status)" [ "$status" = 0 ]
  sed -n "/$from/,\$p" "$box/all" >"$box/calls"
}

# struck NAME WHICH HOW COMMAND…: runs it with that call struck: HOW is signal=KILL, error=EIO, or retval=0. $status is
# its own. That the shell says "Killed" is kept quiet.
struck() {
  local name=$1 which=$2 how=$3
  shift 3
  { run strace -qq -o "$box/trace" -e trace="$name" -e inject="$name:$how:when=$which" "$@"; } 2>/dev/null
}
was_struck() { grep -qE 'INJECTED|killed by' "$box/trace"; }

# errors_of NAME: what such a call can come back with where a disk, a limit or a sandbox is in its way: an error, or for
# brk the break as it was. Nothing for those that cannot fail.
errors_of() {
  case $1 in
    open | openat) echo EMFILE EACCES EIO ;;
    read | pread64 | getdents64) echo EIO EINTR ;;
    write | writev | pwrite64 | ftruncate) echo ENOSPC EIO EINTR ;;
    fdatasync | fsync) echo EIO ENOSPC EINTR ;;
    stat | lstat | fstat | newfstatat | statfs | access | readlink | getcwd) echo EACCES EIO ;;
    fcntl) echo EACCES EIO ;; # EACCES: somebody holds the lock
    fchown) echo EPERM EIO ;;
    close) echo EIO EINTR ;;
    brk | mmap | munmap | mprotect | pipe2) # a sanitizer makes these for itself, and ends where they fail
      [ -n "${PVM_SANITIZE:-}" ] || { [ "$1" = brk ] && echo 0 || echo ENOMEM; } ;;
    fork | vfork | clone) echo EAGAIN ENOMEM ;;
    wait4) echo EINTR ;;
    rt_sigtimedwait) echo EINTR EAGAIN ;;
    rt_sigaction | rt_sigprocmask) echo EINVAL ;;
    landlock_create_ruleset) echo EOPNOTSUPP EMFILE ;;
    landlock_add_rule) echo ENOMEM EINVAL ;;
    getrandom) echo EINTR ;;
    exit_group | umask | getpid | getppid | getuid | geteuid | getgid | getegid) ;;
    *) echo EPERM ;;
  esac
}

# ---- judging what became of a call that was kept from something ----
went_on=0
refused=0
burned=0

# refused_well WHAT: nothing ran, and who called was told so, once and in words of ours or of rm's
refused_well() {
  refused=$((refused + 1))
  ok "$1: a status that says so (was $status)" grep -qxE '1|125|126|127' <<<"$status"
  local said
  said=$(grep -cE '^safe-rm: (cannot decide|denied|stale): .*; nothing was removed$|^rm: ' "$box/err")
  ok "$1: one message says so (messages: $said)" [ "$said" = 1 ]
  ok "$1: the message is for people" sh -c '! grep -qE "std::|basic_|this is a fault|terminate" "$1"' - "$box/err"
  ok "$1: and names the next step" grep -qE '^safe-rm: hint: |^rm: |cannot decide: out of memory' "$box/err"
  exists victim/one
  exists victim/sub/two
}

# judge WHAT: safe-rm has ended with $status after one of its calls failed
judge() {
  local ran allows used
  ran=$(runs_so_far)
  ok "$1: no crash (status $status)" [ "$status" -lt 128 ]
  if [ "$ran" = 1 ]; then
    went_on=$((went_on + 1))
    ok "$1: it ran, so the status is the command's (was $status)" [ "$status" = 0 ]
    ok "$1: nothing is said of what went well" [ ! -s "$box/err" ]
    is_gone victim
  else
    refused_well "$1"
  fi
  run pvmctl audit verify
  ok "$1: the vault opens and its log is whole (was $status)" [ "$status" = 0 ]
  read -r allows used <<<"$(on_record)"
  ok "$1: what ran is on record (ran $ran, allowed $allows)" [ "$ran" -le "$allows" ]
  ok "$1: a use is counted with each entry (allowed $allows, used $used)" [ "$allows" = "$used" ]
  burned=$((burned + used - ran))
  a_tree victim
  run safe-rm -rf victim
  ok "$1: then it runs where the use is left, else not (used $used, was $status)" [ "$status" = "$used" ]
  ok "$1: once in all" [ "$(runs_so_far)" = $((ran + 1 - used)) ]
}
