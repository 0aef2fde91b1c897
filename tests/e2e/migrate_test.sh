# SPDX-License-Identifier: Apache-2.0
# A vault that the program of format 1 made: nothing works with it until a person migrates it, and then all of it is
# there. Killed at any moment, the migration leaves the old vault or the new one.
. "$(dirname "$0")/lib.sh"
. "$here/inject.sh"
set_up # for its key and configuration; who signed in the old vault is trusted too
a_tree victim

old_vault() {
  "$REAL" -f -- "$PVM_HOME"/vault.db* "$PVM_HOME/heads" # what this approver saw of it later is of no use then
  sqlite3 "$vault" <"$data/vault_format_1.sql" >/dev/null
  sqlite3 "$vault" 'PRAGMA journal_mode=WAL' >/dev/null
  chmod 600 "$vault"
  "$REAL" -f -- "$vault"-*
}
cat "$data/vault_format_1.allowed_signers" >>"$PVM_HOME/allowed_signers"
old_vault
format() { sqlite3 -readonly "$vault" 'PRAGMA user_version'; }
entries() { sqlite3 -readonly "$vault" 'SELECT count(*) FROM audit'; }
before=$(entries)

# ---- refused until then ----
ends 125 safe-rm -rf victim
complains 'safe-rm: cannot decide: the vault has format 1, this program wants 3; nothing was removed'
exists victim/sub/two
for verb in grants pending 'audit verify' 'lock' "backup $box/b.db"; do
  ends 125 pvmctl $verb
  complains 'pvmctl: the vault has format 1, this program wants 3'
  complains 'pvmctl: hint: a human upgrades it with: pvmctl migrate'
done
ends 1 pvmctl doctor
says 'the vault has format 1'
ok "none of them migrated it" [ "$(format) $(entries)" = "1 $before" ]

# ---- migrated ----
ends 0 pvmctl migrate --json
ok "JSON: from 1 to 3" [ "$(json from) $(json to)" = '1 3' ]
copy=$(json copy)
ok "the copy is beside the vault" [ "${copy%-*}" = "$vault.format1" ]
ok "and for its owner alone" [ "$(stat -c %a "$copy")" = 600 ]
ok "the copy is of format 1, whole" [ "$(sqlite3 -readonly "$copy" "PRAGMA user_version; SELECT count(*) FROM audit; PRAGMA integrity_check" | xargs)" = "1 $before ok" ]
ok "the vault is of format 3" [ "$(format) $(entries)" = "3 $((before + 1))" ]
ends 0 pvmctl audit verify
says '5 signed heads agree'
ends 0 pvmctl grants --all --json
ok "every grant is there" [ "$(grep -c '"id"' "$box/out")" = 5 ]
ends 0 pvmctl audit list
says 'migrate'
ends 1 safe-rm -rf victim
ends 0 pvmctl request --json --reason 'go on' -- rm -rf victim
ends 0 pvmctl approve "$(json id)" --yes
ends 0 safe-rm -rf victim
is_gone victim
ends 0 pvmctl audit verify
ls -A "$PVM_HOME" >"$box/before"
ends 0 pvmctl migrate
says 'nothing to do'
ls -A "$PVM_HOME" | diff "$box/before" - >"$box/diff"
ok "a second migration changes nothing" [ ! -s "$box/diff" ]

# ---- put back by a rename, the copy is the old vault again; and it is migrated once more ----
"$REAL" -f -- "$vault" "$vault"-* "$PVM_HOME/heads"
mv "$copy" "$vault"
ok "the old vault again" [ "$(format) $(entries)" = "1 $before" ]
ends 0 pvmctl migrate
ends 0 pvmctl audit verify

# ---- while wrappers run: each refuses, for the one reason or the other, and the log stays whole ----
old_vault
"$REAL" -f "$box/stop"
workers=()
for i in 1 2 3 4 5; do
  while [ ! -e "$box/stop" ]; do
    safe-rm -rf "$box/link" >/dev/null 2>&1
    echo $?
  done >"$box/statuses.$i" &
  workers+=($!)
