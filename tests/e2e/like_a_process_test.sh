# SPDX-License-Identifier: Apache-2.0
# safe-rm is a process as rm is one: signals, job control, standard input, exit status; and what it hands to rm is its
# own choice, not the agent's: a cleaned environment, and no descriptor of the vault.
. "$(dirname "$0")/lib.sh"
set_up
ulimit -c 0
ends 0 pvmctl allow --agent claude rm "$box/real/work" --for 1h --yes

# await COMMAND…: until it succeeds, ten seconds at most
await() {
  for _ in $(seq 200); do
    "$@" 2>/dev/null && return 0
    sleep 0.05
  done
  return 1
}
state_is() { [ "$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat")" = "$2" ]; }
is_over() { [ ! -e "/proc/$1" ] || state_is "$1" Z; }
read_child() { child=$(tr -d ' ' <"/proc/$pid/task/$pid/children") && [ -n "$child" ]; }
outcome() { sqlite3 "$PVM_HOME/vault.db" "SELECT details FROM audit WHERE entry_type = 'outcome' ORDER BY entry_id DESC LIMIT 1"; }
outcome_is() { ok "the outcome on record is $1 (is: $(outcome))" [ "$(outcome | sed "s,.* outcome=,,; s,%20, ,g")" = "$1" ]; }

# The parent of a job: it puts the job into a group of its own, as a shell does, and keeps its pid and raw wait status.
cat >"$box/job.pl" <<'SCRIPT'
my ($box, @command) = @ARGV;
my $pid = fork;
if (!$pid) {
  setpgrp 0, 0;
  $SIG{$_} = 'DEFAULT' for qw(INT QUIT HUP TERM USR1 USR2 TSTP);
  exec @command or exit 99;
}
sub keep { open my $f, '>', "$box/$_[0].new" or die; print $f $_[1]; close $f; rename "$box/$_[0].new", "$box/$_[0]" }
keep 'pid', $pid;
waitpid $pid, 0;
keep 'raw', $?;
SCRIPT

# start COMMAND…: as a job that reads its answers from descriptor 7; $pid
start() {
  "$REAL" -f "$box/answers" "$box/pid" "$box/raw"
  mkfifo "$box/answers"
  perl "$box/job.pl" "$box" "$@" <"$box/answers" >"$box/out" 2>"$box/err" &
  exec 7>"$box/answers"
  await test -e "$box/pid" && pid=$(cat "$box/pid")
}
# at_prompt: rm -ri waits for an answer; $pid is safe-rm, $child is rm
at_prompt() {
  a_tree victim
  start safe-rm -ri victim
  ok "rm asks" await grep -q 'descend into' "$box/err"
  ok "rm is a child" await read_child
}
# ended RAW WHAT: the job has ended with this wait status
ended() {
  await test -e "$box/raw"
  exec 7>&-
  wait
  raw=$(cat "$box/raw")
  ok "$2: wait status $1 (was $raw)" [ "$raw" = "$1" ]
}

# ---- signals ----
for signal in TERM:15 HUP:1 INT:2 USR1:10 USR2:12; do
  at_prompt
  kill -"${signal%:*}" "$pid"
  ended "${signal#*:}" "death by ${signal%:*} is mirrored"
  ok "rm is gone too" await is_over "$child"
  outcome_is "signal ${signal#*:}"
  exists victim/one
done
at_prompt
kill -QUIT "$pid"
ended 3 'death by QUIT is mirrored, and dumps no core'
at_prompt
kill -TERM "$child"
ended 15 'a signal that hits rm alone ends both'
at_prompt
kill -KILL "$pid"
ended 9 'KILL'
ok "rm does not outlive safe-rm" await is_over "$child"
exists victim/one

# ---- stopped, and going on ----
for signal in TSTP STOP; do
  at_prompt
  kill -"$signal" "$([ $signal = TSTP ] && echo "$pid" || echo "$child")"
  ok "rm stops on $signal" await state_is "$child" T
  ok "safe-rm stops with it" await state_is "$pid" T
  kill -CONT "$pid"
  ok "rm goes on" await state_is "$child" S
  ok "safe-rm goes on" await state_is "$pid" S
  echo n >&7
  ended 0 'after it went on, rm reads its answer'
  outcome_is 'exit 0'
  exists victim/one
done

# ---- Ctrl-C and Ctrl-Z at a terminal, which sends to both ----
cat >"$box/keys.exp" <<'SCRIPT'
set timeout 20
spawn -noecho safe-rm -ri victim
expect {descend into directory 'victim'? }
send -- "\003"
expect eof
set status [wait]
puts [lrange $status 4 5]
SCRIPT
a_tree victim
run expect -f "$box/keys.exp"
says 'CHILDKILLED SIGINT'
outcome_is 'signal 2'
exists victim/one
cat >"$box/stop.exp" <<'SCRIPT'
set timeout 20
set env(PS1) "ready> "
spawn -noecho bash --norc --noprofile --noediting -i
expect "ready> "
send -- "safe-rm -ri victim\r"
expect {descend into directory 'victim'? }
send -- "\032"
expect {Stopped} {puts "IT STOPPED"} timeout {exit 98}
expect "ready> "
send -- "fg\r"
expect "safe-rm"
send -- "n\r"
expect "ready> "
send -- "echo ended with \$?\r"
expect -re {ended with ([0-9]+)} {puts "\nSTATUS $expect_out(1,string)"} timeout {exit 97}
send -- "exit\r"
expect eof
SCRIPT
run expect -f "$box/stop.exp"
says 'IT STOPPED'
says 'STATUS 0'
exists victim/one

# ---- standard input and exit status ----
a_tree victim
yes | safe-rm -ri victim >"$box/out" 2>"$box/err"
ok "yes is read from standard input" [ "${PIPESTATUS[1]}" = 0 ]
is_gone victim
outcome_is 'exit 0'

# a stand-in for rm, which the human configures, shows what rm is given
real_rm() {
  printf '#!/bin/sh\n%s\n' "$1" >"$box/stand-in"
  chmod 755 "$box/stand-in"
}
cp "$PVM_HOME/config.yaml" "$box/config.yaml"
printf 'real:\n  rm: %s\n' "$box/stand-in" >>"$PVM_HOME/config.yaml"
a_tree victim
real_rm 'exit 42'
ends 42 safe-rm -rf victim
is_quiet
outcome_is 'exit 42'
real_rm 'kill -KILL $$'
start safe-rm -rf victim
ended 9 'a death that cannot be caught is mirrored too'
outcome_is 'signal 9'

# ---- environment and descriptors ----
real_rm "tr '\\0' '\\n' </proc/\$\$/environ >'$box/environ'; ls -l /proc/\$\$/fd >'$box/fds'"
run env LANG=C LC_MESSAGES=C TERM=dumb TZ=UTC XDG_DATA_HOME=/x POSIXLY_CORRECT= SECRET=secret ENV=/evil BASH_ENV=/evil \
  LD_LIBRARY_PATH=/evil LD_BIND_NOW=1 IFS=/ PVM_REASON='a reason' SSH_AUTH_SOCK=/evil GCONV_PATH=/evil LOCPATH=/evil \
  safe-rm -rf victim
ok "the stand-in ran (was $status)" [ "$status" = 0 ]
for name in LANG LC_ALL LC_MESSAGES TERM TZ HOME XDG_DATA_HOME POSIXLY_CORRECT; do
  ok "$name is passed on" grep -q "^$name=" "$box/environ"
done
others=$(grep -vE '^(LANG|LC_[A-Z]+|TERM|TZ|HOME|XDG_DATA_HOME|POSIXLY_CORRECT)=' "$box/environ")
ok "nothing else is passed on (is: $others)" [ -z "$others" ]
ok "no descriptor of the vault" sh -c '! grep -qF "$1" "$2"' - "$PVM_HOME" "$box/fds"
targets() { sed -n 's/.* -> //p' "$1" | grep -v '^pipe:' | LC_ALL=C sort; }
targets "$box/fds" >"$box/through-safe-rm"
run "$box/stand-in"
targets "$box/fds" >"$box/directly"
ok "the same descriptors as without safe-rm" diff "$box/directly" "$box/through-safe-rm"

# what cannot be run
printf 'no program\n' >"$box/stand-in"
ends 126 safe-rm -rf victim
exists victim/one
cp "$box/config.yaml" "$PVM_HOME/config.yaml"
ends 0 safe-rm -rf victim
ends 0 pvmctl audit verify
finish
