#!/usr/bin/env bash
# The main job with pushes: refused, asked for, approved, pushed; what git does by itself stays git's; the run pushes what was
# approved, or nothing.
. "$(dirname "$0")/lib.sh"
set_up
export GIT_CONFIG_NOSYSTEM=1
git=/usr/bin/git
$git config --global user.email claude@example.org
$git config --global user.name claude
$git config --global init.defaultBranch main
$git config --global protocol.file.allow always
$git init -q --bare "$box/remote.git"
$git init -q "$box/tree"
cd "$box/tree" || exit 99
$git remote add origin "$box/remote.git"
pvmctl shim install --no-profiles >"$box/out" 2>&1 || exit 99
export PATH=$PVM_HOME/shims:$PATH
remote="file://$box/remote.git"

commit() { $git commit -q --allow-empty -m "$1"; }
at() { $git -C "$box/remote.git" rev-parse -q --verify "$1" || echo none; }
here() { $git rev-parse "$1"; }
# approved COMMAND…: asks for it and approves that once.
approved() {
  ends 0 pvmctl request --json -- "$@"
  asked=$(json id)
  ends 0 pvmctl approve --yes "$asked"
}

commit one
# ---- refused, asked for, granted once
ends 1 git push -u origin main
complains "safe-git-push: denied: agent 'claude' has no grant to push '$remote#refs/heads/main' (new, "
complains "PVM_WAIT=90 PVM_REASON='<why>' git push -u origin main"
ok "nothing was pushed" [ "$(at main)" = none ]
ends 1 git push -u origin main
approved git push -u origin main
ends 0 git push -u origin main
ok "it was pushed" [ "$(at main)" = "$(here main)" ]
ok "its upstream is set" [ "$($git config branch.main.remote)" = origin ]
ok "the remote-tracking ref moved" [ "$(here origin/main)" = "$(here main)" ]
complains "[new branch]      main -> main"
ends 0 pvmctl audit list --json
says "exit 0"

# ---- nothing to push needs no grant, in git's own words
ends 0 git push
complains "Everything up-to-date"
commit two
ends 1 git push
ok "a used grant is used" [ "$(at main)" != "$(here main)" ]

# ---- what git would reject anyway, it rejects
$git clone -q "$box/remote.git" "$box/other"
$git -C "$box/other" commit -q --allow-empty -m theirs
$git -C "$box/other" push -q origin main
cp -a "$box/tree" "$box/plain"
(cd "$box/plain" && $git push) >"$box/plain.out" 2>"$box/plain.err"
wanted=$?
ends "$wanted" git push
ok "the same words as git's" cmp "$box/plain.err" "$box/err"
$git fetch -q
(cd "$box/plain" && $git fetch -q && $git push --porcelain) >"$box/plain.out" 2>"$box/plain.err"
wanted=$?
ends "$wanted" git push --porcelain
ok "the same words as git's, porcelain" cmp "$box/plain.out" "$box/out"
ok "the same advice as git's" cmp "$box/plain.err" "$box/err"

# ---- force needs a grant that says so, and shows what would be lost
ends 1 git push -f
complains "(forced, "
approved git push -f
ends 0 pvmctl show --json "$asked"
says '"force"'
ends 0 git push -f
ok "it was forced" [ "$(at main)" = "$(here main)" ]

# ---- stale: another commit than was approved
commit three
approved git push
commit four
ends 1 git push
complains "safe-git-push: stale: what would be pushed is not what was approved"
complains "changed '$remote#refs/heads/main'"
ok "nothing was pushed, stale" [ "$(at main)" != "$(here main)" ]

# ---- the remote moves between the decision and the push: the hook sees it
approved git push
mkdir -p "$box/count"
cat >"$box/racing" <<RACE
#!/bin/sh
# The second time it is started, something else has moved the ref.
if [ -e "$box/count/once" ]; then /usr/bin/git -C "$box/remote.git" update-ref refs/heads/main $($git -C "$box/remote.git" rev-parse main~1); fi
: >"$box/count/once"
exec git-receive-pack "\$@"
RACE
chmod +x "$box/racing"
old=$(at main)
approved git push --receive-pack="$box/racing"
"$REAL" -f "$box/count/once"
ends 1 git push --receive-pack="$box/racing"
complains "safe-git-push: stale: between the decision and the push"
ok "nothing was pushed to what moved" [ "$(at main)" = "$($git -C "$box/remote.git" rev-parse "$old~1")" ]
ends 0 pvmctl audit list
says "stale"
$git -C "$box/remote.git" update-ref refs/heads/main "$old"

# ---- the user's own pre-push hook runs once, with what git says, and has the last word
cat >.git/hooks/pre-push <<'HOOK'
#!/bin/sh
echo "hook: $1 $2"
cat >>hooked
env | grep -c '^PVM_PUSH' >>counted
git config core.hooksPath >>counted
[ ! -e refuse ]
HOOK
chmod +x .git/hooks/pre-push
ends 1 git push
complains "(forward, "
ok "a refused push runs no hook" [ ! -e hooked ]
approved git push
touch refuse
ends 1 git push
ok "the hook ran once" [ "$(wc -l <hooked)" = 1 ]
ok "the hook saw the refs" grep -q "^refs/heads/main $(here main) refs/heads/main " hooked
ok "the hook sees nothing of ours" [ "$(cat counted)" = 0 ]
says "hook: origin $box/remote.git"
ok "the hook has the last word" [ "$(at main)" != "$(here main)" ]
"$REAL" refuse
approved git push
ends 0 git push
ok "it was pushed past the hook" [ "$(at main)" = "$(here main)" ]
# A hook that changes is another effect.
commit five
approved git push
echo '# changed' >>.git/hooks/pre-push
ends 1 git push
complains "code that would run: 'pre-push hook'"
approved git push --no-verify
"$REAL" hooked
ends 0 git push --no-verify
ok "--no-verify leaves the hook out" [ ! -e hooked ]
"$REAL" .git/hooks/pre-push

