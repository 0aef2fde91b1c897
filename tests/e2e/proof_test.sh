# SPDX-License-Identifier: Apache-2.0
# Checkpoints that are kept and proofs that are handed over: they verify where they should, with ssh-keygen too, and
# nowhere else: not when anything in them is changed, nor against a log that was cut, put back or forked.
. "$(dirname "$0")/lib.sh"
set_up
principal=$(cut -d' ' -f1 "$PVM_HOME/allowed_signers")
vault_id=$(sqlite3 "$PVM_HOME/vault.db" 'SELECT vault_id FROM state')
touch "$box/real/work/mine"
entry() { run safe-rm mine; } # a denial: one entry
grow() { for _ in $(seq "$1"); do entry; done; }
size() { sqlite3 "$PVM_HOME/vault.db" 'SELECT log_size FROM state'; }
mode_of() { stat -c %a "$1"; }
refused() { # WORDS, then a command that must end with 1 and say them
  local words=$1
  shift
  ends 1 "$@"
  says "$words"
}
grow 5

# ---- a checkpoint: three lines, and what verify calls the head ----
ends 0 pvmctl audit checkpoint
is_quiet
cp "$box/out" "$box/head"
ok "three lines" [ "$(wc -l <"$box/head")" = 3 ]
ok "the vault's id" [ "$(sed -n 1p "$box/head")" = "pvm/vault/$vault_id" ]
ok "the size" [ "$(sed -n 2p "$box/head")" = "$(size)" ]
ends 0 pvmctl audit verify
says "head: $(sed -n 2p "$box/head") $(sed -n 3p "$box/head")"
ends 0 pvmctl audit checkpoint --json
ok "JSON has the same text" [ "$(json checkpoint)" = "$(cat "$box/head")" ]

# ---- signed: only into new files, both or neither ----
ends 1 setsid --wait pvmctl audit checkpoint --out a.checkpoint
complains 'approving is for a person, at a terminal of their own'
is_gone a.checkpoint
is_gone a.checkpoint.sig
ends 0 pvmctl audit checkpoint --out a.checkpoint --yes
says "signed by '$principal'"
says 'the key needs no human act'
ok "the file is the head" cmp -s a.checkpoint "$box/head"
ok "others may read both" [ "$(mode_of a.checkpoint) $(mode_of a.checkpoint.sig)" = '644 644' ]
ok "ssh-keygen verifies it" sh -c 'ssh-keygen -Y verify -f "$PVM_HOME/allowed_signers" -I "$1" -n pvm-checkpoint-v1 \
  -s a.checkpoint.sig <a.checkpoint >"$2" 2>&1' - "$principal" "$box/out"
cp a.checkpoint a.checkpoint.sig "$box/"
ends 1 pvmctl audit checkpoint --out a.checkpoint --yes
complains 'is there already'
for taken in b.checkpoint b.checkpoint.sig; do
  echo mine >"$taken"
  ends 1 pvmctl audit checkpoint --out b.checkpoint --yes
  ok "$taken is as it was" [ "$(cat b.checkpoint*)" = mine ]
  "$REAL" -- b.checkpoint*
done
ends 125 pvmctl audit checkpoint --out nosuch/b.checkpoint --yes
ok "what was signed is as it was" cmp -s a.checkpoint "$box/a.checkpoint"
ends 2 pvmctl audit checkpoint --yes

# a key that allowed_signers does not trust with checkpoints is not asked for
cp "$PVM_HOME/allowed_signers" "$box/signers"
sed -i 's/,pvm-checkpoint-v1//' "$PVM_HOME/allowed_signers"
ends 125 pvmctl audit checkpoint --out b.checkpoint --yes
complains 'add pvm-checkpoint-v1 to the namespaces= of its line'
is_gone b.checkpoint
refused 'no good: ' pvmctl audit verify --checkpoint a.checkpoint
cp "$box/signers" "$PVM_HOME/allowed_signers"

