# SPDX-License-Identifier: Apache-2.0
# Every environment of tests/data/hostile_environment.tsv around a call that is not granted, a granted one, pvmctl check
# and pvmctl show: the statuses and words are the table's, nothing planted is run or written, nothing is removed but by
# the grant, and what is said is one text of clean lines.
. "$(dirname "$0")/lib.sh"
set_up
mkdir granted
ends 0 pvmctl allow --agent claude rm "$box/real/work/granted/" --for 1h --yes
other=$box/other-vault
ends 0 env PVM_HOME="$other" pvmctl init --approve-without-terminal --no-passphrase --no-passphrase

# ---- the traps: each tells on itself by writing $box/sprung ----
evil=$box/evil
mkdir -p "$evil"/{bin,lib,tmp,home/pvm,home/git,locales/evil/LC_CTYPE,gconv,open,git/hooks}
printf '#!/bin/sh\necho "$0" >>"%s/sprung"\n' "$box" >"$evil/script"
chmod 755 "$evil/script"
for name in rm sh bash env git ssh-keygen ssh-sk-helper pvmctl safe-rm ls cat true; do cp "$evil/script" "$evil/bin/$name"; done
cat >"$box/evil.cpp" <<SOURCE
#include <cstdio>
__attribute__((constructor)) static void spring() { if (FILE* f = std::fopen("$box/sprung", "a")) std::fputs("library\n", f), std::fclose(f); }
extern "C" unsigned la_version(unsigned version) { return version; }
extern "C" int gconv_init(void*) { spring(); return 1; }
extern "C" int gconv(void*) { return 1; }
SOURCE
c++ -shared -fPIC -o "$evil/evil.so" "$box/evil.cpp" || exit 99
for name in libc.so.6 libsqlite3.so.0 libsodium.so.23 libgcc_s.so.1; do cp "$evil/evil.so" "$evil/lib/$name"; done
cp "$evil/evil.so" "$evil/gconv/EVIL.so"
printf 'module EVIL// INTERNAL EVIL 1\nmodule INTERNAL EVIL// EVIL 1\n' >"$evil/gconv/gconv-modules"
printf '[core]\n\tfsmonitor = %s/script\n\tpager = %s/script\n[alias]\n\tls-files = !%s/script\n' "$evil" "$evil" "$evil" |
  tee "$evil/gitconfig" "$evil/home/.gitconfig" "$evil/home/git/config" >"$evil/git/config"
ln -s "$PVM_HOME" "$evil/to-pvm"
cp -a "$other/." "$evil/open"
chmod 777 "$evil/open"
run "$evil/bin/rm"
ok "a trap springs" [ -s "$box/sprung" ]
"$REAL" -f "$box/sprung"
run env LD_PRELOAD="$evil/evil.so" /bin/true
ok "the library springs" [ -s "$box/sprung" ]
"$REAL" -f "$box/sprung"
ls -lR --time-style=full-iso "$evil" >"$box/evil-before"

