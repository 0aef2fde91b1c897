# SPDX-License-Identifier: Apache-2.0
# Forty requests of two agents in a minute: shown by group, and answered by one answer each; every command of the group
# then runs, once, and no other.
. "$(dirname "$0")/lib.sh"
set_up

# ask_for AGENT DIR FROM TO: a directory for each number, and a request to remove it.
ask_for() {
  local i
  mkdir -p "$2"
  for i in $(seq "$3" "$4"); do
    a_tree "$2/d$i"
    PVM_AGENT=$1 PVM_WAIT=0 PVM_REASON="clean d$i" run safe-rm -r "$2/d$i"
    [ "$status" = 75 ] || return 1
  done
}
again() { PVM_AGENT=$1 run safe-rm -r "$2"; }
group_of() { # AGENT DIRECTORY: the first request of that group
  pvmctl pending --json >"$box/out" 2>/dev/null
  sqlite3 :memory: "SELECT json_extract(g.value, '\$.requests[0]') FROM json_each(CAST(readfile('$box/out') AS TEXT),
    '\$.groups') g WHERE json_extract(g.value, '\$.agent') = '$1' AND json_extract(g.value, '\$.directory') = '$2'"
}
pending_of() { pvmctl pending --agent "$1" --json | grep -c '"id"'; }
clean() {
  ends 0 pvmctl audit verify
  says "the log is whole"
}

ok "twenty requests of claude in one tree" ask_for claude "$HOME/app/out" 1 18
ok "and deeper in it" ask_for claude "$HOME/app/cache/deep" 19 20
ok "two elsewhere" ask_for claude "$HOME/web" 21 22
ok "eighteen of codex in the same directory" ask_for codex "$HOME/app/out" 31 48
ok "forty in all" [ "$(pvmctl pending --json | grep -c '"id"')" = 40 ]

# ---- how they are shown ----
ends 0 pvmctl pending
says "claude wants rm in ~/app: 20 requests, 40 files, 160 B"
says "claude wants rm in ~/web: 2 requests, 4 files, 16 B"
says "codex wants rm in ~/app/out: 18 requests, 36 files, 144 B"
says "and 12 more, with --all"
says "not waiting"
says "rm -r out/d"
complains "pvmctl approve --group "
ends 0 pvmctl pending --all
ok "every one of them has a line" [ "$(grep -c ' rm -r ' "$box/out")" = 40 ]
ends 0 pvmctl pending --json
ok "three groups beside the flat list" [ "$(json 'groups[2].agent' | wc -w)$(json 'groups[3].agent')" = 1 ]
ok "and the flat list" [ "$(json 'requests[39].agent' | wc -w)" = 1 ]

# ---- who waits is said ----
one=$(group_of claude "$HOME/web")
pvmctl wait "$one" --timeout 60 >/dev/null 2>&1 &
waiter=$!
for _ in $(seq 100); do
  pvmctl pending --agent claude >"$box/out" 2>/dev/null
  grep -q 'waiting now' "$box/out" && break
  sleep 0.1
done
says "claude wants rm in ~/web: 2 requests, 4 files, 16 B; 1 waiting now"
kill "$waiter"
wait "$waiter" 2>/dev/null

# ---- one answer, each bound to what is there ----
id=$(group_of claude "$HOME/app")
ends 1 pvmctl approve --group "$id"
complains "approving is for a person, at a terminal of their own"
for words in "" "--group $id $id" "--group $id --draft" "--group $id --signature x" "--group $id --scope $HOME" "--group $id --once --for 3m"; do
  # shellcheck disable=SC2086
  ends 2 pvmctl approve $words --yes
done
# one is gone by now, and one is another
gone=$(ls -d "$HOME/app/out/"* | head -1)
ls "$HOME/app/out" >/dev/null
"$REAL" -r "$HOME/app/out/d1"
echo more >"$HOME/app/out/d2/sub/more"
ends 0 pvmctl approve --group "$id" --yes
says "left out: request "
ok "two are left out" [ "$(grep -c '^left out: ' "$box/out")" = 2 ]
says "what is there now is not what was asked about"
ok "eighteen are approved" [ "$(grep -c '^approved ' "$box/out")" = 18 ]
says "for this very effect"
for i in $(seq 3 18); do
  again claude "$HOME/app/out/d$i"
  ok "d$i runs (was $status)" [ "$status" = 0 ]
  is_gone "$HOME/app/out/d$i"
done
for i in 19 20; do
  again claude "$HOME/app/cache/deep/d$i"
  ok "d$i runs (was $status)" [ "$status" = 0 ]
done
again claude "$HOME/app/out/d2"
ok "what was left out does not run" [ "$status" = 75 ]
exists "$HOME/app/out/d2/one"
again claude "$HOME/web/d21"
ok "another tree's does not run" [ "$status" = 75 ]
again codex "$HOME/app/out/d31"
ok "another agent's does not run" [ "$status" = 75 ]
ok "codex still has eighteen" [ "$(pending_of codex)" = 18 ]
clean
# what is left of the group cannot be approved that way
id=$(group_of claude "$HOME/app/out")
ends 1 pvmctl approve --group "$id" --yes
complains "none of the group can be approved: request "
ends 0 pvmctl deny --group "$id" --note 'look first'
ok "two are denied" [ "$(grep -c '^denied ' "$box/out")" = 2 ]
ends 1 pvmctl approve --group "$id" --yes
complains "denied, not pending"
ends 1 pvmctl deny --group "$id"
ok "the other tree is untouched" [ "$(pending_of claude)" = 2 ]