done
run pvmctl migrate
for _ in 1 2 3 4 5; do [ "$status" = 0 ] || run pvmctl migrate; done # it may have waited long enough for the lock
ok "migrated among them (was $status)" [ "$status" = 0 ]
for _ in $(seq 600); do [ "$(cat "$box"/statuses.* | grep -cx 1)" -ge 5 ] && break; sleep 0.1; done
ok "then each is denied as before" [ "$(cat "$box"/statuses.* | grep -cx 1)" -ge 5 ]
: >"$box/stop"
wait "${workers[@]}"
ok "nothing but refusals" [ -z "$(cat "$box"/statuses.* | grep -vxE '1|125')" ]
ends 0 pvmctl audit verify

# ---- killed at one system call after the other ----
old_vault
cp -a "$PVM_HOME" "$box/sound"
again() {
  "$REAL" -rf -- "$PVM_HOME"
  cp -a "$box/sound" "$PVM_HOME"
}
calls_of pvmctl migrate >"$box/calls"
ok "the traced migration works (was $status)" [ "$status" = 0 ]
first=$(awk '$4 == "vault.db" { print $1; exit }' "$box/calls")
awk -v first="$first" '$1 >= first' "$box/calls" |
  some_of 40 'rename.* .*|pwrite64 vault.db-wal|f(data)?sync .*|mkdir .*|rmdir .*' >"$box/chosen"
olds=0
rounds=0
while read -r number name which file; do
  again
  struck "$name" "$which" signal=KILL pvmctl migrate
  was_struck || continue
  rounds=$((rounds + 1))
  what="killed at call $number: $name $which ($file)"
  is=$(format)
  [ "$is" = 1 ] && olds=$((olds + 1))
  ok "$what: the old vault or the new one (format $is)" [ "$is $(entries)" = "1 $before" -o "$is $(entries)" = "3 $((before + 1))" ]
  run pvmctl audit verify
  ok "$what: it opens as what it is (was $status)" [ "$status" = "$([ "$is" = 1 ] && echo 125 || echo 0)" ]
  ends 0 pvmctl migrate
  run pvmctl audit verify
  ok "$what: migrated in the end, and whole (was $status)" [ "$status" = 0 ]
  ok "$what: nothing is left over" [ "$(ls -A "$PVM_HOME" | grep -c pvm-copy)" = 0 -o "$is" = 3 ]
  ok "$what: a copy is there" ls "$vault".format1-* >/dev/null
done <"$box/chosen"
ok "some were killed before the change and some after ($olds of $rounds)" [ "$olds" -gt 0 -a "$olds" -lt "$rounds" ]

# ---- a call that fails in place of killing: said, and the vault is the old one or the new one ----
awk -v first="$first" '$1 >= first && ($2 ~ /^f(data)?sync$|^rename/ || $2 " " $4 == "pwrite64 vault.db-wal")' "$box/calls" |
  some_of 3 'rename.* .*' >"$box/failing"
ok "there are calls that can fail" [ -s "$box/failing" ]
while read -r number name which file; do
  again
  struck "$name" "$which" error=ENOSPC pvmctl migrate
  was_struck || continue
  what="no room at call $number: $name $which ($file)"
  is=$(format)
  # SQLite goes on where it cannot sync the directory of a -wal that it made; that sync is done anew.
  ok "$what: refused, or migrated (was $status, format $is)" [ "$status" = 125 -o "$status $is" = '0 2' ]
  ok "$what: the old vault or the new one (format $is)" [ "$is $(entries)" = "1 $before" -o "$is $(entries)" = "3 $((before + 1))" ]
  ok "$what: nothing is left over" [ "$(ls -A "$PVM_HOME" | grep -c pvm-copy)" = 0 ]
  ends 0 pvmctl migrate
  run pvmctl audit verify
  ok "$what: migrated in the end, and whole (was $status)" [ "$status" = 0 ]
done <"$box/failing"
echo "killed at $rounds of $(wc -l <"$box/calls") calls"
finish
