# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# git through its shim: what passes straight, over git itself; and a granted push to a local bare repository, over a plain one,
# with the git processes that it takes.

measure_pushes() {
  # Of this part alone: the others have vaults and homes of their own.
  local -x GIT_CONFIG_GLOBAL="$box/gitconfig" GIT_CONFIG_NOSYSTEM=1 PVM_HOME="$box/push"
  local shims cases=(git-version exec-version shim-version git-status shim-status push-plain push-granted push-denied) name
  make_repositories
  say "pushes: $rounds rounds of ${#cases[@]} cases, $(runs_of_push push-plain) or $runs_a_round runs"
  measure_in_rounds measure_push "${cases[@]}"
  for name in "${cases[@]}"; do check_runs "$name" "$([[ "$name" == push-denied ]] && echo 1 || echo 0)" $((rounds * $(runs_of_push "$name"))); done
  tell_pushes
  /bin/rm -rf -- "$shims"
}

runs_of_push() {
  if [[ "$1" == push-* ]]; then echo $((runs_a_round / 4)); else echo "$runs_a_round"; fi
}

make_repositories() {
  local remote
  printf '%s\n' '[user]' 'email = bench@example.org' 'name = bench' '[init]' 'defaultBranch = main' >"$GIT_CONFIG_GLOBAL"
  /usr/bin/git init --quiet --bare "$box/remote.git"
  /usr/bin/git init --quiet "$box/tree"
  /usr/bin/git -C "$box/tree" remote add origin "$box/remote.git"
  remote="file://$(cd "$box/remote.git" && pwd -P)"
  mkdir "$box/bin"
  for program in pvmctl/pvmctl wrappers/git/safe-git-push wrappers/rm/safe-rm wrappers/trash/safe-trash; do
    cp "$PWD/build/bench-release/$program" "$box/bin/"
  done
  "$box/bin/pvmctl" init --approve-without-terminal --no-passphrase --no-passphrase >/dev/null 2>&1
  # Shims are refused a place in a git work tree, such as build/.
  shims="$(mktemp --directory)"
  "$box/bin/pvmctl" shim install --no-profiles --dir "$shims" >/dev/null 2>&1
  "$box/bin/pvmctl" allow --agent bench --yes push "$remote#refs/heads/*" >/dev/null
  # Each run has a commit of its own to push.
  cat >"$box/new-commit" <<'COMMIT'
#!/bin/sh
exec /usr/bin/git commit --quiet --allow-empty --message=x
COMMIT
  chmod +x "$box/new-commit"
}

measure_push() {
  local prepare=true command
  case "$1" in
    git-version) command="/usr/bin/git --version" ;;
    exec-version) command="'$tools/static_exec' --version" ;;
    shim-version) command="'$shims/git' --version" ;;
    git-status) command="/usr/bin/git status" ;;
    shim-status) command="'$shims/git' status" ;;
    push-plain) prepare="'$box/new-commit'" command="/usr/bin/git push --quiet origin main" ;;
    push-granted) prepare="'$box/new-commit'" command="'$shims/git' push --quiet origin main" ;;
    push-denied) prepare="'$box/new-commit'" command="'$shims/git' push --quiet origin main:refs/other/x" ;;
  esac
  (cd "$box/tree" && run_command "$1" "$(runs_of_push "$1")" 3 "$prepare" "$command") ||
    die 1 "case $1: a run could not be prepared"
  case "$1" in
    push-plain | push-granted)
      [[ "$(/usr/bin/git -C "$box/tree" rev-parse main)" == "$(/usr/bin/git -C "$box/remote.git" rev-parse main)" ]] ||
        fault "case $1: the remote does not have what was pushed"
      ;;
    push-denied) ! /usr/bin/git -C "$box/remote.git" rev-parse -q --verify refs/other/x >/dev/null || fault "case $1: it was pushed" ;;
  esac
}

# git_processes COMMAND…: how many processes of git's it takes, by their own traces.
git_processes() {
  "$box/new-commit"
  GIT_TRACE2="$box/trace" "$@" >/dev/null 2>&1 || fault "not pushed: $*"
  grep -c ' start ' "$box/trace"
  /bin/rm -f "$box/trace"
}

tell_pushes() {
  local plain granted
  tell "git --version through the shim, over git: what is added" "<= 0.45" "$(p50 shim-version) / $(p50 git-version) - 1" shim-version
  tell "the same by a static program that does nothing else" "" "$(p50 exec-version) / $(p50 git-version) - 1" exec-version
  tell "git status through the shim, over git: what is added, in git's starts" "<= 0.45" \
    "($(p50 shim-status) - $(p50 git-status)) / $(p50 git-version)" shim-status
  tell_over "granted push to a local bare repository, over a plain one" "" push-granted push-plain
  tell_over "denied push, over a plain one" "" push-denied push-plain
  plain="$(cd "$box/tree" && git_processes /usr/bin/git push origin main)"
  granted="$(cd "$box/tree" && git_processes "$shims/git" push origin main)"
  tell_count "git processes of a granted push beside those of a plain one" "<= 3" $((granted - plain)) " (a plain one has $plain)"
}
