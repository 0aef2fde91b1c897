# SPDX-License-Identifier: Apache-2.0
# Where nobody can be asked: what no grant covers is denied at once and for good, no request is filed, and no variable
# turns that off or on. Grants of a trusted key still count.
. "$(dirname "$0")/lib.sh"

# ---- setting up: no key, no question ----
ssh-keygen -q -t ed25519 -N '' -C alice@host -f "$HOME/key" || exit 99
for words in '--key k' '--no-passphrase --no-passphrase' '--approve-without-terminal' '--principal alice@host' \
  "--signer $HOME/key.pub --principal a*b" "--signer $HOME/key.pub --principal yes"; do
  # shellcheck disable=SC2086
  ends 2 pvmctl init --unattended $words
done
ends 2 pvmctl init --signer "$HOME/key.pub"
ends 125 pvmctl init --unattended --signer "$HOME/none.pub"
ok "nothing was made" [ ! -e "$PVM_HOME/vault.db" -a ! -e "$PVM_HOME/allowed_signers" -a ! -e "$PVM_HOME/config.yaml" ]
ends 0 setsid --wait pvmctl init --unattended
says "nobody: what no grant covers is denied"
ok "no key is made" sh -c "! ls '$PVM_HOME' | grep -q key"
ok "the configuration says so" grep -qx 'unattended: true' "$PVM_HOME/config.yaml"
ok "nobody is trusted" sh -c "! grep -qv '^#' '$PVM_HOME/allowed_signers'"
ends 1 pvmctl init --unattended
complains "there is a vault already"

requests() { sqlite3 "$PVM_HOME/vault.db" "SELECT count(*) FROM requests"; }
denials() { sqlite3 "$PVM_HOME/vault.db" "SELECT count(*) FROM audit WHERE entry_type = 'decision' AND decision = 'deny'"; }
is_final() {
  complains "; nothing was removed; nobody can be asked here"
  complains "this is final here: do not remove it by other means; go on without it"
  ok "no way to ask is named" sh -c "! grep -qE 'PVM_WAIT|PVM_REASON|pvmctl|approve' '$box/err'"
  exists build/sub/two
  ok "no request" [ "$(requests)" = 0 ]
}

# ---- the wrapper ----
a_tree build
ends 1 safe-rm -rf build
complains "safe-rm: denied: agent 'claude' has no grant to rm '$box/real/work/build'"
is_final
ok "the denial is on record" [ "$(denials)" = 1 ]
# it would wait for a day; killed, its status would be another
for wait in 90 0 24h nonsense ''; do
  PVM_WAIT=$wait PVM_REASON='clean build' run timeout 60 safe-rm -rf build
  ok "PVM_WAIT=$wait is denied at once (was $status)" [ "$status" = 1 ]
  is_final
done
for words in PVM_UNATTENDED=0 PVM_UNATTENDED=false UNATTENDED=0 unattended=false PVM_ATTENDED=1 PVM_INTERACTIVE=1 PVM_CONFIG=/dev/null; do
  run env "$words" PVM_WAIT=90 PVM_REASON='clean build' timeout 60 safe-rm -rf build
  ok "$words turns nothing off (was $status)" [ "$status" = 1 ]
  is_final
done
ok "each denial is on record" [ "$(denials)" = 13 ]

# ---- asking by name, and looking ----
ends 1 pvmctl request --reason 'clean build' --wait=90 -- rm -rf build
complains "nobody can be asked here; nothing was asked"
ends 1 pvmctl request --reason 'clean build' --json -- rm -rf build
ok "in JSON" [ -n "$(json error)" ]
ends 1 pvmctl request --action rm --scope "$HOME/x/**"
complains "nobody can be asked here"
ends 1 pvmctl check -- rm -rf build
says "nobody can be asked here"
ends 1 pvmctl check --json -- rm -rf build
ok "in JSON" [ "$(json can_ask)" = 0 -a "$(json why)" = no_grant ]
ends 0 pvmctl request --reason 'nothing there' -- rm -f none
ok "no request" [ "$(requests)" = 0 ]
ends 0 pvmctl audit verify
run pvmctl doctor
says "unattended: nobody can be asked"
says "nobody is trusted: nothing is granted here"

# ---- what is missing, and what is not to be believed ----
cp -p "$PVM_HOME/allowed_signers" "$box/signers"
"$REAL" "$PVM_HOME/allowed_signers"
ends 1 safe-rm -rf build
is_final
: >"$PVM_HOME/allowed_signers"
ends 1 safe-rm -rf build
is_final
cp -p "$box/signers" "$PVM_HOME/allowed_signers"
chmod 666 "$PVM_HOME/allowed_signers"
ends 125 safe-rm -rf build
chmod 600 "$PVM_HOME/allowed_signers"
echo nonsense >>"$PVM_HOME/allowed_signers"
ends 125 safe-rm -rf build
cp -p "$box/signers" "$PVM_HOME/allowed_signers"
for value in yes-ish yes 1 True '"true"' ''; do
  echo "unattended: $value" >"$PVM_HOME/config.yaml"
  ends 125 safe-rm -rf build
  complains "config.yaml line 1"
done
exists build/one

# ---- nor does a variable turn it on ----
printf '# nothing said\n' >"$PVM_HOME/config.yaml"
run env PVM_UNATTENDED=1 UNATTENDED=true PVM_WAIT=0 PVM_REASON='clean build' safe-rm -rf build
ok "asked (was $status)" [ "$status" = 75 ]
complains "hint: nobody was notified: say to the person you work for that request "
# what was pending is no hope any more
echo 'unattended: true' >"$PVM_HOME/config.yaml"
ends 1 safe-rm -rf build
complains "nobody can be asked here"
ok "the request is not named" sh -c "! grep -q request '$box/err'"

# ---- grants of a key that is trusted here ----
export PVM_HOME=$box/home/nightly
ends 0 pvmctl init --unattended --signer "$HOME/key.pub"
says "alice@host, SHA256:"
ends 0 pvmctl trust list
says "alice@host"
ends 125 pvmctl allow --agent claude rm "$box/real/work/build" --uses 1 --yes
complains "names no key to sign with"
cp "$PVM_HOME/config.yaml" "$box/config"
printf 'key: %s\napprove_without_terminal: true\n' "$HOME/key" >>"$PVM_HOME/config.yaml"
ends 0 pvmctl allow --agent claude rm "$box/real/work/build" --uses 1 --yes
cp "$box/config" "$PVM_HOME/config.yaml"
a_tree other
PVM_WAIT=90 PVM_REASON='clean other' run timeout 60 safe-rm -rf other
ok "what is not covered is denied (was $status)" [ "$status" = 1 ]
exists other/one
ends 0 safe-rm -rf build
is_gone build
a_tree build
PVM_WAIT=90 PVM_REASON='clean build' run timeout 60 safe-rm -rf build
ok "used up is final (was $status)" [ "$status" = 1 ]
complains "was for one use and is used up"
is_final
ends 0 pvmctl audit verify
finish