# ---- tags, deletes, mirrors: each says so
$git tag v1
ends 1 git push origin v1
complains "#refs/tags/v1' (new, "
approved git push origin v1
ends 0 git push origin v1
$git tag -f -m again v1 >"$box/out" 2>&1
ends 1 git push origin v1
complains "[rejected]        v1 -> v1 (already exists)"
approved git push origin :v1
ends 0 git push origin :v1
ok "the tag is gone" [ "$(at refs/tags/v1)" = none ]
$git branch side
approved git push --mirror
ends 0 git push --mirror
ok "the mirror has the branch" [ "$(at side)" = "$(here side)" ]

# A mirror that has nothing to push needs no grant, and what comes to be there meanwhile stays: no hook is told of it.
$git clone -q --mirror "$box/remote.git" "$box/mirror.git"
ends 0 git -C "$box/mirror.git" push --mirror
complains "Everything up-to-date"
cat >"$box/late" <<LATE
#!/bin/sh
[ ! -e "$box/count/late" ] || /usr/bin/git -C "$box/remote.git" update-ref refs/heads/late $(at main)
: >"$box/count/late"
exec git-receive-pack "\$@"
LATE
chmod +x "$box/late"
ends 0 git -C "$box/mirror.git" push --mirror --receive-pack="$box/late"
ok "the branch that came meanwhile is there" [ "$(at late)" = "$(at main)" ]
$git -C "$box/remote.git" update-ref -d refs/heads/late

# ---- two pushurls: both are named, both are pushed
$git init -q --bare "$box/second.git"
$git remote set-url --push origin "$box/remote.git"
$git remote set-url --add --push origin "$box/second.git"
commit six
ends 0 pvmctl revoke --agent claude
ends 1 git push origin main
complains "'file://$box/second.git#refs/heads/main' (new, "
approved git push origin main
ends 0 git push origin main
ok "both have it" [ "$($git -C "$box/second.git" rev-parse main)" = "$(at main)" ]
$git config --unset-all remote.origin.pushurl

# ---- a standing grant for one branch is for that branch
ends 0 pvmctl allow --agent claude --yes push "$remote#refs/heads/claude/*"
$git checkout -q -b claude/work
commit seven
ends 0 git push origin claude/work
ends 1 git push origin claude/work:main
ends 1 git push -f origin "main:claude/work"
ends 1 git push origin :claude/work
ends 1 rm -rf "$box/remote.git"
exists "$box/remote.git/HEAD"

# A hook that is run within a granted push is not itself granted anything: neither a push nor a part of one.
commit eight
printf '#!/bin/sh\ngit send-pack "%s" HEAD:refs/heads/stolen\ngit push -q "%s" HEAD:refs/heads/stolen\nexit 0\n' \
  "$box/second.git" "$box/second.git" >.git/hooks/pre-push
chmod +x .git/hooks/pre-push
ends 0 git push origin claude/work
complains "'git send-pack' is a part of a push that PVM cannot look into"
complains "second.git#refs/heads/stolen' (new, "
ok "the hook pushed nothing" [ "$($git -C "$box/second.git" rev-parse -q --verify stolen || echo none)" = none ]
"$REAL" .git/hooks/pre-push

# ---- submodules that are pushed along are part of it
$git init -q --bare "$box/sub.git"
$git clone -q "$box/sub.git" "$box/seed" 2>"$box/err"
$git -C "$box/seed" commit -q --allow-empty -m seed
$git -C "$box/seed" push -q origin HEAD:main
$git checkout -q main
$git submodule --quiet add "$box/sub.git" module
$git commit -q -m module
$git -C module commit -q --allow-empty -m ahead
$git commit -q -am 'module moves'
ends 0 pvmctl revoke --agent claude
ends 1 git push --recurse-submodules=on-demand origin main
complains "sub.git#refs/heads/main' (forward, "
approved git push --recurse-submodules=on-demand origin main
ends 0 git push --recurse-submodules=on-demand origin main
ok "the submodule was pushed" [ "$($git -C "$box/sub.git" rev-parse main)" = "$($git -C module rev-parse HEAD)" ]
ok "and what holds it" [ "$(at main)" = "$(here main)" ]

# ---- git clean is an rm of what it lists
"$REAL" counted
echo new >new
mkdir newdir
echo new >"newdir/with
newline"
ends 1 git clean -fd
complains "has no grant to rm these 2 of 2"
exists new
ends 0 git clean -nd
says "Would remove new"
cp -a . "$box/copy"
approved git clean -fd
ends 0 git clean -fd
says "Removing new"
is_gone new
is_gone newdir
ends 0 git clean -fd
(cd "$box/copy" && $git clean) >"$box/plain.out" 2>"$box/plain.err"
ends 128 git clean
ok "git's own refusal" cmp "$box/plain.err" "$box/err"
finish
