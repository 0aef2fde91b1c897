# SPDX-License-Identifier: Apache-2.0
# What PVM accepts, stock ssh-keygen accepts: for grants of every kind, made by pvmctl, taken out of the vault. What was
# changed both refuse. The other way round it need not be: each case in which PVM is the stricter one is listed.
. "$(dirname "$0")/lib.sh"
set_up
key=$(sed -n 's/^key: //p' "$PVM_HOME/config.yaml")
principal=$(sed -n 's/^principal: //p' "$PVM_HOME/config.yaml")
signers=$PVM_HOME/allowed_signers
work=$box/real/work

# Each judges STATEMENT by STATEMENT.sig and the lines in SIGNERS; PVM's words are then in $box/out or $box/err.
pvm_judges() { run env -u PVM_HOME -u HOME "$PVM_STAGE/bin/pvmctl" grant verify "$1" --signature "$1.sig" --signers "$2"; }
pvm_accepts() { pvm_judges "$@"; [ "$status" = 0 ]; }
pvm_refuses() { pvm_judges "$@"; [ "$status" = 1 ] || [ "$status" = 125 ]; }
ssh_accepts() { ssh-keygen -Y verify -f "$2" -I "$principal" -n pvm-grant-v1 -s "$1.sig" <"$1" >"$box/ssh" 2>&1; }

accepted=0
both_accept() {
  ok "$1: PVM accepts it" pvm_accepts "$2" "${3:-$signers}"
  ok "$1: ssh-keygen accepts it" ssh_accepts "$2" "${3:-$signers}"
  accepted=$((accepted + 1))
}
not() { ! "$@"; }
both_refuse() {
  ok "$1: PVM refuses it" pvm_refuses "$2" "${3:-$signers}"
  ok "$1: ssh-keygen refuses it" not ssh_accepts "$2" "${3:-$signers}"
}

# keep NAME: the newest grant, as the vault has it, is $box/NAME and $box/NAME.sig.
keep() {
  sqlite3 "$PVM_HOME/vault.db" "SELECT writefile('$box/$1', statement), writefile('$box/$1.sig', signature) FROM grants
    ORDER BY rowid DESC LIMIT 1" >"$box/written"
  ok "$1: it was in the vault" grep -q '^[1-9][0-9]*|[1-9][0-9]*$' "$box/written"
}
# holds NAME LINE: so that the case tests what it says.
holds() { ok "$1: has the line '$2'" grep -qxF -e "$2" "$box/$1"; }
allowed() {
  local name=$1
  shift
  ends 0 pvmctl allow --yes "$@"
  keep "$name"
  both_accept "$name" "$box/$name"
}
ask() { ends 0 pvmctl request --json "$@"; id=$(json id); }
approved() {
  local name=$1
  shift
  ends 0 pvmctl approve "$id" --yes "$@"
  keep "$name"
  both_accept "$name" "$box/$name"
}

# --- grants without a request
allowed plain --agent claude rm "$work/plain"
holds plain "scope path $work/plain"
holds plain 'uses unlimited'
holds plain 'may recursive'
holds plain 'effect -'
holds plain 'reason %'
allowed named --agent 'a/b:c@d+e~f.g_h-1' rm /srv/x --may - --uses 1 --for 90d
holds named 'agent a/b:c@d+e~f.g_h-1'
holds named 'may -'
holds named 'uses 1'
allowed every-may --agent claude rm /srv/x --may tag,recursive,mirror,force,delete --uses 1000000 --for 1s
holds every-may 'may delete,force,mirror,recursive,tag'
holds every-may 'uses 1000000'
allowed encoded --agent claude rm $'/srv/a b%41\n\t\xff\xfe\xc3\xbc\xe2\x80\xae/~' --reason $'l\xc3\xb6schen, 100 %\n\e[31m\xf0\x9f\x97\x91\xff'
holds encoded 'scope path /srv/a%20b%2541%0A%09%FF%FE%C3%BC%E2%80%AE/~'
holds encoded 'reason l%C3%B6schen,%20100%20%25%0A%1B[31m%F0%9F%97%91%FF'
allowed scopes --agent claude rm '/srv/**/*.o' '/srv/[a-z]?/' '/srv/\*lit\\eral' "/srv/it's" '/srv/"$(id)"' --for 30d
ok "scopes: there are five" [ "$(grep -c '^scope path ' "$box/scopes")" = 5 ]
many=()
for i in $(seq 165); do many+=("/srv/a-directory-of-some-length/$i"); done
allowed long --agent claude rm "${many[@]}"
ok "long: near to what a grant may hold" [ "$(wc -c <"$box/long")" -gt 7500 ]
allowed a-line-in-a-reason --agent claude rm /srv/x --reason $'x\napprover mallory@host\nuses unlimited'
ok "a-line-in-a-reason: stays in its line" [ "$(grep -c '^approver ' "$box/a-line-in-a-reason")" = 1 ]

