# SPDX-License-Identifier: Apache-2.0
# A key on another machine: approve --draft prints the text, stock ssh-keygen signs it, --signature takes that in. And
# whoever has a grant's text and signature can judge it without a vault: with pvmctl, and with ssh-keygen alone.
. "$(dirname "$0")/lib.sh"
set_up
key=$(sed -n 's/^key: //p' "$PVM_HOME/config.yaml")
principal=$(sed -n 's/^principal: //p' "$PVM_HOME/config.yaml")
signers=$PVM_HOME/allowed_signers

sign() { "$REAL" -f "$box/draft.sig"; ssh-keygen -q -Y sign -f "${1:-$key}" -n "${2:-pvm-grant-v1}" "$box/draft" 2>/dev/null; }
kept() { sqlite3 "$PVM_HOME/vault.db" "SELECT writefile('$box/kept', statement), writefile('$box/kept.sig', signature)
  FROM grants ORDER BY rowid DESC LIMIT 1" >/dev/null; }
verify_with_ssh() {
  ssh-keygen -Y verify -q -f "$signers" -I "$principal" -n pvm-grant-v1 -s "$1.sig" <"$1" >/dev/null 2>&1
}

a_tree build
ends 0 pvmctl request --json --reason 'clean build' -- rm -rf build
id=$(json id)
printf 'nonsense\n' >"$box/draft.sig"
ends 125 pvmctl approve --signature "$box/draft.sig" "$id"
complains 'there is no draft'

ends 0 pvmctl approve --draft "$id"
says 'pvm-grant/1'
says "request $id"
cp "$box/out" "$box/draft"
ends 75 safe-rm -rf build
exists build/one

# what is no good signature of a trusted key over that very text
ssh-keygen -q -t ed25519 -N '' -f "$HOME/stranger"
ends 125 pvmctl approve --signature "$box/nosuch" "$id"
ends 125 pvmctl approve --signature "$box/draft" "$id"
sign "$HOME/stranger"
ends 125 pvmctl approve --signature "$box/draft.sig" "$id"
sign "$key" other-namespace
ends 125 pvmctl approve --signature "$box/draft.sig" "$id"
cp "$box/draft" "$box/good-draft"
sed -i 's/^uses 1$/uses 9/' "$box/draft"
sign
ends 125 pvmctl approve --signature "$box/draft.sig" "$id"
cp "$box/good-draft" "$box/draft"
ends 75 safe-rm -rf build
exists build/one

sign
ends 0 pvmctl approve --signature "$box/draft.sig" "$id"
says "approved ${id:0:8}"
run pvmctl approve --signature "$box/draft.sig" "$id"
ok "taken in once only (was $status)" [ "$status" != 0 ]
kept
ok "kept as it was signed" cmp "$box/kept" "$box/draft"

# judged offline: no vault, no home
ok "ssh-keygen accepts what PVM accepts" verify_with_ssh "$box/kept"
judge() { run env -u PVM_HOME -u HOME -u PVM_AGENT "$PVM_STAGE/bin/pvmctl" grant verify "$box/kept" \
  --signature "$box/kept.sig" --signers "$1"; }
judge "$signers"
ok "pvmctl grant verify: good (was $status)" [ "$status" = 0 ]
says "good: signed by '$principal'"
cp "$box/kept" "$box/untouched"
tamper() {
  sed "$1" "$box/untouched" >"$box/kept"
  ok "it was tampered with: $1" sh -c '! cmp -s "$1" "$2"' - "$box/kept" "$box/untouched"
  judge "$signers"
  ok "not good after $1 (was $status)" [ "$status" = 1 ]
  says 'not good:'
  ok "ssh-keygen agrees on $1" sh -c '! ssh-keygen -Y verify -q -f "$1" -I "$2" -n pvm-grant-v1 -s "$3" <"$4" \
    >/dev/null 2>&1' - "$signers" "$principal" "$box/kept.sig" "$box/kept"
}
tamper 's/^uses 1$/uses unlimited/'
tamper 's/^agent claude$/agent mallory/'
tamper 's|^scope path .*|scope path /|'
tamper 's/^not-after /not-after 9/'
tamper 's/$/ /'
tamper '$d'
cp "$box/untouched" "$box/kept"
# a stranger, and a line without namespaces=: which ssh-keygen would accept
echo "$principal namespaces=\"pvm-grant-v1\" $(cat "$HOME/stranger.pub")" >"$box/strangers"
judge "$box/strangers"
ok "not good by a stranger's key" [ "$status" = 1 ]
echo "$principal $(cat "$key.pub")" >"$box/unlimited"
judge "$box/unlimited"
ok "a key without namespaces= grants nothing (was $status)" [ "$status" != 0 ]

ends 0 safe-rm -rf build
is_gone build

# a draft that lies about until the request is answered otherwise
a_tree build
ends 0 pvmctl request --json --reason 'clean build' -- rm -rf build
id=$(json id)
ends 0 pvmctl approve --draft "$id" --for 1h
cp "$box/out" "$box/draft"
sign
ends 0 pvmctl deny "$id"
run pvmctl approve --signature "$box/draft.sig" "$id"
ok "a denied request is not approved by a draft (was $status)" [ "$status" = 1 ]
ends 1 safe-rm -rf build
exists build/one

# what the vault was told by others than a key holder counts for nothing: a stranger's grant put into the table
a_tree other
ends 0 pvmctl allow --agent claude rm "$box/real/work/other" --for 1h --yes
kept
cp "$box/kept" "$box/draft"
sign "$HOME/stranger"
sqlite3 "$PVM_HOME/vault.db" "UPDATE grants SET signature = readfile('$box/draft.sig') WHERE rowid = (SELECT max(rowid) FROM grants)"
ends 1 safe-rm -rf other
exists other/one
finish