# Runs a command in the environment that a row makes of ours, to the byte: no shell or env(1) can make all of these.
cat >"$box/in.pl" <<'SCRIPT'
my ($changes, $evil, $other, @command) = @ARGV;
my %place = (evil => $evil, other => $other, pvm => $ENV{PVM_HOME}, home => $ENV{HOME});
my (%ours, @before, @after) = %ENV;
for my $change (split / /, $changes) {
  $change =~ s/\{(evil|other|pvm|home)\}/$place{$1}/g;
  my @texts = $change;
  @texts = map { "$1$3$_$4" } 0 .. $2 - 1 if $change =~ /^(.*)\{(\d+)#(.*)\}(.*)$/s;
  for (@texts) {
    s/\{(\d+)\*(.*?)\}/$2 x $1/ge;
    s/%([0-9A-F]{2})/chr hex $1/ge;
    if (/^\^(.*)/s) { push @before, $1 }
    elsif (/^\+(.*)/s) { push @after, $1 }
    elsif ($_ eq '-*') { %ours = () }
    elsif (/^-(\w+)$/) { delete $ours{$1} }
    elsif (/^(\w[^=]*)=(.*)/s) { $ours{$1} = $2 }
    else { die "what is $_?\n" }
  }
}
my @all = (@before, (map { "$_=$ours{$_}" } sort keys %ours), @after);
my ($machine) = (split / /, `/bin/uname -m`)[0] =~ /(\w+)/;
my $execve = { x86_64 => 59, aarch64 => 221 }->{$machine} or die "the number of execve on $machine?\n";
sub block { pack 'p' . @_ . 'J', @_, 0 }
my ($argv, $envp) = (block(@command), block(@all));
syscall $execve, $command[0], $argv, $envp;
print STDERR "no execve: $!\n";
exit 99;
SCRIPT
within() { run perl "$box/in.pl" "$changes" "$evil" "$other" "$@"; }

# What is shown to a person, and with git's help: a directory in a work tree.
a_tree shown
git init -q shown
ends 0 pvmctl request --json --reason 'clean up' -- rm -rf shown
shown=$(json id)

clean() {
  ok "$row, $1: no control byte" sh -c '! LC_ALL=C grep -qP "[\x00-\x09\x0b-\x1f\x7f]" "$1"' - "$box/err"
  ok "$row, $1: no line but ours" sh -c '! grep -qvE "^(safe-rm: |pvmctl: |next: |  )" "$1"' - "$box/err"
  ok "$row, $1: short" [ "$(wc -c <"$box/err")" -lt 40000 ]
}

rows=0
# try STATUSES WORDS: the calls of one row
try() {
  local wanted
  read -ra wanted <<<"$1"
  local denied=denied/$rows granted=granted/$rows
  a_tree "$denied"
  a_tree "$granted"
  within "$PVM_STAGE/bin/safe-rm" -rf "$denied"
  ok "$row: not granted: ${wanted[0]} (was $status)" [ "$status" = "${wanted[0]}" ]
  exists "$denied/sub/two"
  clean 'not granted'
  if [ "$2" = = ]; then
    sed "s,denied/$rows\\b,denied/0,g" "$box/err" >"$box/said"
    [ -e "$box/usual" ] || cp "$box/said" "$box/usual"
    ok "$row: the usual words" cmp "$box/said" "$box/usual"
  else
    complains "$2"
  fi
  if [ "${wanted[2]}" != - ]; then
    within "$PVM_STAGE/bin/pvmctl" check -- rm -rf "$granted"
    ok "$row: pvmctl check: ${wanted[2]} (was $status)" [ "$status" = "${wanted[2]}" ]
    clean 'pvmctl check'
    within "$PVM_STAGE/bin/pvmctl" show "$shown"
    ok "$row: pvmctl show: ${wanted[3]} (was $status)" [ "$status" = "${wanted[3]}" ]
  fi
  within "$PVM_STAGE/bin/safe-rm" -rf "$granted"
  ok "$row: granted: ${wanted[1]} (was $status)" [ "$status" = "${wanted[1]}" ]
  clean granted
  if [ "${wanted[1]}" = 0 ]; then is_gone "$granted"; else exists "$granted/sub/two"; fi
  ok "$row: no trap was sprung: $(cat "$box/sprung" 2>/dev/null)" [ ! -e "$box/sprung" ]
  "$REAL" -f "$box/sprung"
}

row='nothing changed' changes='' 
try '1 0 0 0' =
while IFS=$'\t' read -r row changes statuses words; do
  case $row in '#'*) continue ;; esac
  # What is built for the sanitizers is dynamic: the loader comes before it.
  case "${PVM_SANITIZE:-} $statuses" in [a-z]*-) continue ;; esac
  rows=$((rows + 1))
  [ -z "${PVM_SANITIZE:-}" ] || [ -n "${PVM_THOROUGH:-}" ] || [ $((rows % 3)) = 1 ] || continue # slow there
  try "$statuses" "$words"
  run pvmctl cancel "$(sqlite3 "$PVM_HOME/vault.db" "SELECT request_id FROM requests WHERE state = 'pending' AND request_id <> '$shown'")"
done <"$data/hostile_environment.tsv"
ok "sixty rows and more ($rows)" [ "$rows" -ge 60 ]
ls -lR --time-style=full-iso "$evil" >"$box/evil-after"
ok "nothing was written among the traps" cmp "$box/evil-before" "$box/evil-after"
ok "nothing was written to the other vault" [ "$(sqlite3 "$other/vault.db" "SELECT count(*) FROM audit WHERE decision = 'allow'")" = 0 ]
ends 0 pvmctl audit verify

# and who approves is not led astray either
a_tree approved
ends 0 pvmctl request --json --reason 'clean up' -- rm -rf approved
id=$(json id)
changes="PATH={evil}/bin SSH_ASKPASS={evil}/script SSH_ASKPASS_REQUIRE=force DISPLAY=:0 SSH_PKCS11_HELPER={evil}/script GIT_EXEC_PATH={evil}/bin \
BASH_ENV={evil}/script ENV={evil}/script SHELL={evil}/script EDITOR={evil}/script TMPDIR={evil}/tmp HOME={evil}/home"
within "$PVM_STAGE/bin/pvmctl" approve "$id" --yes
ok "approved (was $status)" [ "$status" = 0 ]
ok "no trap was sprung: $(cat "$box/sprung" 2>/dev/null)" [ ! -e "$box/sprung" ]
ends 0 safe-rm -rf approved
is_gone approved
finish
