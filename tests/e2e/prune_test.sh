# SPDX-License-Identifier: Apache-2.0
# Old texts go from the log, and from the file; the hashes stay, so the log is whole as before. What is still needed
# stays, and so does everything without a person's signature.
. "$(dirname "$0")/lib.sh"
set_up
work=$box/real/work
vault=$PVM_HOME/vault.db
size() { sqlite3 "$vault" 'SELECT log_size FROM state'; }
# in_file TEXT: whether any byte of the vault's files still says it
in_file() { grep -qaF -e "$1" "$vault"*; }

last=()
for name in juniper kestrel; do
  a_tree "$name"
  ends 0 pvmctl request --json --reason "sweep up $name-leaves" -- rm -rf "$name"
  ends 0 pvmctl approve "$(json id)" --note "yes to $name-note" --yes
  ends 0 safe-rm -rf "$name"
  is_gone "$name"
  last+=("$(size)")
done
ok "the file says what was asked" in_file juniper-leaves
ends 0 pvmctl audit export --format jsonl --output "$box/before.jsonl"
a_tree standing
ends 0 pvmctl allow --agent claude rm "$work/standing" --for 1h --yes --json
grant=$(json id)
held=$(size)

# ---- what is said before anything goes ----
ends 2 pvmctl audit prune --yes
complains 'say how much is to go'
ends 2 pvmctl audit prune --before 90d --until 3 --yes
ends 2 pvmctl audit prune --before soon --yes
ends 2 pvmctl audit prune --until 0 --yes
ends 2 pvmctl audit prune --until 1000000 --yes
ends 1 pvmctl audit prune --before 90d --yes
complains 'there is nothing to prune: no text is that old'
ends 1 setsid --wait pvmctl audit prune --until 3
complains 'approving is for a person, at a terminal of their own'
cat >"$box/look.exp" <<'SCRIPT'
set timeout 20
spawn -noecho {*}$argv
expect {
  -re {Sign this\? \[y/N\] $} { send -- "n\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
run expect -f "$box/look.exp" -- pvmctl audit prune --until "$held"
ok "no is no (was $status)" [ "$status" = 1 ]
says 'texts of the audit log, to be removed for good'
says "goes   entries 1 to $((held - 1)) of $held, up to 20"
says "stays  entry $held: grant ${grant:0:8} may still be used"
says 'stays  the hash of each entry'
says 'pvmctl audit export'
says 'what prune'
ok "nothing went" in_file juniper-leaves

# ---- it goes ----
ends 0 pvmctl audit prune --until "${last[0]}" --reason 'older than we keep' --yes
says "pruned: the texts of entries 1 to ${last[0]} are gone"
for text in juniper juniper-leaves juniper-note; do ok "$text is not in the file" sh -c '! grep -qaF "$1" "$2"*' - "$text" "$vault"; done
ok "what is younger is" in_file kestrel-leaves
ends 0 pvmctl audit verify
says 'the log is whole'
says "entries 1 to ${last[0]}: pruned, only the hash of each is left"
says "set aside the texts of entries 1 to ${last[0]}: 'older than we keep'"
ends 0 pvmctl audit list --last 1000
says kestrel
ok "no pruned entry is listed" sh -c '! grep -q juniper "$1"' - "$box/out"
ends 0 pvmctl audit search kestrel
ends 0 pvmctl audit search juniper
says 'no entries'
ends 0 pvmctl audit export --format jsonl --output "$box/after.jsonl"
ok "the export holds what is left" [ "$(grep -c '"entry' "$box/after.jsonl")" = "$(($(size) - last[0]))" ]
ends 0 pvmctl audit export --format csv --output "$box/after.csv"
ends 0 pvmctl grants --all
ends 0 pvmctl status

# everything goes on: what was granted before, and new things
ends 0 safe-rm -rf standing
is_gone standing
a_tree more
ends 0 pvmctl request --json --reason 'one more' -- rm -rf more
ends 0 pvmctl approve "$(json id)" --yes
ends 0 safe-rm -rf more
is_gone more
ends 0 pvmctl audit verify
run pvmctl doctor
says 'log: extends what you saw on 20'

# further, up to what is still needed; again is nothing
ends 0 pvmctl audit prune --until "$held" --yes
says "kept: entry $held: grant ${grant:0:8} may still be used"
ok "kestrel is gone too" sh -c '! grep -qaF kestrel "$1"*' - "$vault"
ends 1 pvmctl audit prune --until "$held" --yes
complains 'there is nothing to prune'
ends 0 pvmctl audit verify
ends 0 pvmctl revoke "$grant"
ends 0 pvmctl audit prune --until "$held" --yes
ends 0 pvmctl audit verify

# ---- a log that is not whole is not made shorter: what is wrong would go with it ----
cp -a "$vault"* "$box/"
sqlite3 "$vault" "UPDATE audit SET details = 'x' WHERE entry_id = $((held + 1))"
ends 125 pvmctl audit prune --until "$(size)" --yes
complains 'the log is not whole'
"$REAL" -f -- "$vault"*
cp -a "$box"/vault.db* "$PVM_HOME/"
ends 0 pvmctl audit verify

# ---- texts that go without a statement are missed ----
sqlite3 "$vault" "UPDATE audit SET agent_id='', scope='', decision='', details='', grant_id=NULL, record=x'' WHERE entry_id = $((held + 1))"
ends 1 pvmctl audit verify
says "entry $((held + 1)): its record is gone, and no approver's statement says why"
finish
