# SPDX-License-Identifier: Apache-2.0
# What holds for every verb: --help ends in an example, --json answers with one JSON object that holds next_step, also
# where it fails, and what is no verb is answered with the nearest one.
. "$(dirname "$0")/lib.sh"
set_up

# the verbs as --help lists them, groups with their own
verbs_of() { pvmctl "$@" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'; }
verbs=()
groups=()
for verb in $(verbs_of); do
  inner=$(verbs_of "$verb")
  [ -n "$inner" ] && groups+=("$verb")
  if [ -z "$inner" ]; then verbs+=("$verb"); fi
  for second in $inner; do verbs+=("$verb $second"); done
done
ok "verbs were found (${#verbs[@]})" [ "${#verbs[@]}" -ge 25 ]
ok "groups were found (${#groups[@]})" [ "${#groups[@]}" -ge 4 ]

# is_json: one object with next_step on standard output, and nothing on standard error
is_json() {
  ok "$1: one JSON object" [ "$(sqlite3 :memory: "SELECT json_valid(t) AND json_type(t) = 'object' FROM
    (SELECT CAST(readfile('$box/out') AS TEXT) AS t)")" = 1 ]
  ok "$1: next_step" [ "$(sqlite3 :memory: "SELECT json_type(CAST(readfile('$box/out') AS TEXT), '\$.next_step')")" = text ]
  ok "$1: nothing beside it" [ ! -s "$box/err" ]
}

for verb in '' "${verbs[@]}" "${groups[@]}"; do
  ends 0 pvmctl $verb --help
  is_quiet
  says 'Usage: pvmctl'
  ok "pvmctl $verb --help has an example" grep -qE '^Examples?:$' "$box/out"
  [ -z "$verb" ] || ok "of itself: $verb" sh -c 'sed "1,/^Examples*:/d" "$1" | grep -q "pvmctl $2"' - "$box/out" "$verb"
done
for verb in "${verbs[@]}"; do
  ok "it ends in the example: $verb" sh -c 'pvmctl $1 --help | tail -n 1 | grep -q "^  .*pvmctl "' - "$verb"
  # words that no verb takes: an error, in JSON too
  ends 2 pvmctl $verb --json --no-such-option
  is_json "$verb --no-such-option"
done
for verb in nosuch 'audit nosuch' 'grant nosuch'; do
  ends 2 pvmctl $verb --json
  is_json "$verb"
done

# ---- unknown verbs ----
near() {
  ends 2 pvmctl $1
  complains "is not a verb of pvmctl"
  complains "did you mean: pvmctl $2"
}
near aprove approve
near 'audit lst' 'audit list'
near statu status
near pendin pending
near 'trust ad' 'trust add'
ends 2 pvmctl
ends 2 pvmctl audit

# ---- answers ----
as_json() { # STATUS WORDS…
  local wanted=$1
  shift
  ends "$wanted" pvmctl "$@"
  is_json "$*"
}
a_tree build
a_tree other
as_json 0 request --json --reason 'clean build' -- rm -rf build
id=$(json id)
as_json 0 request --json -- rm -rf build
as_json 0 request --json -- rm -f nosuch
as_json 2 request --json
as_json 2 request --json -- ls
as_json 2 request --json --wait x -- rm -rf build
as_json 75 wait --json "$id" --timeout 0
as_json 0 status --json
as_json 0 status --json "$id"
as_json 2 status --json ffffffff
as_json 1 check --json -- rm -rf build
as_json 0 pending --json
as_json 0 show --json "$id"
as_json 2 show --json ffffffff
as_json 1 approve --json "$id"
as_json 0 approve --json --draft "$id"
as_json 0 approve --json --yes "$id"
as_json 1 approve --json --yes "$id"
as_json 0 check --json -- rm -rf build
as_json 0 wait --json "$id"
as_json 0 request --json -- rm -rf other
id=$(json id)
as_json 0 deny --json "$id"
as_json 0 deny --json --all
as_json 1 wait --json "$id"
as_json 0 allow --json --agent claude rm "$box/real/work/other" --yes
grant=$(json id)
as_json 0 grants --json
as_json 0 revoke --json "$grant"
as_json 0 revoke --json --all
as_json 0 trust list --json
as_json 125 trust remove --json nobody
as_json 0 scope explain --json "$box/real/work/"
as_json 0 audit list --json
as_json 0 audit search --json build
as_json 0 audit verify --json
as_json 0 audit checkpoint --json
as_json 0 audit checkpoint --json --out head --yes
as_json 1 audit checkpoint --json --out head --yes
as_json 0 audit verify --json --checkpoint head
ok "what it says of the checkpoint" [ "$(json checkpoint.holds)" = 1 ]
cp head.sig forged.sig
sed '2s/.*/1/' head >forged
as_json 1 audit verify --json --checkpoint forged
ok "and of a forged one" [ "$(json checkpoint.holds)" = 0 ]
as_json 0 audit prove --json --entry 1 --checkpoint head --out proof --record record
as_json 0 audit verify --json --proof proof --record record --checkpoint head
as_json 1 audit verify --json --proof head --checkpoint head
as_json 2 audit verify --json --proof proof
as_json 0 audit prove --json --since 1
as_json 2 audit prove --json
as_json 1 audit accept-break --json --reason x --yes
as_json 2 audit prune --json
as_json 0 audit prune --json --until 2 --yes
as_json 1 doctor --json --accept-clock
as_json 0 shim install --json
as_json 0 lock --json
as_json 1 request --json -- rm -rf other
as_json 0 unlock --json --yes
as_json 0 panic --json
run pvmctl doctor --json
is_json doctor
run pvmctl init --json
is_json 'init twice'
ok "init twice is refused (was $status)" [ "$status" != 0 ]
"$REAL" -rf -- "$PVM_HOME"
for verb in pending 'status' grants 'request -- rm -rf other' 'check -- rm -rf other' lock 'audit list' doctor; do
  run pvmctl ${verb%% -- *} --json $([ "$verb" = "${verb#* -- }" ] || echo "-- ${verb#* -- }")
  ok "$verb without a vault is an error (was $status)" [ "$status" != 0 ]
  is_json "$verb without a vault"
done
exists other/one
finish
