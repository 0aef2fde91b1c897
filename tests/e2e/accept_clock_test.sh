# SPDX-License-Identifier: Apache-2.0
# A machine whose clock was a day ahead, and was set right: nothing is decided, until an approver has accepted that by
# a signed statement. The clock of one command is set ahead by a library that answers for clock_gettime(2).
. "$(dirname "$0")/lib.sh"
set_up
work=$box/real/work
way_out='pvmctl doctor --accept-clock'

cat >"$box/ahead.c" <<'CODE'
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec* time) {
  int status = (int)syscall(SYS_clock_gettime, clock, time);
  if (clock == CLOCK_REALTIME) time->tv_sec += 86400;
  return status;
}
CODE
g++ -x c -shared -fPIC -o "$box/ahead.so" "$box/ahead.c" || exit 99
# a_day_ahead COMMAND…: what the loader is told reaches no further than COMMAND.
a_day_ahead() { ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0 LD_PRELOAD=$box/ahead.so ends 0 "$@"; }
last_time() { sqlite3 "$PVM_HOME/vault.db" 'SELECT timestamp FROM audit ORDER BY entry_id DESC LIMIT 1'; }

a_tree build
a_tree other
ends 0 pvmctl allow --agent claude rm "$work/build" --for 1h --yes

# ---- a clock that is not behind is nothing to accept ----
ends 1 pvmctl doctor --accept-clock --yes
complains 'there is nothing to accept: the clock'
ends 2 pvmctl doctor --reason 'no clock' # which is a word for the log, and nothing is logged
ends 2 pvmctl doctor --yes

# ---- an entry of tomorrow ----
a_day_ahead pvmctl audit export --format csv --output "$box/tomorrow.csv"
now=$(date +%s)
ok "the last entry is a day ahead" [ "$(last_time)" -gt $((now + 80000)) ]
ends 125 safe-rm -rf build
complains 'behind the last audit entry'
ok "an agent is not told what an approver signs" sh -c '! grep -q accept "$1"' - "$box/err"
ends 125 pvmctl request --reason x -- rm -rf other
ok "nor by pvmctl" sh -c '! grep -q accept-clock "$1"' - "$box/err"
ends 125 pvmctl allow --agent claude rm "$work/other" --yes
complains 'pvmctl doctor'
exists build/one
run pvmctl doctor
says 'behind the last entry of the log, so nothing is decided'
says "$way_out"
ends 0 pvmctl audit verify # nobody lied: the log says what the clock said
ends 0 pvmctl lock
ends 0 pvmctl unlock --yes

# ---- accepting it ----
ends 1 setsid --wait pvmctl doctor --accept-clock
complains 'approving is for a person, at a terminal of their own'
cat >"$box/look.exp" <<'SCRIPT'
set timeout 20
spawn -noecho pvmctl doctor --accept-clock --reason {the battery was empty}
expect {
  -re {Sign this\? \[y/N\] $} { send -- "n\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
run expect -f "$box/look.exp"
ok "no is no (was $status)" [ "$status" = 1 ]
says 'the clock is behind the audit log'
says "last entry  $(date -u -d "@$(sqlite3 "$PVM_HOME/vault.db" 'SELECT clock_mark FROM state')" +%Y-%m-%dT%H:%M:%SZ)"
says 'what clock'
ends 125 safe-rm -rf build
ends 0 pvmctl doctor --accept-clock --reason 'the battery was empty' --yes
says 'accepted'
ends 1 pvmctl doctor --accept-clock --yes
complains 'there is nothing to accept'

ends 0 safe-rm -rf build
is_gone build
ends 0 pvmctl request --json --reason x -- rm -rf other
ends 0 pvmctl approve "$(json id)" --yes
ends 0 safe-rm -rf other
is_gone other
run pvmctl doctor
says 'clock: is not behind the log'
ends 0 pvmctl audit verify
says 'set aside a clock set back to 20'
says "'the battery was empty'"

# ---- a mark that somebody wrote into the vault is a fault, and is accepted the same way ----
sqlite3 "$PVM_HOME/vault.db" 'UPDATE state SET clock_mark = clock_mark + 86400'
a_tree build
ends 125 safe-rm -rf build
ends 1 pvmctl audit verify
says 'the clock mark: '
ends 0 pvmctl doctor --accept-clock --reason 'somebody wrote into the vault' --yes
ends 0 safe-rm -rf build
is_gone build
ends 0 pvmctl audit verify
finish