# ---- the log goes on, and extends it ----
ends 0 pvmctl audit verify --checkpoint a.checkpoint
grow 4
ends 0 pvmctl audit verify --checkpoint a.checkpoint
says "the log extends the checkpoint of $(sed -n 2p a.checkpoint) entries that '$principal' signed"
says 'the log is whole'
ends 0 pvmctl audit verify --checkpoint a.checkpoint --json
ok "JSON says so" [ "$(json checkpoint.holds)" = 1 ]

# ---- what is not believed ----
forge() { # FILE: a copy of a.checkpoint with its signature, to be changed
  cp a.checkpoint "$1"
  cp a.checkpoint.sig "$1.sig"
}
forge f
sed -i '2s/.*/3/' f
refused 'is not over this text' pvmctl audit verify --checkpoint f
forge f
echo 'an extension line' >>f
refused 'no good: ' pvmctl audit verify --checkpoint f
forge f
"$REAL" -- f.sig
ssh-keygen -q -Y sign -f "$(sed -n 's/^key: //p' "$PVM_HOME/config.yaml")" -n pvm-grant-v1 f 2>/dev/null
refused "the signature is for namespace 'pvm-grant-v1'" pvmctl audit verify --checkpoint f
"$REAL" -- f.sig
ssh-keygen -q -t ed25519 -N '' -f "$HOME/stranger"
ssh-keygen -q -Y sign -f "$HOME/stranger" -n pvm-checkpoint-v1 f 2>/dev/null
refused 'which is not trusted here' pvmctl audit verify --checkpoint f
# well signed, but no checkpoint of ours
printf 'example.com/log\n5\n%s\n' "$(sed -n 3p a.checkpoint)" >g
ssh-keygen -q -Y sign -f "$(sed -n 's/^key: //p' "$PVM_HOME/config.yaml")" -n pvm-checkpoint-v1 g 2>/dev/null
refused 'no checkpoint of a PVM vault' pvmctl audit verify --checkpoint g
head -c 100000 /dev/zero >g
refused 'no good: ' pvmctl audit verify --checkpoint g
"$REAL" -- f.sig
ends 125 pvmctl audit verify --checkpoint f
ends 125 pvmctl audit verify --checkpoint nosuch

# ---- a proof of an entry, in the tree of the checkpoint that was kept ----
ends 0 pvmctl audit prove --entry 3 --checkpoint a.checkpoint --out 3.tlog-proof --record 3.record
ends 0 pvmctl audit prove --entry 4 --checkpoint a.checkpoint --out 4.tlog-proof --record 4.record
ends 0 pvmctl audit prove --entry 3 --out now.tlog-proof
ends 0 pvmctl audit prove --entry 3 --checkpoint a.checkpoint
ok "on standard output it is the same" cmp -s "$box/out" 3.tlog-proof
ok "its checkpoint is the one that was kept" sh -c 'sed "1,/^\$/d" 3.tlog-proof | head -n 3 | cmp -s - a.checkpoint'
ok "the record is the one in the vault" sh -c 'sqlite3 "$PVM_HOME/vault.db" \
  "SELECT writefile(\"$1\", record) FROM audit WHERE entry_id = 3" >/dev/null && cmp -s 3.record "$1"' - "$box/record"
ends 0 pvmctl audit prove --entry 3 --json
ok "JSON has the record too" sh -c 'printf %s "$1" | base64 -d | cmp -s - 3.record' - "$(json record)"
ends 1 pvmctl audit prove --entry 5 --out 5.tlog-proof --record 3.record
complains 'is there already'
is_gone 5.tlog-proof