# --- answers to requests
a_tree once
ask --reason 'clean build' -- rm -rf once
approved once
holds once "request $id"
holds once 'uses 1'
ok "once: bound to an effect" grep -qE '^effect sha256:[0-9a-f]{64}$' "$box/once"
a_tree $'odd \xff\n%'
ask --reason $'r\xc3\xa4ume auf\n%20' -- rm -rf $'odd \xff\n%'
approved odd --note 'a note is no part of it'
holds odd "scope path $work/odd%20%FF%0A%25"
holds odd 'reason r%C3%A4ume%20auf%0A%2520'
a_tree several/a
a_tree several/b
ask -- rm -r several/a several/b several/a/one
approved several --uses 3 --unbound
ok "several: a scope each" [ "$(grep -c '^scope path ' "$box/several")" = 3 ]
holds several 'uses 3'
holds several 'effect -'
a_tree timed
ask --reason 'for a while' --for 1h -- rm -rf timed
approved timed --for 30m
holds timed 'uses unlimited'
a_tree widened
ask --reason 'more than that' -- rm -rf widened
approved widened --for 12h --uses 2 --scope "$work/w*/" --widen
holds widened "scope path $work/w*/"
ask --reason 'an area' --action rm --may recursive --scope "$work/area/" --scope "$work/more/**"
approved area --for 1h
ok "area: two scopes" [ "$(grep -c '^scope path ' "$box/area")" = 2 ]

# --- made elsewhere: a draft, signed by ssh-keygen, and by a security key of which openssl plays the part
# drafted NAME: the draft of the last request is $box/NAME.
drafted() { ends 0 pvmctl approve --draft "$id"; cp "$box/out" "$box/$1"; }
# sign FILE [KEY [NAMESPACE [HASH]]]
sign() {
  "$REAL" -f "$1.sig"
  ssh-keygen -q -Y sign -f "${2:-$key}" -n "${3:-pvm-grant-v1}" -O "hashalg=${4:-sha512}" "$1" 2>/dev/null
}
a_tree draft
ask -- rm -rf draft
drafted draft
sign "$box/draft"
both_accept draft "$box/draft"
ends 0 pvmctl approve --signature "$box/draft.sig" "$id"
keep draft-kept
ok "a draft is kept as it was signed" cmp "$box/draft" "$box/draft-kept"
both_accept draft-kept "$box/draft-kept"

