# SPDX-License-Identifier: Apache-2.0
# What an approver has seen of the log is remembered outside of the vault. Where somebody puts an old copy back, or
# writes another history, nothing is signed any more until the approver has accepted that; what takes permission away
# works all the same, and agents are not told of the way out.
. "$(dirname "$0")/lib.sh"
set_up
work=$box/real/work
heads=$PVM_HOME/heads
exports=0
way_out='pvmctl audit accept-break --reason'

ask() { ends 0 pvmctl request --json --reason 'make room' -- rm -rf "$1"; id=$(json id); }
# keep NAME, put_back NAME: the whole vault, while nobody has it open; what is outside of it stays.
keep() { mkdir -p "$box/kept/$1" && cp -a "$PVM_HOME"/vault.db* "$box/kept/$1/"; }
put_back() { "$REAL" -f -- "$PVM_HOME"/vault.db* && cp -a "$box/kept/$1"/vault.db* "$PVM_HOME/"; }
# What an approver remembers goes with it: for trying a thing twice.
keep_all() { keep "$1" && cp -a "$heads" "$box/kept/$1/"; }
put_back_all() { put_back "$1" && cp -a "$box/kept/$1/heads" "$heads"; }
remembered() { tail -n +2 "$heads" | wc -l; }
newest() { tail -n 1 "$heads" | cut -d' ' -f2; }
# not_what_was_seen COMMAND…: refuses, says why in words, and names the way out.
not_what_was_seen() {
  ends 125 "$@"
  complains 'the audit log is not the one that you saw: on 20'
  complains "$way_out"
}

# ---- what is remembered, and where ----
ok "init remembers the first head" [ "$(remembered)" = 1 ]
ok "for its owner alone" [ "$(stat -c %a "$heads")" = 600 ]
a_tree one
ask one
first=$id
ends 0 pvmctl approve "$first" --yes
ok "approving remembers what was seen" [ "$(remembered)" = 2 ]
ok "which is the head in the grant" [ "$(sqlite3 "$PVM_HOME/vault.db" 'SELECT statement FROM grants' | sed -n 's/^log //p')" = \
  "$(tail -n 1 "$heads" | cut -d' ' -f2,3)" ]
run pvmctl doctor
says 'log: extends what you saw on 20'
a_tree zero
ask zero
drafted=$id
ends 0 pvmctl approve --draft "$drafted"
cp "$box/out" "$box/draft"
ssh-keygen -q -Y sign -f "$PVM_HOME/approver_key" -n pvm-grant-v1 "$box/draft" || exit 99
keep early

for name in two three four; do
  a_tree "$name"
  ends 0 pvmctl allow --agent claude rm "$work/$name" --for 1h --yes
done
ends 0 pvmctl audit verify
says 'remembered heads agree'
ok "verifying remembers too" [ "$(newest)" = "$(pvmctl audit verify --json >"$box/out" && json head.size)" ]
seen=$(newest)
ok "of what was seen, nothing is lost" [ "$(remembered)" -ge 5 ]
keep_all late

# ---- an old copy of the vault ----
put_back early
a_tree five
ask five
not_what_was_seen pvmctl approve "$id" --yes
complains "it had $seen entries"
complains 'fewer than before'
not_what_was_seen pvmctl allow --agent claude rm "$work/five" --yes
not_what_was_seen pvmctl approve --draft "$id"
not_what_was_seen pvmctl approve --signature "$box/draft.sig" "$drafted"
not_what_was_seen pvmctl audit checkpoint --out "$box/checkpoint" --yes
not_what_was_seen pvmctl audit prune --until 1 --yes
ok "nothing was signed" [ "$(sqlite3 "$PVM_HOME/vault.db" 'SELECT count(*) FROM grants')" = 1 ]
ends 1 pvmctl audit verify
says 'truncated'
says 'at your look on 20'
ok "verifying a log that is not whole remembers nothing" [ "$(newest)" = "$seen" ]
run pvmctl doctor
says 'is not the one that you saw on 20'

# what takes away works, with no key and whatever was seen
ends 0 pvmctl deny "$id"
ends 0 pvmctl revoke --all
ends 0 pvmctl lock --reason 'something is wrong'
not_what_was_seen pvmctl unlock --yes
ends 1 safe-rm -rf five
complains 'safe-rm: locked'
ends 0 pvmctl panic
exists five/one

# ---- another history, as long as the one that was seen ----
put_back early
while [ "$(sqlite3 "$PVM_HOME/vault.db" 'SELECT log_size FROM state')" -le "$seen" ]; do
  ends 0 pvmctl audit export --format csv --output "$box/export.$((++exports))"
done
ask five
not_what_was_seen pvmctl approve "$id" --yes
complains 'they do not begin with those'
ends 1 pvmctl audit verify
says 'are not those that were there'

