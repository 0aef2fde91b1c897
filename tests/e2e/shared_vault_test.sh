# SPDX-License-Identifier: Apache-2.0
# The files of a vault that two users share: what one member does to them, in error, on purpose or by being killed, leaves
# the other refused and told why, or not hindered; and copies of it are made where no member reaches.
own_root_users=yes
. "$(dirname "$0")/own_root.sh"
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/users.sh"
as alice ssh-keygen -q -t ed25519 -N 'correct horse' -C alice@host -f "$box/homes/alice/key" || exit 99
ends 0 pvmctl init --system --group pvm --signer "$box/homes/alice/key.pub"

# ---- files in the shared directory that are not as they should be ----
# spoiled WHAT COMMAND…: after it by the agent, everybody is refused, and told so.
spoiled() {
  local what=$1
  shift
  as agent "$@" || ok "$what: could be done" false
  for user in agent alice; do
    ends 125 as "$user" pvmctl pending
    complains "$vault/vault.db"
  done
}
as agent pvmctl pending >/dev/null
spoiled 'a hard link' ln "$vault/vault.db" "$vault/second"
"$REAL" "$vault/second"
mine() { as agent sh -c "cp '$vault/vault.db-wal' '$vault/x' && mv '$vault/x' '$vault/vault.db-wal'"; }
mine
spoiled 'open to others' chmod 664 "$vault/vault.db-wal"
spoiled 'closed to the group' chmod 600 "$vault/vault.db-wal"
spoiled 'of another group' sh -c "chmod 660 '$vault/vault.db-wal' && chgrp 2001 '$vault/vault.db-wal'"
as agent chgrp 2010 "$vault/vault.db-wal"
ends 0 as alice pvmctl pending
as agent sh -c "mv '$vault/vault.db-wal' '$vault/aside' && ln -s aside '$vault/vault.db-wal'" # a link is followed by nobody
ends 125 as alice pvmctl pending
as agent mv "$vault/aside" "$vault/vault.db-wal"
as agent sh -c "cp '$vault/vault.db' fake.db && mv '$vault/vault.db' '$vault/kept' && cp fake.db '$vault/vault.db' && chmod 660 '$vault/vault.db'"
ends 125 as agent pvmctl pending
complains 'must belong to root'
ends 125 as alice pvmctl pending
as agent mv "$vault/kept" "$vault/vault.db"
ends 0 as alice pvmctl pending
for mode in +t g-s g-w o+rx; do
  chmod "$mode" $vault
  ends 125 as alice pvmctl pending
  complains 'chmod'
  chmod 2770 $vault
  chmod -t $vault
done
ends 0 as alice pvmctl pending

# ---- whoever makes SQLite's files may be killed at any of it ----
export ASAN_OPTIONS=detect_leaks=0
run as agent sh -c 'touch nothing-granted; umask 077; exec strace -qq -o trace safe-rm nothing-granted'
afresh
run as agent sh -c 'umask 077; exec strace -qq -o trace safe-rm nothing-granted'
killed=0
for call in $(awk -F'(' '/vault\.db/ { from = 1 } from && /^(open|openat|fchmod|fchown|ftruncate|fcntl|pwrite64|mmap)\(/ { print $1 }' \
  "$box/homes/agent/trace" | sort -u); do
  for which in $(seq 1 "$(grep -c "^$call(" "$box/homes/agent/trace")"); do
    afresh
    { run as agent sh -c "umask 077; exec strace -qq -o trace2 -e inject=$call:signal=KILL:when=$which safe-rm nothing-granted"; } 2>/dev/null
    [ -e "$vault/vault.db-wal" ] || [ -e "$vault/vault.db-shm" ] || continue
    killed=$((killed + 1))
    ends 0 as alice pvmctl pending
  done
done
ok "there was something to strike ($killed)" [ "$killed" -gt 3 ]
unset ASAN_OPTIONS

# ---- upkeep ----
ends 0 as alice pvmctl backup "$box/homes/alice/monday.db"
is_as "$box/homes/alice/monday.db" '600 2002:2002'
ends 125 as alice pvmctl backup "$vault/monday.db"
complains "the vault's own"
ends 125 as alice pvmctl migrate
complains 'root'
ends 0 pvmctl migrate
ends 125 as alice pvmctl restore "$box/homes/alice/monday.db" --yes
complains 'root'
cp "$box/homes/alice/monday.db" "$box/monday.db"
printf 'approve_without_terminal: true\n' >>/etc/pvm/config.yaml
ends 0 pvmctl restore "$box/monday.db" --yes
sed -i '/approve_without_terminal/d' /etc/pvm/config.yaml
is_as "$vault/vault.db" '660 0:2010'
ok "no copy lies about" sh -c '! ls -d /var/lib/.pvm-copy.* /var/lib/pvm/.pvm-copy.* 2>/dev/null | grep -q .'
ends 0 as agent pvmctl pending
ends 0 as alice pvmctl pending

as agent sh -c 'echo $$ >keeper; exec pvmctl keep >kept' >"$box/keep" 2>&1 &
for _ in $(seq 100); do
  grep -qs keeping "$box/homes/agent/kept" && break
  sleep 0.1
done
ok "the agent's user keeps it" grep -q keeping "$box/homes/agent/kept"
ends 0 as alice pvmctl pending
kill -TERM "$(cat "$box/homes/agent/keeper")"
wait
ends 0 as alice pvmctl pending

finish