sk=sk-ssh-ed25519@openssh.com
u32() { printf '%b' "$(printf '\\0%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))"; }
string_of_file() { u32 "$(stat -c %s "$1")"; cat "$1"; }
string() { u32 "${#1}"; printf %s "$1"; }
ok "a key for the security key" openssl genpkey -quiet -algorithm ed25519 -out "$box/sk.pem"
openssl pkey -in "$box/sk.pem" -pubout -outform DER | tail -c 32 >"$box/sk.raw"
{ string $sk; string_of_file "$box/sk.raw"; string ssh:; } >"$box/sk.blob"
sk_line="$sk $(base64 -w0 "$box/sk.blob")"
# touch_sign FILE FLAGS COUNTER: FILE.sig is the security key's, FLAGS being a byte in octal.
touch_sign() {
  openssl dgst -sha512 -binary "$1" >"$box/sk.hash"
  { printf SSHSIG; string pvm-grant-v1; string ''; string sha512; string_of_file "$box/sk.hash"; } >"$box/sk.signed"
  { printf ssh: | openssl dgst -sha256 -binary; printf '%b' "\\0$2"; u32 "$3"
    openssl dgst -sha256 -binary "$box/sk.signed"; } >"$box/sk.asserted"
  openssl pkeyutl -sign -rawin -inkey "$box/sk.pem" -in "$box/sk.asserted" -out "$box/sk.ed25519"
  { string $sk; string_of_file "$box/sk.ed25519"; printf '%b' "\\0$2"; u32 "$3"; } >"$box/sk.inner"
  { printf SSHSIG; u32 1; string_of_file "$box/sk.blob"; string pvm-grant-v1; string ''; string sha512
    string_of_file "$box/sk.inner"; } >"$box/sk.sig"
  { echo '-----BEGIN SSH SIGNATURE-----'; base64 -w70 "$box/sk.sig"; echo '-----END SSH SIGNATURE-----'; } >"$1.sig"
}
echo "$principal namespaces=\"pvm-grant-v1\" $sk_line" >>"$signers"
a_tree by-sk
ask --reason 'touch it' -- rm -rf by-sk
drafted by-sk
touch_sign "$box/by-sk" 004 7
ok "untouched: PVM refuses it" pvm_refuses "$box/by-sk" "$signers"
ends 125 pvmctl approve --signature "$box/by-sk.sig" "$id"
for flags in 001 005 377; do
  touch_sign "$box/by-sk" $flags 16909060
  both_accept "by-sk, flags $flags" "$box/by-sk"
done
ends 0 pvmctl approve --signature "$box/by-sk.sig" "$id"
keep by-sk-kept
both_accept by-sk-kept "$box/by-sk-kept"
ends 0 safe-rm -rf by-sk
is_gone by-sk

ok "that were many grants ($accepted)" [ "$accepted" -ge 18 ]

# --- changed: refused by both
bad=$box/bad
# changed NAME SED: a copy whose statement sed changed.
changed() { cp "$box/once.sig" "$bad.sig"; sed "$1" "$box/once" >"$bad"
  ok "it was changed: $1" not cmp -s "$box/once" "$bad"; both_refuse "statement: $1" "$bad"; }
changed 's/^uses 1$/uses 2/'
changed 's/^agent claude$/agent claudf/'
changed 's|^scope path .*|scope path /|'
changed 's/^effect .*/effect -/'
changed 's/^not-after /not-after 1/'
changed 's/^reason clean%20build$/reason clean%20Build/'
changed 's/$/\r/'
changed '$d'
changed '$s/$/\n/'
printf %s "$(cat "$box/once")" >"$bad"
both_refuse 'statement: no newline at its end' "$bad"

# of_signature NAME: $bad.sig was made by the caller.
of_signature() { cp "$box/once" "$bad"; ok "$1: it was changed" not cmp -s "$box/once.sig" "$bad.sig"
  both_refuse "signature: $1" "$bad"; }
