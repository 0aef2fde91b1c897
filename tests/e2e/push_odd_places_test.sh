#!/usr/bin/env bash
# Where git would refuse anyway, its own words and status; where PVM refuses, PVM's one line.
. "$(dirname "$0")/lib.sh"
set_up
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
git=/usr/bin/git
$git config --global user.email claude@example.org
$git config --global user.name claude
$git config --global init.defaultBranch main
pvmctl shim install --no-profiles >"$box/out" 2>&1 || exit 99
export PATH=$PVM_HOME/shims:$PATH

# like_git NAME WORDS…: the same standard output, standard error and status as git itself, in the same place.
like_git() {
  local name=$1 wanted
  shift
  "$git" "$@" >"$box/plain.out" 2>"$box/plain.err" </dev/null
  wanted=$?
  ends "$wanted" git "$@"
  ok "$name: the same standard output" cmp "$box/plain.out" "$box/out"
  ok "$name: the same standard error" cmp "$box/plain.err" "$box/err"
}
# refused NAME WORDS…: by PVM, in one line and hints.
refused() {
  local name=$1
  shift
  ends 1 git "$@"
  ok "$name: PVM's one line" [ "$(grep -c 'safe-git-push: denied: ' "$box/err")" = 1 ]
}

mkdir "$box/none"
cd "$box/none" || exit 99
like_git "not a repository" push origin main
like_git "not a repository, clean" clean -f
like_git "a directory that is not there" -C nowhere push
like_git "an unknown option" push --nonsense
like_git "an unknown option of git's own" --nonsense push
like_git "an unknown command" nonsense
like_git "nothing" 
like_git "the version" --version
like_git "help for push" push -h

$git init -q --bare "$box/remote.git"
$git init -q "$box/tree"
cd "$box/tree" || exit 99
like_git "an unborn branch" push origin main
$git commit -q --allow-empty -m one
like_git "no remote" push
like_git "an unknown remote" push nowhere main
$git remote add origin "$box/remote.git"
like_git "no upstream" push
like_git "an unknown ref" push origin nothing
like_git "a ref that is not there to delete" push origin :nothing
like_git "nothing matches" push origin 'refs/nothing/*:refs/heads/*'
like_git "options that exclude each other" push --all --mirror origin
like_git "a bad lease" push --force-with-lease=main:nonsense origin main
$git remote add gone "$box/gone.git"
like_git "a remote that is not there" push gone main
$git remote add unreachable ssh://localhost.invalid/x
GIT_SSH_COMMAND=false like_git "an unreachable remote" push unreachable main
$git remote add http http://127.0.0.1:9/x.git
like_git "nobody listens" push http main
# Whether the other side, which is left alone, says a last word is a matter of luck, without PVM too.
ends 128 git push -o x origin main
complains "fatal: the receiving end does not support push options"
$git checkout -q --detach
like_git "detached" push
like_git "detached, to a name that could be anything" push origin HEAD:main
refused "detached, to a branch" push origin HEAD:refs/heads/main
$git checkout -q main
$git tag both
$git branch both
like_git "a ref that is both tag and branch" push origin both
refused "which of both is said" push origin refs/heads/both
complains "#refs/heads/both' (new, "

# Names beyond ASCII, and those that could lie in a message.
name=$(printf 'caf\351')
$git branch "$name"
refused "a name that is not UTF-8" push origin "$name"
$git branch 'a;b$(c)'
refused "a name that a shell would run" push origin 'a;b$(c)'

# A bare repository, a shallow clone, a work tree of its own, a repository by variables.
$git clone -q --bare "$box/tree" "$box/bare.git"
cd "$box/bare.git" || exit 99
refused "from a bare repository" push "$box/remote.git" main
cd "$box/tree" || exit 99
$git commit -q --allow-empty -m two
$git clone -q --depth 1 "file://$box/tree" "$box/shallow" 2>"$box/err"
cd "$box/shallow" || exit 99
refused "from a shallow clone" push "$box/remote.git" main
cd "$box/tree" || exit 99
$git worktree add -q "$box/wt" -b wt
cd "$box/wt" || exit 99
refused "from a work tree of its own" push origin wt
cd "$box" || exit 99
GIT_DIR=$box/tree/.git refused "by GIT_DIR" push origin main
refused "a relative URL from elsewhere" -C tree push ../remote.git main
complains "'file://$box/remote.git#refs/heads/main'"
ok "nothing came of it" [ -z "$($git -C "$box/remote.git" for-each-ref)" ]

# The vault is not there, or git is another than the one the exec-path was made for: nothing is pushed, nothing passes.
cd "$box/tree" || exit 99
ends 125 env PVM_HOME="$box/nowhere" PATH="$PATH" git push origin main
complains "cannot decide"
ends 0 pvmctl check -- git status
printf '#!/bin/sh\nexec /usr/bin/git "$@"\n' >"$box/other-git"
chmod +x "$box/other-git"
printf 'real:\n  git: %s\n' "$box/other-git" >>"$PVM_HOME/config.yaml"
ends 0 pvmctl shim install --no-profiles
ends 0 git status
like_git "by a git that is configured" push origin nothing
echo '# upgraded' >>"$box/other-git"
ends 125 git status
complains "it was upgraded"
complains "the user runs: pvmctl shim install"
ends 0 pvmctl shim install --no-profiles
ends 0 git status
# Where there is none, not even one that was installed for all.
"$REAL" -r "$PVM_HOME/git-core"
mkdir -p "$box/alone/bin"
cp "$PVM_STAGE/bin/safe-git-push" "$box/alone/bin"
ln -s bin/safe-git-push "$box/alone/git"
ends 125 "$box/alone/git" status
complains "pvmctl shim install"
ends 125 "$box/alone/git" push origin main
complains "pvmctl shim install"
finish
