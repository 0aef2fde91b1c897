# SPDX-License-Identifier: Apache-2.0
# Approving through pvmctl serve, with a key of its own: from the key that is made and trusted, through a yes on the page's
# API, to the agent's command; and what that key must not say yes to, nor be held for.
. "$(dirname "$0")/lib.sh"
. "$here/serve.sh"
set_up
keyfile="$PVM_HOME/serve.key"

# ---- the key: a deliberate step, and not where agents are the same user, unless that is said ----
ends 125 pvmctl serve --init-key --unattended --yes
complains 'agents run as this user, too'
run sh -c 'echo short | pvmctl serve --init-key --same-user --passphrase-stdin --yes'
ok "a short passphrase is refused (was $status)" [ "$status" = 1 ]
ok "and leaves no key" [ ! -e "$keyfile" ]
run sh -c 'echo "a long passphrase" | pvmctl serve --init-key --same-user --passphrase-stdin --yes'
ok "a key is made (was $status)" [ "$status" = 0 ]
ok "the owner's alone" [ "$(stat -c %a "$keyfile")" = 600 ]
ok "nothing of it is in clear" grep -q '^kdf argon2id ' "$keyfile"
ends 1 pvmctl serve --init-key --same-user --unattended --yes
complains 'has a key already'
pvmctl trust list >"$box/out"
ok "it is trusted with limited grants" grep -q '^serve@.* limited ' "$box/out"
pvmctl trust list --json >"$box/out"
ends 1 pvmctl trust remove "$(json 'signers[0].principals[0]')"
complains 'that is the only key'

ends 125 pvmctl serve --listen 127.0.0.1:0
complains 'agents run as this user, too'
run setsid -w pvmctl serve --listen 127.0.0.1:0 --same-user </dev/null
ok "where nobody can be asked for the passphrase it does not start (was $status)" [ "$status" = 1 ]
complains 'start it at a terminal, or with --passphrase-stdin'
run sh -c 'echo "another passphrase" | pvmctl serve --listen 127.0.0.1:0 --same-user --passphrase-stdin'
ok "a wrong passphrase opens nothing (was $status)" [ "$status" = 1 ]

echo 'a long passphrase' >"$box/passphrase"
input=$box/passphrase serve_it --same-user --passphrase-stdin
ok "its memory is not to be dumped" grep -q '^0 0' <(grep -s '' "/proc/$server/limits" | awk '/Max core/ { print $5, $6 }')
log_in

# order NAME BODY STATUS: the answer to the pending request.
order() {
  api "$3" "/api/v1/requests/$id/approve" -d "$2"
}
asked() {
  run env PVM_WAIT=0 PVM_REASON='clean build' "$@"
  pvmctl pending --json >"$box/out"
  id=$(json 'requests[0].id')
  ok "a request waits for $*" [ ${#id} = 32 ]
  api 200 "/api/v1/requests/$id"
  seen=$(json 'seen.sight')
}

# ---- once, bound to what was seen ----
a_tree build
asked safe-rm -rf build
order once "{\"seen\":\"$seen\"}" 200
says '"via":"serve/page/'
ends 0 safe-rm -rf build
ok "it ran" [ ! -e build ]
a_tree build
ends 1 safe-rm -rf build
pvmctl audit verify >"$box/out" 2>&1
ok "the log verifies" [ $? = 0 ]

# ---- what changed since it was seen is not approved ----
asked safe-rm -rf build
echo more >build/more
order changed "{\"seen\":\"$seen\"}" 409
ends 75 safe-rm -rf build
pvmctl deny "$id" >/dev/null

# ---- for half an hour, never longer, never wider ----
a_tree out
asked safe-rm -rf out
order long "{\"seen\":\"$seen\",\"for_seconds\":1860}" 403
says '30 min'
order wide "{\"seen\":\"$seen\",\"for_seconds\":1800,\"scopes\":[\"$(pwd -P)/*/\"]}" 403
ends 75 safe-rm -rf out
order half "{\"seen\":\"$seen\",\"for_seconds\":1800}" 200
ends 0 safe-rm -rf out
a_tree out
ends 0 safe-rm -rf out
end_serving

# ---- a key that is not trusted any more, or never was ----
pvmctl trust remove "serve@$(uname -n)" >/dev/null
a_tree out
ends 1 safe-rm -rf out
run sh -c 'pvmctl serve --listen 127.0.0.1:0 --same-user --passphrase-stdin <"$0"' "$box/passphrase"
ok "serve says that it is not trusted (was $status)" [ "$status" = 125 ]
complains 'is not trusted with limited grants'
finish
