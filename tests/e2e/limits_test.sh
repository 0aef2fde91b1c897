# SPDX-License-Identifier: Apache-2.0
# What a user can run into: a full disk, a read-only one, limits of the process, closed descriptors, a vault that another
# process holds, no /proc, nobody who listens. Nothing is removed then, the status is 125, and one message names the
# thing and the next step; or, where there was just enough, it is removed and on record.
. "$(dirname "$0")/own_root.sh"
. "$(dirname "$0")/lib.sh"
. "$here/inject.sh"
a_vault
prepare wal

# every SHORT THOROUGH: which step a sweep takes.
every() { if is_thorough; then echo "$2"; else echo "$1"; fi; }
# undecided WHAT TEXT: the last call was refused for want of something, which the message names.
undecided() {
  ok "$1: undecided (was $status)" [ "$status" = 125 ]
  complains "$2"
  judge "$1"
}
# aloud COMMAND…: as run, with standard error through a pipe, which no limit on files is about.
aloud() { run bash -c '"$@" 2>&1 >/dev/null | cat; exit ${PIPESTATUS[0]}' - "$@" && mv "$box/out" "$box/err"; }

# ---- a disk that is full, or nearly so ----
for pages in $(seq 0 "$(every 4 1)" 24); do
  afresh
  mount -t tmpfs -o size=512k,mode=0700 tmpfs "$PVM_HOME"
  cp -a "$box/sound/." "$PVM_HOME"
  dd if=/dev/zero of="$PVM_HOME/fill" bs=4096 2>/dev/null
  truncate -s "-$((pages * 4096))" "$PVM_HOME/fill"
  run safe-rm -rf victim
  "$REAL" "$PVM_HOME/fill"
  [ "$pages" != 0 ] || complains 'cannot use the vault'
  judge "a disk with $pages pages left"
  umount "$PVM_HOME"
done
ok "full disks: some refused, some had just enough" [ "$refused" -gt 0 -a "$went_on" -gt 0 ]

# ---- a disk, a directory, a file that cannot be written ----
afresh
mount --bind "$PVM_HOME" "$PVM_HOME"
mount -o remount,ro,bind "$PVM_HOME"
run safe-rm -rf victim
umount "$PVM_HOME"
undecided 'a read-only file system' 'cannot use the vault'

as_others() { setpriv --bounding-set=-dac_override,-dac_read_search "$@"; } # root would write whatever the mode is
afresh
chmod 0400 "$vault"
run as_others safe-rm -rf victim
chmod 0600 "$vault"
undecided 'a vault that cannot be written' 'cannot use the vault: the vault cannot be written'
prepare no_wal
chmod 0500 "$PVM_HOME"
run as_others safe-rm -rf victim
chmod 0700 "$PVM_HOME"
undecided 'a directory that cannot be written' 'cannot use the vault: the vault cannot be'
prepare wal

# ---- files that may not grow ----
# What a call appends to the write-ahead log are frames of 24 and 1024 bytes; the shared index is 32 KiB.
wal=$(stat -c %s "$box/sound/vault.db-wal")
for bytes in 0 1 1024 32767 $((wal - 1)) "$wal" $((wal + 1)) $((wal + 24)) $((wal + 1047)) $((wal + 1048)) \
  $((wal + 1049)) $((wal + 2096)) $((wal + 4192)) $((wal + 6288)) $((wal + 8383)) $((wal + 8384)) $((wal + 16768)); do
  afresh
  aloud prlimit --fsize="$bytes" safe-rm -rf victim
  judge "files of $bytes bytes at most"
done