# ---- judged where there is no vault, only whom to trust ----
mkdir -m 700 "$box/elsewhere"
cp "$PVM_HOME/allowed_signers" "$box/elsewhere/"
home=$PVM_HOME
export PVM_HOME=$box/elsewhere
judge() { ends "$1" pvmctl audit verify --proof "${@:2}"; }
judge 0 3.tlog-proof --record 3.record --checkpoint a.checkpoint
says "the record is entry 3 of vault $vault_id, as the checkpoint of $(sed -n 2p a.checkpoint) entries that '$principal' signed has it"
judge 0 3.tlog-proof --record 3.record
says 'as this head has it'
complains 'this head is signed by nobody'
judge 0 3.tlog-proof --record 3.record --json
ok "JSON says that it is not signed" [ "$(json signed)" = 0 ]
judge 0 now.tlog-proof --record 3.record
judge 1 now.tlog-proof --record 3.record --checkpoint a.checkpoint
says 'in another tree'
judge 2 3.tlog-proof
judge 2 3.tlog-proof --checkpoint a.checkpoint
judge 125 3.tlog-proof --record nosuch
judge 1 3.tlog-proof --record 4.record
judge 1 4.tlog-proof --record 3.record
judge 1 3.tlog-proof --record 3.tlog-proof
judge 1 3.record --record 3.record --checkpoint a.checkpoint
ends 2 pvmctl audit verify --record 3.record
# each line of the proof and of the record, changed
changed=0
for file in tlog-proof record; do
  for line in $(seq "$(wc -l <"3.$file")"); do
    cp 3.tlog-proof x.tlog-proof
    cp 3.record x.record
    sed -i "${line}s/^X/Y/; t; ${line}s/^.\?/X/" "x.$file"
    ok "line $line of 3.$file is changed" sh -c '! cmp -s "$1" "$2"' - "x.$file" "3.$file"
    changed=$((changed + 1))
    judge 1 x.tlog-proof --record x.record --checkpoint a.checkpoint
    [ "$file $line" = 'tlog-proof 1' ] || judge 1 x.tlog-proof --record x.record
  done
done
ok "there were lines to change ($changed)" [ "$changed" -ge 18 ]
sed 's/^index 2$/index 3/' 3.tlog-proof >x.tlog-proof
judge 1 x.tlog-proof --record 3.record --checkpoint a.checkpoint
sed '/^index/d' 3.tlog-proof >x.tlog-proof
judge 1 x.tlog-proof --record 3.record
awk '/^index/ { print; getline; print }; { print }' 3.tlog-proof >x.tlog-proof
judge 1 x.tlog-proof --record 3.record
export PVM_HOME=$home

# ---- a proof that the log extends the checkpoint ----
grow 3
ends 0 pvmctl audit checkpoint --out b.checkpoint --yes
ends 0 pvmctl audit prove --since a.checkpoint --checkpoint b.checkpoint --out ab.proof
ends 0 pvmctl audit prove --since "$(sed -n 2p a.checkpoint)" --checkpoint b.checkpoint
ok "by its number it is the same" cmp -s "$box/out" ab.proof
ends 0 pvmctl audit prove --since a.checkpoint --checkpoint a.checkpoint
ok "none but the head is needed for the same tree" [ "$(sed -n '1,2p' "$box/out")" = "old $(sed -n 2p a.checkpoint)" ]
ends 2 pvmctl audit prove --since b.checkpoint --checkpoint a.checkpoint
for words in '' '--entry 0' '--entry 999999' '--entry x' '--since 0' '--since 999999' '--entry 3 --since 3' \
  '--since 3 --record r' '--entry 999 --checkpoint a.checkpoint'; do
  ends 2 pvmctl audit prove $words
done
ends 125 pvmctl audit prove --since nosuch
ends 125 pvmctl audit prove --since 3.record
export PVM_HOME=$box/elsewhere
judge 0 ab.proof --checkpoint a.checkpoint
says "this head extends the checkpoint of $(sed -n 2p a.checkpoint) entries"
ok "and it is the later one" sh -c 'sed 1d "$1" | cmp -s - b.checkpoint' - "$box/out"
judge 2 ab.proof
judge 1 ab.proof --checkpoint b.checkpoint
sed "1s/.*/old $(($(sed -n 2p a.checkpoint) - 1))/" ab.proof >x.proof
judge 1 x.proof --checkpoint a.checkpoint
says 'the proof is not since'
for line in $(seq "$(wc -l <ab.proof)"); do
  sed "${line}s/^X/Y/; t; ${line}s/^.\?/X/" ab.proof >x.proof
  judge 1 x.proof --checkpoint a.checkpoint