# what an agent is shown does not name what approvers sign
{
  safe-rm -rf five
  PVM_WAIT=1 PVM_REASON=x safe-rm -rf five
  pvmctl request --reason x -- rm -rf five
  pvmctl status "$id"
  pvmctl wait "$id" --timeout 0
  pvmctl check -- rm -rf five
} >"$box/out" 2>&1 </dev/null
ok "agents got their answers" grep -q 'pending' "$box/out"
ok "without the approver's way out" sh -c '! grep -qE "accept-break|accept-clock" "$1"' - "$box/out"
exists five/one

# ---- the way out: signed, by a person ----
keep_all forked
ends 2 pvmctl audit accept-break --yes
complains '--reason'
ends 1 setsid --wait pvmctl audit accept-break --reason 'restored'
complains 'approving is for a person, at a terminal of their own'
mv "$PVM_HOME/approver_key" "$box/key"
run pvmctl audit accept-break --reason 'restored' --yes
ok "not without the key (was $status)" [ "$status" != 0 ]
mv "$box/key" "$PVM_HOME/approver_key"
not_what_was_seen pvmctl approve "$id" --yes
ok "what was seen is still remembered" [ "$(newest)" = "$seen" ]

cat >"$box/look.exp" <<'SCRIPT'
set timeout 20
spawn -noecho {*}$argv
expect {
  -re {Sign this\? \[y/N\] $} { send -- "$env(ANSWER)\r"; exp_continue }
  timeout { puts "TIMEOUT"; exit 99 }
  eof
}
exit [lindex [wait] 3]
SCRIPT
ANSWER=n run expect -f "$box/look.exp" -- pvmctl audit accept-break --reason 'restored from Monday'
ok "no is no (was $status)" [ "$status" = 1 ]
says "you saw    $seen entries on 20"
says 'now        '
says 'unchanged  the first '
says 'cannot be known any more'
says 'what break'
says "seen $seen "
says 'reason restored%20from%20Monday'
not_what_was_seen pvmctl approve "$id" --yes
ANSWER=y run expect -f "$box/look.exp" -- pvmctl audit accept-break --reason 'restored from Monday'
ok "yes is yes (was $status)" [ "$status" = 0 ]
says 'accepted: the log of '
ok "only what is there now is remembered" [ "$(remembered)" = 1 ]

ends 0 pvmctl approve "$id" --yes
ends 0 safe-rm -rf five
is_gone five
ends 0 pvmctl audit verify
says 'the log is whole'
says "set aside a log that no longer led from the $seen entries seen before: 'restored from Monday'"
ends 0 pvmctl audit search Monday --type reset
says 'reset'
ends 1 pvmctl audit accept-break --reason again --yes
complains 'there is nothing to accept: the log extends what you saw on 20'

ends 0 pvmctl approve --signature "$box/draft.sig" "$drafted"
ends 0 safe-rm -rf zero
is_gone zero

# the history that was set aside does not come back unseen
put_back late
not_what_was_seen pvmctl allow --agent claude rm "$work/two" --yes

# ---- nothing remembered: nothing to accept, and the next look begins ----
put_back_all forked
a_tree five
"$REAL" -f -- "$heads"
ends 1 pvmctl audit accept-break --reason x --yes
complains 'you remember no head of this vault'
run pvmctl doctor
says 'you remember no head of it yet'
ends 0 pvmctl approve "$id" --yes
ok "it is remembered now" [ "$(remembered)" = 1 ]

# ---- a log that is damaged in itself is nothing to go on from ----
put_back_all late
last=$(sqlite3 "$PVM_HOME/vault.db" 'SELECT log_size FROM state')
ends 0 pvmctl lock
sqlite3 "$PVM_HOME/vault.db" "UPDATE audit SET record = CAST(record || x'20' AS BLOB) WHERE entry_id > $last"
not_what_was_seen pvmctl unlock --yes
ends 125 pvmctl audit accept-break --reason x --yes
complains 'the audit log is damaged in itself'
ends 1 pvmctl audit verify
says 'is not whole'

# ---- what is remembered is itself looked at ----
put_back_all late
ask five
for damage in 'echo x >>"$1"' ': >"$1"' 'sed -i "\$d" "$1"; sed -i "\$d" "$1"' 'chmod 0666 "$1"' \
  'mv "$1" "$1.away"; ln -s "$1.away" "$1"' '"$2" -f "$1"; mkfifo -m 600 "$1"' \
  'sed -i "1s/1/2/" "$1"'; do
  put_back_all late
  sh -c "$damage" - "$heads" "$REAL"
  ends 125 pvmctl allow --agent claude rm "$work/five" --yes
  complains "$heads"
  ends 125 pvmctl audit verify
  ends 1 safe-rm -rf five
  complains 'denied'
  ends 0 pvmctl lock
  "$REAL" -f -- "$heads" "$heads.away"
done
put_back_all late
exists five/one
ends 0 pvmctl audit verify
finish
