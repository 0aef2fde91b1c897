#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A local address is named by where git would really push: decoys that look like the repository in the address, and are not the one
# that git finds there, do not lend it their name.
. "$(dirname "$0")/lib.sh"
set_up
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
REAL_GIT=/usr/bin/git
git config --global user.email claude@example.org
git config --global user.name claude
git config --global init.defaultBranch main
box_ok=$box/ok
secret=$box/secret.git
"$REAL_GIT" init -q --bare "$secret"
"$REAL_GIT" init -q "$box/tree"
"$REAL_GIT" -C "$box/tree" commit -q --allow-empty -m 'mend: this'
mkdir "$box_ok"
pvmctl shim install --no-profiles >"$box/out" 2>&1 || exit 99
export PATH=$PVM_HOME/shims:$PATH
cd "$box/tree" || exit 99

number=0
# is_named URL PATH: the push is refused by the name of PATH; git by itself pushes to PATH.
is_named() {
  number=$((number + 1))
  ends 1 git push "$1" "main:refs/heads/n$number"
  ok "$1 is named file://$2" grep -qF -e "'file://$2#refs/heads/n$number'" "$box/err"
  ok "nothing is pushed to $2" [ -z "$("$REAL_GIT" -C "$2" for-each-ref "refs/heads/n$number")" ]
  "$REAL_GIT" push -q "$1" "main:refs/heads/n$number" 2>"$box/err"
  ok "git itself pushes $1 to $2" [ -n "$("$REAL_GIT" -C "$2" for-each-ref "refs/heads/n$number")" ]
}
# is_untold URL PATH: git by itself pushes to PATH, and PVM refuses to decide.
is_untold() {
  number=$((number + 1))
  run git push "$1" "main:refs/heads/n$number"
  ok "$1 is refused: $status" [ "$status" != 0 ]
  complains "can only git tell; nothing was pushed"
  ok "$1 has no name that a grant could have" [ -z "$(grep -F 'refs/heads' "$box/err")" ]
  ok "nothing is pushed to $2" [ -z "$("$REAL_GIT" -C "$2" for-each-ref "refs/heads/n$number")" ]
  "$REAL_GIT" push -q "$1" "main:refs/heads/n$number" 2>"$box/err"
  ok "git itself pushes $1 to $2" [ -n "$("$REAL_GIT" -C "$2" for-each-ref "refs/heads/n$number")" ]
}

is_named "$secret" "$secret"
is_named "$box/secret" "$secret"
is_named ../secret.git/ "$secret"

# A directory that is no repository, beside the link that git goes to.
mkdir "$box_ok/decoy"
ln -s "$secret" "$box_ok/decoy.git"
is_named "$box_ok/decoy" "$secret"
# A ".git" that leads elsewhere.
"$REAL_GIT" init -q --bare "$box_ok/outer"
ln -s "$secret" "$box_ok/outer/.git"
is_named "$box_ok/outer" "$secret"
mkdir "$box_ok/filed"
echo "gitdir: $secret" >"$box_ok/filed/.git"
is_named "$box_ok/filed" "$secret"
# A ".git" that git takes for none.
"$REAL_GIT" init -q "$box_ok/headless"
echo nothing >"$box_ok/headless/.git/HEAD"
ln -s "$secret" "$box_ok/headless.git"
is_named "$box_ok/headless" "$secret"
# An escape, where a directory has the name of the escape.
"$REAL_GIT" init -q --bare "$box_ok/%73.git"
ln -s "$secret" "$box_ok/s.git"
is_named "file://$box_ok/%73.git" "$secret"
# What git takes for a host, and leaves out.
mkdir -p "host/${secret#/}"
"$REAL_GIT" init -q --bare "host/${secret#/}"
is_untold "file://host$secret" "$secret"
# What the other side expands.
ln -s "$secret" "$HOME/t.git"
mkdir '~'
"$REAL_GIT" init -q --bare '~/t.git'
is_untold '~/t.git' "$secret"

# ---- what the caller calls a commit may have spaces and colons, and no line of its own ----
ends 1 git push "$secret" 'HEAD@{0 seconds ago}:refs/heads/ago'
complains "#refs/heads/ago'"
ends 1 git push "$secret" 'HEAD^{/mend: this}:refs/heads/mend'
complains "#refs/heads/mend'"
run git push "$secret" $'HEAD^{/mend|\n \tx:refs/heads/line\tq\n}:refs/heads/line'
ok "a line feed is refused: $status" [ "$status" != 0 ]
complains "nothing was pushed"
finish