done
export PVM_HOME=$home

# ---- another vault's ----
export PVM_HOME=$box/home/other
set_up
grow 4
ends 0 pvmctl audit prove --entry 3 --out old.tlog-proof --record old.record
ends 0 pvmctl audit checkpoint --out old.checkpoint --yes
ends 0 pvmctl audit prune --until 4 --reason old --yes
ends 125 pvmctl audit prove --entry 3 --record x.out
complains 'the text of entry 3 was pruned'
is_gone x.out
ends 0 pvmctl audit prove --entry 3 --checkpoint old.checkpoint --out pruned.tlog-proof
ok "the proof of a pruned entry is as before" cmp -s pruned.tlog-proof old.tlog-proof
ends 0 pvmctl audit verify --proof pruned.tlog-proof --record old.record --checkpoint old.checkpoint
ends 0 pvmctl audit verify --checkpoint old.checkpoint
cp "$box/signers" "$PVM_HOME/allowed_signers"
refused 'is of another vault' pvmctl audit verify --checkpoint a.checkpoint
ends 1 pvmctl audit prove --since a.checkpoint
complains 'a checkpoint of another vault'
export PVM_HOME=$home

# ---- a log that was put back, forked or damaged ----
keep() { sqlite3 "$PVM_HOME/vault.db" ".backup '$1'"; } # FILE
put_back() { # FILE
  "$REAL" -f -- "$PVM_HOME"/vault.db*
  cp "$1" "$PVM_HOME/vault.db"
  chmod 600 "$PVM_HOME/vault.db"
}
keep "$box/before"
grow 4
ends 0 pvmctl audit checkpoint --out c.checkpoint --yes
keep "$box/after"
put_back "$box/before"
# b is still extended, and c is remembered by whoever signed it
refused "the log extends the checkpoint of $(sed -n 2p b.checkpoint) entries" pvmctl audit verify --checkpoint b.checkpoint
says 'truncated'
refused 'the log was cut or put back' pvmctl audit verify --checkpoint c.checkpoint
ends 125 pvmctl audit prove --since c.checkpoint
ends 125 pvmctl audit prove --entry 3 --checkpoint c.checkpoint
touch other
run safe-rm other
grow 5
refused "the log was rewritten: its first $(sed -n 2p c.checkpoint) entries are not those that '$principal' signed" \
  pvmctl audit verify --checkpoint c.checkpoint
ends 125 pvmctl audit prove --since c.checkpoint
complains 'are not what'
ends 125 pvmctl audit prove --entry 3 --checkpoint c.checkpoint --out x.out
is_gone x.out
ends 0 pvmctl audit prove --since b.checkpoint
put_back "$box/after"
sqlite3 "$PVM_HOME/vault.db" "UPDATE audit SET record =
  CAST(replace(CAST(record AS TEXT), 'type decision', 'type outcome') AS BLOB) WHERE entry_id = 4"
for words in '--entry 3' '--entry 4' '--since 3'; do
  ends 125 pvmctl audit prove $words --out x.out
  is_gone x.out
done
run pvmctl audit verify --checkpoint c.checkpoint
ok "an edited entry is not verified (was $status)" [ "$status" = 1 ]
sqlite3 "$PVM_HOME/vault.db" 'DELETE FROM audit WHERE entry_id = 4'
ends 125 pvmctl audit prove --entry 3
ends 125 pvmctl audit verify --checkpoint c.checkpoint
ends 125 pvmctl audit checkpoint --out d.checkpoint --yes
is_gone d.checkpoint
is_gone d.checkpoint.sig
finish