cp "$box/timed.sig" "$bad.sig"; of_signature 'of another grant'
sed '3y/ABCDEFGHIJ/BCDEFGHIJA/' "$box/once.sig" >"$bad.sig"; of_signature 'other letters in its third line'
sed '5y/AaBbCcDdEeFfGgHhIiJjKkLlMm/aAbBcCdDeEfFgGhHiIjJkKlLmM/' "$box/once.sig" >"$bad.sig"; of_signature 'other letters in its last line'
sed '4d' "$box/once.sig" >"$bad.sig"; of_signature 'a line lost'
sed '2d' "$box/once.sig" >"$bad.sig"; of_signature 'its first line lost'
sed '$d' "$box/once.sig" >"$bad.sig"; of_signature 'no end'
sed '1d' "$box/once.sig" >"$bad.sig"; of_signature 'no beginning'
: >"$bad.sig"; of_signature 'empty'
cp "$box/once" "$bad.sig"; of_signature 'not one at all'
cp "$box/once" "$bad"; sign "$bad" "$key" pvm-unlock-v1; of_signature 'of another namespace'
ssh-keygen -q -t ed25519 -N '' -f "$HOME/stranger"
sign "$bad" "$HOME/stranger"; of_signature "a stranger's"
echo "bob@host namespaces=\"pvm-grant-v1\" $(cat "$key.pub")" >"$box/of-bob"
both_refuse "signers: the key is another's" "$box/once" "$box/of-bob"
echo "$principal namespaces=\"git,pvm-unlock-v1\" $(cat "$key.pub")" >"$box/elsewhere"
both_refuse 'signers: the key is for other things' "$box/once" "$box/elsewhere"
echo "$principal namespaces=\"pvm-grant-v1\",valid-before=\"20200101Z\" $(cat "$key.pub")" >"$box/over"
both_refuse 'signers: the key is over' "$box/once" "$box/over"
: >"$box/nobody"
both_refuse 'signers: nobody' "$box/once" "$box/nobody"

# --- where PVM is stricter: ssh-keygen accepts, PVM refuses and says why
stricter_cases=0
stricter() { # NAME STATEMENT SIGNERS WORDS
  ok "stricter, $1: ssh-keygen accepts it" ssh_accepts "$2" "$3"
  ok "stricter, $1: PVM refuses it" pvm_refuses "$2" "$3"
  ok "stricter, $1: and says '$4'" grep -qF -e "$4" "$box/out" "$box/err"
  stricter_cases=$((stricter_cases + 1))
}
line() { echo "$principal $1"; } # of allowed_signers
trusting='namespaces="pvm-grant-v1"'
cp "$box/by-sk" "$bad"
touch_sign "$bad" 000 7
stricter 'a security key that was not touched' "$bad" "$signers" 'not touched'
line "$(cat "$key.pub")" >"$box/lines"
stricter 'a line without namespaces=' "$box/once" "$box/lines" 'has no namespaces='
cp "$box/once" "$bad"
for kind in rsa ecdsa; do
  ssh-keygen -q -t $kind -N '' -f "$HOME/$kind"
  line "$trusting $(cat "$HOME/$kind.pub")" >"$box/lines"
  sign "$bad" "$HOME/$kind"
  stricter "a key of type $kind" "$bad" "$box/lines" 'are not supported'
done
sign "$bad" "$key" pvm-grant-v1 sha256
stricter 'hash sha256' "$bad" "$signers" 'not sha512'
printf %s "$(cat "$box/once.sig")" >"$bad.sig"
stricter 'an armour without its last newline' "$bad" "$signers" 'as ssh-keygen writes it'
sed '2s/^/ /' "$box/once.sig" >"$bad.sig"
stricter 'a blank in the armour' "$bad" "$signers" 'as ssh-keygen writes it'
{ cat "$box/once.sig"; echo more; } >"$bad.sig"
stricter 'text after the armour' "$bad" "$signers" 'as ssh-keygen writes it'
for edit in 's/^uses 1$/uses 01/' 's/%20/ /' 's/^scope path \(.*\)e$/scope path \1%65/' 's/^agent claude$/&\nagent claude/' '$s/$/\n/'; do
  sed "$edit" "$box/once" >"$bad"
  ok "it was changed: $edit" not cmp -s "$box/once" "$bad"
  sign "$bad"
  stricter "well signed, but not in the one form: $edit" "$bad" "$signers" 'grant: '
done
good=$(line "$trusting $(cat "$key.pub")")
for other in "$(line "cert-authority,$trusting $(cat "$HOME/stranger.pub")")" \
  "$(line "no-such-option $(cat "$HOME/stranger.pub")")" "$(line "$trusting ssh-nosuch AAAA")" $'# a comment\a'; do
  printf '%s\n%s\n' "$good" "$other" >"$box/lines"
  stricter "beside the good line: $(printf %q "$other" | cut -c1-60)" "$box/once" "$box/lines" 'line 2:'
done
ok "all of these were tried ($stricter_cases)" [ "$stricter_cases" = 17 ]
finish
