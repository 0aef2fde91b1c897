# SPDX-License-Identifier: Apache-2.0
# backup and restore: a copy of a vault in use, and what is put back with it. Nothing that was taken away comes back.
. "$(dirname "$0")/lib.sh"
set_up
vault=$PVM_HOME/vault.db
work=$box/real/work
copies=$box/real/copies
mkdir -p "$copies"
is_root() { [ "$(id -u)" = 0 ]; }
kept() { ls -A "$PVM_HOME" | grep -c "^vault\.db\.replaced-"; }
nothing_left() { ok "$1: nothing is left over" [ -z "$(ls -A "$copies" "$PVM_HOME" | grep pvm-copy)" ]; }
# The approver remembers more than a restored log holds.
accept() { ends 0 pvmctl audit accept-break --reason 'restored' --yes; }
sound() {
  ends 0 pvmctl audit verify
  ok "SQLite finds nothing wrong" [ "$(sqlite3 "$vault" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" = ok ]
}

# ---- backup: to a new file, and to nothing else ----
ends 0 pvmctl allow --agent claude rm "$work" --for 1h --yes
cd "$copies" || exit 99
ends 0 pvmctl backup --json monday.db # relative to where the caller is
cd "$box/link/work" || exit 99
ok "JSON names the file" [ "$(json backup)" = "$copies/monday.db" ]
ok "it is for its owner alone" [ "$(stat -c %a "$copies/monday.db")" = 600 ]
ok "one file" [ "$(ls -A "$copies")" = monday.db ]
ok "the log says so" [ "$(sqlite3 "$vault" "SELECT details FROM audit WHERE entry_type = 'backup'")" = "path=$copies/monday.db" ]
chmod 500 "$copies" # it opens where nothing can be written beside it
ok "the copy reads by itself" [ "$(sqlite3 -readonly "$copies/monday.db" 'SELECT count(*) FROM grants')" = 1 ]
chmod 700 "$copies"

echo mine >"$copies/file"
ln -s nowhere "$copies/dangling"
ls -lA "$copies" >"$box/before"
for name in file dangling monday.db; do
  ends 1 pvmctl backup "$copies/$name"
  complains 'is there already'
done
ends 1 pvmctl backup "$copies"
run pvmctl backup "$copies/"
ok "a directory is no file (was $status)" [ "$status" = 2 ]
ends 125 pvmctl backup "$copies/nowhere/b.db"
ends 125 pvmctl backup /proc/self/b.db
mkdir -m 777 "$box/everybody"
ends 125 pvmctl backup "$box/everybody/b.db"
complains '(mode 0777)'
ends 2 pvmctl backup "$vault-journal"
ends 2 pvmctl backup
ls -lA "$copies" | diff "$box/before" - >"$box/out" 2>&1
ok "what was there is as it was" [ ! -s "$box/out" ]
"$REAL" "$copies/file" "$copies/dangling"

# ---- a copy that finds no room goes again ----
cp -a "$PVM_HOME" "$box/small"
sqlite3 "$vault" "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  INSERT INTO requests SELECT printf('%032x', i), 'claude', 'rm', 'denied', hex(randomblob(32)), hex(randomblob(32)), '', '', '', NULL,
  0, 0, 0, 1, randomblob(900), '', '', NULL, NULL, '', '', 0, 0, 0, 0, NULL, NULL FROM n; PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
run bash -c "ulimit -f 500; exec pvmctl backup '$copies/large.db'" # KiB
ok "a limit on the size of files: 125 (was $status)" [ "$status" = 125 ]
if is_root && unshare -m true 2>/dev/null; then
  run unshare -m --propagation private sh -c 'mount -t tmpfs -o size=1m,mode=0700 tmpfs "$1" &&
    pvmctl backup "$1/large.db"; status=$?; ls -A "$1" >&2; exit $status' - "$copies"
  ok "a full disk: 125 (was $status)" [ "$status" = 125 ]
  complains 'no room for a copy of the vault'
  ok "and nothing is left on it" [ "$(grep -vc '^pvmctl: ' "$box/err")" = 0 ]
