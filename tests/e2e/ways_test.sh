#!/usr/bin/env bash
# None of the ways to write a push or a delete changes a remote or takes a file, as long as there is no grant.
. "$(dirname "$0")/lib.sh"
set_up
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
git config --global user.email claude@example.org
git config --global user.name claude
git config --global init.defaultBranch main
git config --global protocol.file.allow always

# A remote with main, topic and v1; a work tree that is ahead of it, with a submodule that is ahead too.
export REMOTE=$box/remote.git SECOND=$box/second.git
git init -q --bare "$REMOTE"
git init -q --bare "$SECOND"
git init -q --bare "$box/sub.git"
git init -q "$box/seed"
git -C "$box/seed" commit -q --allow-empty -m seed
git -C "$box/seed" push -q "$box/sub.git" main
git init -q "$box/tree"
cd "$box/tree" || exit 99
mkdir dir
echo one >file
echo one >dir/file
echo '*.o' >.gitignore
git add .
git -c protocol.file.allow=always submodule --quiet add "$box/sub.git" module
git commit -q -m one
git branch old
git commit -q --allow-empty -m two
git tag v1
git branch topic
git remote add origin "$REMOTE"
git remote add second "$SECOND"
git push -q -u origin main topic v1 2>"$box/err"
git push -q second main
git commit -q --allow-empty -m three
git tag -a -m v2 v2
git -C module commit -q --allow-empty -m ahead
git commit -q -am 'the module moves'
echo new >new
echo object >a.o
mkdir newdir
echo new >newdir/file
cd "$box" || exit 99

pvmctl shim install --no-profiles >"$box/out" 2>&1 || exit 99
export PATH=$PVM_HOME/shims:$PATH

state() {
  for remote in "$REMOTE" "$SECOND" "$box/sub.git"; do /usr/bin/git -C "$remote" for-each-ref; done
}
files() { (cd "$1" && ls new dir/file file a.o newdir/file module/.git); }
before=$(state)
mkdir "$box/pristine"
cp -a "$REMOTE" "$SECOND" "$box/sub.git" "$box/pristine"
wanted=$(files "$box/tree")

ways=0
while IFS=$'\t' read -r name line; do
  case $name in '#'* | '') continue ;; esac
  ways=$((ways + 1))
  "$REAL" -rf -- "$box/at" "$box/wt"
  cp -a "$box/tree" "$box/at"
  (cd "$box/at" && timeout 60 sh -c "$line") >"$box/out" 2>"$box/err" </dev/null
  ok "no remote changes: $name" [ "$(state)" = "$before" ]
  # So that one way that leads through does not show in the next.
  if [ "$(state)" != "$before" ]; then
    "$REAL" -rf -- "$REMOTE" "$SECOND" "$box/sub.git"
    cp -a "$box/pristine/." "$box/"
  fi
  ok "no file goes: $name" [ "$(files "$box/at")" = "$wanted" ]
  ok "no panic: $name" sh -c "! grep -qiE 'terminate called|Sanitizer|Segmentation' '$box/err'"
done <"$data/ways.tsv"
ok "there are at least 60 ways" [ "$ways" -ge 60 ]

# The same world with a grant moves, so that the table does not pass for want of a remote.
cd "$box/tree" || exit 99
run pvmctl request -- git push origin main
id=$(pvmctl pending --json | sed -n 's/.*"id": *"\([0-9a-f]*\)".*/\1/p' | head -1)
ends 0 pvmctl approve --yes "$id"
ends 0 git push origin main
ok "what is granted is pushed" [ "$(state)" != "$before" ]
finish