# ---- few descriptors; little memory ----
# limited OPTION: a call under that limit. Where it ended before its first own call, that was the loader or the C library,
# and says nothing of us; else it is judged.
limited() {
  afresh
  { run strace -qq -o "$box/trace" -e trace=fcntl prlimit "$1" "$PVM_STAGE/bin/safe-rm" -rf victim; } 2>/dev/null
  if grep -q 'fcntl(0, F_GETFD)' "$box/trace"; then judge "$1"; return; fi
  ok "$1: what cannot even start removes nothing (was $status)" [ "$status" != 0 -a "$(runs_so_far)" = 0 -a -e victim/one ]
  return 1
}
refused=0
went_on=0
cp "$box/stand-in" "$box/stand-in.sh"
cat >"$box/stand-in" <<SCRIPT
#!/usr/bin/perl
open my \$ran, '>>', '$box/ran' or die; syswrite \$ran, 'r'; close \$ran; exec '$REAL', @ARGV or die;
SCRIPT
# A shell would want descriptors above 9; a sanitizer looks at memory through a pipe, and calls it a fault of the program's
# where there is none to be had.
for number in 3 $(if [ -n "${PVM_SANITIZE:-}" ]; then seq 14 16; else seq 4 12; fi); do limited --nofile="$number"; done
cp "$box/stand-in.sh" "$box/stand-in"
ok "few descriptors: some sufficed" [ "$went_on" -gt 0 ]
ok "few descriptors: some refused" [ "$refused" -gt 0 -o -n "${PVM_SANITIZE:-}" ]

# A sanitized build takes terabytes of address space. Not a thing to limit.
if [ -z "${PVM_SANITIZE:-}" ]; then
  refused=0
  kib=16384
  while limited --as=$((kib * 1024)) && [ "$refused" = 0 ]; do kib=$((kib - 128)); done
  kib=$((kib + 128))
  while limited --as=$((kib * 1024)); do kib=$((kib - $(every 32 4))); done
  ok "little memory: some calls were refused ($refused, the last with $kib KiB)" [ "$refused" -gt 2 ]
fi

# ---- closed descriptors ----
opened_as_standard() { grep -F "$box" "$box/trace" | grep -E ' = [012]$'; }
for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '0<&- 2>&-' '1>&- 2>&-' '0<&- 1>&- 2>&-'; do
  afresh
  traced() { run strace -qq -o "$box/trace" -e trace=open,openat,dup,dup2,dup3 bash -c "exec $closed; exec \"\$@\"" - "$@"; }
  traced safe-rm -rf victim
  ok "$closed: removed (was $status)" [ "$status" = 0 ]
  is_gone victim
  ok "$closed: nothing of ours becomes a standard descriptor" sh -c '! [ "$1" ]' - "$(opened_as_standard)"
  a_tree victim
  traced safe-rm -rf victim
  ok "$closed: refused (was $status)" [ "$status" = 1 ]
  exists victim/one
  traced pvmctl lock
  ok "$closed: locked (was $status)" [ "$status" = 0 ]
  ok "$closed: nothing of pvmctl's becomes a standard descriptor" sh -c '! [ "$1" ]' - "$(opened_as_standard)"
  ends 0 pvmctl audit verify
done
afresh
run bash -c 'exec 0<&-; exec prlimit --nofile=0 "$PVM_STAGE/bin/safe-rm" -rf victim'
if [ -z "${PVM_SANITIZE:-}" ]; then # its loader comes first
  undecided 'a closed descriptor that nothing can stand for' 'descriptor 0 is closed, and /dev/null cannot be opened on it'
fi

# ---- nobody listens ----
cat >"$box/deaf.pl" <<'SCRIPT'
pipe R, W; close R; open STDERR, '>&', \*W or die; $SIG{PIPE} = 'DEFAULT'; exec @ARGV or die;
SCRIPT
afresh
echo 'no_such_setting: 1' >>"$PVM_HOME/config.yaml"
run perl "$box/deaf.pl" safe-rm -rf victim
ok "an error that nobody hears is 125 (was $status)" [ "$status" = 125 ]
exists victim/one
afresh
ends 0 pvmctl revoke --all
run perl "$box/deaf.pl" safe-rm -rf victim
ok "a refusal that nobody hears is 1 (was $status)" [ "$status" = 1 ]
exists victim/one

# ---- no /proc ----
if [ -z "${PVM_SANITIZE:-}" ]; then # a sanitizer reads its options there
  afresh
  mount -t tmpfs tmpfs /proc
  run safe-rm -rf victim
  umount /proc
  undecided 'no /proc' 'without /proc the kernel tells no path of it'
fi
finish