fi
ok "only the good copy is there" [ "$(ls -A "$copies")" = monday.db ]
nothing_left 'a copy without room'
"$REAL" -rf -- "$PVM_HOME"
mv "$box/small" "$PVM_HOME"

# ---- restore asks a person ----
for i in 1 2 3; do safe-rm -rf "nosuch" /etc/hostname >"$box/out" 2>&1; done # three denials more than the backup has
cp -a "$vault" "$box/as-it-was"
ends 1 setsid --wait pvmctl restore "$copies/monday.db"
complains 'at a terminal of their own'
cmp -s "$vault" "$box/as-it-was"
ok "nothing was changed" [ $? = 0 ]
nothing_left 'a restore without a yes'
cat >"$box/terminal.exp" <<'SCRIPT'
set timeout 20
spawn -noecho {*}$argv
expect {
  -re {Put it back\? \[y/N\] $} { send -- "$env(ANSWER)\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
at_terminal() {
  ANSWER=$1 expect -f "$box/terminal.exp" -- "${@:2}" >"$box/raw" 2>"$box/err" </dev/null
  status=$?
  tr -d '\r' <"$box/raw" >"$box/out"
}
at_terminal n pvmctl restore "$copies/monday.db"
ok "no is no (was $status)" [ "$status" = 1 ]
says "from '$copies/monday.db'"
says '  backup  4 entries, the last of 20'
says '  now     7 entries, the last of 20'
says '  lost    the last 3 entries of now'
says 'Every grant is revoked, those that were signed after the backup too.'
cmp -s "$vault" "$box/as-it-was"
ok "nothing was changed by a no" [ $? = 0 ]
at_terminal y pvmctl restore "$copies/monday.db"
ok "yes is yes (was $status)" [ "$status" = 0 ]
says 'restored: 6 entries, every grant is revoked'
sound
ok "the old vault is kept" [ "$(kept)" = 1 ]
nothing_left 'a restore'
a_tree victim
ends 1 safe-rm -rf victim
exists victim/one
run pvmctl doctor
says 'ok      integrity: '
says 'note    copies: 1 old copy lies beside the vault: vault.db.replaced-'

# ---- an approver who saw more entries than the restored log has is told, and accepts it once ----
ends 0 pvmctl allow --agent claude rm "$work" --for 1h --yes
ends 0 safe-rm -rf victim
ends 0 pvmctl audit verify
ends 0 pvmctl restore --json --yes "$copies/monday.db"
ok "JSON: what is lost" [ "$(json lost)" -gt 0 ]
ok "JSON: where the old one is" [ -e "$(json replaced)" ]
ok "the next step is named" grep -q 'audit accept-break' "$box/out"
ends 125 pvmctl allow --agent claude rm "$work" --for 1h --yes
ends 0 pvmctl audit accept-break --reason 'restored from Monday' --yes
sound
ends 0 pvmctl allow --agent claude rm "$work" --for 1h --yes
a_tree victim
ends 0 safe-rm -rf victim
sound

# ---- nothing is un-used or un-revoked: grants of the backup, and grants of later put back by hand ----
ends 0 pvmctl allow --agent claude rm "$work" --for 1h --uses 1 --yes
ends 0 pvmctl backup "$copies/tuesday.db"
a_tree victim
ends 0 safe-rm -rf victim
ends 0 pvmctl revoke --all
ends 0 pvmctl allow --agent claude rm "$work" --for 1h --yes # signed after the backup, never used
cp "$vault" "$box/later.db"
cp "$vault-wal" "$box/later.db-wal"
ends 0 pvmctl restore --yes "$copies/tuesday.db"
a_tree victim
ends 1 safe-rm -rf victim
complains 'revoked'
sqlite3 "$vault" "ATTACH '$box/later.db' AS later; INSERT OR IGNORE INTO grants SELECT * FROM later.grants;
  INSERT OR IGNORE INTO grant_anchors SELECT * FROM later.grant_anchors"
ends 1 safe-rm -rf victim
ok "put back with its epoch, its use and its revocation" [ "$(sqlite3 "$vault" 'SELECT count(*) FROM grants')" -gt 2 ]
exists victim/one
ends 1 pvmctl audit verify # and that somebody did so shows
says 'no entry says that it was stored'

# ---- a damaged vault, and none at all ----
ends 0 pvmctl restore --yes "$copies/tuesday.db"
accept
sound
head -c 20000 /dev/urandom >"$vault"
"$REAL" -f -- "$vault"-*
ends 125 safe-rm -rf victim
ends 0 pvmctl restore --yes "$copies/tuesday.db"
accept
sound
"$REAL" -f -- "$vault" "$vault"-*
ends 125 safe-rm -rf victim
ends 0 pvmctl restore --yes "$copies/tuesday.db"
ok "nothing was there to keep" sh -c '! grep -q "what was there" "$1"' - "$box/out"
accept
sound

# ---- a lock stays ----
ends 0 pvmctl lock --reason 'looking into it'
ends 0 pvmctl restore --yes "$copies/tuesday.db"
ends 1 safe-rm -rf victim
complains "locked: a person has stopped everything that PVM gates ('looking into it')"
accept
ends 0 pvmctl unlock --yes
sound

# ---- backups that are none ----
refused() { # STATUS WORDS
  ls -iA "$PVM_HOME" | grep -v -e -shm -e -wal >"$box/before"
  ends "$1" pvmctl restore --yes "$copies/bad.db"
  complains "$2"
  ls -iA "$PVM_HOME" | grep -v -e -shm -e -wal | diff "$box/before" - >"$box/out" 2>&1
  ok "$2: the vault is as it was" [ ! -s "$box/out" ]
  "$REAL" -rf -- "$copies/bad.db" "$copies/bad.db"-*
}
edited() { cp "$copies/tuesday.db" "$copies/bad.db" && sqlite3 "$copies/bad.db" "$1" && "$REAL" -f -- "$copies/bad.db"-*; }
refused 125 'No such file'
head -c 8000 /dev/urandom >"$copies/bad.db"; refused 125 'is no backup of a vault'
head -c 9000 "$copies/tuesday.db" >"$copies/bad.db"; refused 125 'cannot be restored'
edited 'CREATE TRIGGER t AFTER UPDATE ON grants BEGIN UPDATE grants SET used = 0; END'; refused 125 "the vault's tables are not those"
edited "UPDATE grants SET statement = CAST(replace(CAST(statement AS TEXT), 'uses 1', 'uses 9') AS BLOB)"
refused 125 'its text is not what was signed'
edited "UPDATE grants SET used = 5"; refused 125 'by the log'
edited "UPDATE audit SET agent_id = 'codex' WHERE entry_id = 3"; refused 125 "entry 3: its agent is not what the record says"
edited "DELETE FROM audit WHERE entry_id = 3"; refused 125 'entry 3 is missing'
ln -s tuesday.db "$copies/bad.db"; refused 125 'is a symbolic link'
cp "$copies/tuesday.db" "$copies/bad.db"; chmod 666 "$copies/bad.db"; refused 125 '(mode 0666)'
ends 2 pvmctl restore --yes "$vault"
complains 'is the vault itself'
cp -a "$PVM_HOME" "$box/mine"
"$REAL" -rf -- "$PVM_HOME"
set_up
ends 0 pvmctl backup "$copies/bad.db"
"$REAL" -rf -- "$PVM_HOME"
mv "$box/mine" "$PVM_HOME"
run pvmctl restore --yes "$copies/bad.db"
ok "another vault's backup (was $status)" [ "$status" = 1 ]
complains 'is of another vault'
sound
finish