# ---- one grant for a group, and those who wait get it ----
id=$(group_of codex "$HOME/app/out")
PVM_AGENT=codex PVM_WAIT=60 PVM_REASON='clean d31' safe-rm -r "$HOME/app/out/d31" 2>"$box/waiter.err" &
waiter=$!
ends 0 pvmctl approve --group "$id" --for 30m --yes --json
ok "one grant" [ -n "$(json 'approved[0].id')" -a -z "$(json 'approved[1].id')" ]
grant=$(json 'approved[0].id')
ok "for as many uses as requests" [ "$(json 'approved[0].uses')" = 18 ]
ok "it is not bound" [ -z "$(json 'approved[0].effect')" ]
ok "its scopes are the operands" [ "$(json 'approved[0].scopes[17]' | grep -c "^$HOME/app/out/d[34]")" = 1 ]
ok "nothing beyond" [ -z "$(json 'approved[0].scopes[18]')" ]
ok "it answers all" [ -n "$(json 'approved[0].requests[17]')" ]
wait "$waiter"
ok "who waited has run" [ $? = 0 ]
is_gone "$HOME/app/out/d31"
ok "none of codex is pending" [ "$(pending_of codex)" = 0 ]
for i in $(seq 32 48); do
  again codex "$HOME/app/out/d$i"
  ok "d$i runs (was $status)" [ "$status" = 0 ]
done
mkdir "$HOME/app/out/d32"
again codex "$HOME/app/out/d32"
ok "a nineteenth use does not" [ "$status" = 1 ]
complains "was for 18 uses and is used up"
again claude "$HOME/web/d21"
ok "claude's do not run by it" [ "$status" = 75 ]
ends 0 pvmctl audit list --json
ok "one entry names all requests" [ "$(sqlite3 :memory: "SELECT count(*) FROM json_each(CAST(readfile('$box/out') AS TEXT), '\$.entries') e
  WHERE json_extract(e.value, '\$.grant_id') = '$grant' AND json_extract(e.value, '\$.entry_type') = 'approve'
  AND length(json_extract(e.value, '\$.details.requests')) = 18 * 33 - 1")" = 1 ]
clean

# ---- more than fits one text: the common directory, and only where that is said ----
long=$(printf 'x%.0s' $(seq 180))
ok "sixty-two more of claude" ask_for claude "$HOME/lib/$long" 100 161
a_tree "$HOME/lib/over"
PVM_WAIT=0 PVM_REASON='one too many' run safe-rm -r "$HOME/lib/over"
ok "a sixty-fifth is refused (was $status)" [ "$status" = 125 ]
complains "has 64 requests pending already"
id=$(group_of claude "$HOME/lib/$long")
ends 1 pvmctl approve --group "$id" --for 30m --yes
complains "they name 62 things, more than fit one grant"
complains "with --widen"
ends 0 pvmctl approve --group "$id" --for 30m --uses 70 --widen --yes --json
ok "one scope" [ "$(json 'approved[0].scopes[0]')" = "$HOME/lib/$long/**" -a -z "$(json 'approved[0].scopes[1]')" ]
again claude "$HOME/lib/$long/d100"
ok "it runs (was $status)" [ "$status" = 0 ]
again claude "$HOME/lib/$long"
ok "the directory itself is not covered (was $status)" [ "$status" = 1 ]
exists "$HOME/lib/$long/d101/one"
again claude "$HOME/lib/over"
ok "nor what is beside it" [ "$status" = 1 ]
clean

# ---- what was asked for without -r is not given with it ----
mkdir -p "$HOME/mixed/empty" "$HOME/mixed/data" "$HOME/mixed/build/x"
head -c 3000 /dev/zero >"$HOME/mixed/data/thesis"
: >"$HOME/mixed/note"
for words in "-d $HOME/mixed/empty" "$HOME/mixed/note" "-r $HOME/mixed/build"; do
  # shellcheck disable=SC2086
  PVM_AGENT=mixer PVM_WAIT=0 run safe-rm $words
done
ends 0 pvmctl pending --agent mixer --json
ends 0 pvmctl approve --yes --json --group "$(json 'requests[0].id')" --for 30m
kinds=$(printf '%s\n' "$(json 'approved[0].may')" "$(json 'approved[1].may')" | sort | xargs)
ok "a grant for each kind (was '$kinds')" [ "$kinds" = '- recursive' ]
rmdir "$HOME/mixed/empty" && mv "$HOME/mixed/data" "$HOME/mixed/empty"
PVM_AGENT=mixer ends 1 safe-rm -rf "$HOME/mixed/empty"
exists "$HOME/mixed/empty/thesis"
PVM_AGENT=mixer ends 0 safe-rm "$HOME/mixed/note"
PVM_AGENT=mixer ends 0 safe-rm -r "$HOME/mixed/build"
ends 0 pvmctl audit verify
finish
