# SPDX-License-Identifier: Apache-2.0
# Reading the log: the last day in local time, with what repeats itself folded; added up; and by path.
. "$(dirname "$0")/lib.sh"
set_up

mkdir -p "$HOME/app"
for i in $(seq 14); do echo "$i" >"$HOME/app/f$i"; done
ends 0 pvmctl allow --agent claude rm "$HOME/app/" --uses 14 --yes
for i in $(seq 7); do ends 0 safe-rm "$HOME/app/f$i"; done
a_tree "$HOME/other"
ends 1 safe-rm -r "$HOME/other"
for i in $(seq 8 14); do ends 0 safe-rm "$HOME/app/f$i"; done

# ---- folded, with the denial between ----
ends 0 env TZ=XYZ-05:45 pvmctl audit list
says "the last 1 d, times in UTC+05:45"
ok "seven and seven" [ "$(grep -c 'decision  claude  allow     ×7 in ' "$box/out")" = 2 ]
ok "the denial is a line of its own" [ "$(grep -c 'decision  claude  deny  ' "$box/out")" = 1 ]
ok "it stands between them" sh -c "grep decision '$box/out' | sed -n 2p | grep -q deny"
ok "fourteen outcomes in one line" grep -q 'outcome   claude            ×14 outcome exit 0$' "$box/out"
here_now=$(TZ=XYZ-05:45 date '+%Y-%m-%d')
there=$(TZ=XYZ-05:45 date -d yesterday '+%Y-%m-%d')
ok "the day is the local one" grep -qE "($here_now|$there) [0-9:]{8}  allow " "$box/out"
ends 0 pvmctl audit list --no-fold
ok "each of them" [ "$(grep -c 'decision  claude  allow' "$box/out")" = 14 ]
ok "none folded" sh -c "! grep -q × '$box/out'"
ends 0 pvmctl audit list --json
ok "JSON has each, and its times are UTC" [ "$(grep -c '"entry_type": "decision"' "$box/out")" = 15 -a -n "$(json 'entries[0].timestamp' | grep 'T.*Z$')" ]
ends 0 pvmctl audit list --last 3
says "times in UTC"
ok "the last three" [ "$(wc -l <"$box/out")" -le 5 ]
ends 0 pvmctl audit list --last 2 --agent claude --json
ok "the last two of an agent" [ "$(grep -c entry_id "$box/out")" = 2 ]
for words in '--all --since 3d' '--all --last 3' '--since soon' '--last 0'; do
  # shellcheck disable=SC2086
  ends 2 pvmctl audit list $words
done

# ---- added up ----
ends 0 pvmctl audit list --summary --since 7d
says "claude"
says "removals  14 allowed: 14 files, 33 B; 1 denied"
says "approved  once by "
says "1 of these unattended"
ok "the biggest" grep -q "biggest   1 file, 3 B  '$HOME/app/f" "$box/out"
ends 0 pvmctl audit list --summary --json
ok "in JSON" [ "$(json 'agents[0].allowed')" = 14 -a "$(json 'agents[0].unattended')" = 1 ]
ends 0 pvmctl audit list --summary --agent nobody
says "nothing happened"

# ---- by path ----
found() { pvmctl audit search --path "$1" --type decision --json >"$box/out" 2>"$box/err" && grep -c entry_id "$box/out"; }
ok "what names it" [ "$(found "$HOME/app/f1")" = 1 ]
ok "what is beneath it" [ "$(found "$HOME/app")" = 14 ]
ok "a directory above it" [ "$(found "$HOME/other/sub/deep")" = 1 ]
ok "whole components" [ "$(found "$HOME/app/f")" = 0 ]
ok "seen from here" [ "$(cd "$HOME" && found ./other/../app//f2)" = 1 ]
ok "all" [ "$(found /)" = 15 ]
ends 2 pvmctl audit search
ends 2 pvmctl audit search --path ''
hostile=$HOME/app/$'new\nline \e[2J \xff'
echo x >"$hostile"
ends 1 safe-rm "$hostile"
ok "any bytes" [ "$(found "$hostile")" = 1 ]
ends 0 pvmctl audit search --path "$hostile"
ok "and they act on no terminal" sh -c "! grep -q \$'\\e' '$box/out'"
ends 0 pvmctl audit search denied --path "$HOME/app"
says "no entries"
ends 0 pvmctl audit search no-grant --path "$HOME/other"
says "deny"

# ---- what is older than a day ----
ends 0 pvmctl audit verify
sqlite3 "$PVM_HOME/vault.db" "UPDATE audit SET record = CAST(replace(CAST(record AS TEXT), 'time ' || timestamp,
  'time ' || (timestamp - 200000)) AS BLOB) WHERE entry_id < (SELECT max(entry_id) FROM audit)"
ends 0 pvmctl audit list
ok "one is left" [ "$(grep -c ' decision ' "$box/out")" = 1 ]
ends 0 pvmctl audit list --all
ok "all are there" [ "$(grep -c ' decision ' "$box/out")" -ge 4 ]
ends 0 pvmctl audit list --since 7d
ok "and of seven days" [ "$(grep -c ' decision ' "$box/out")" -ge 4 ]
ends 0 pvmctl audit list --agent nobody
says "no entries in the last 1 d"
finish
