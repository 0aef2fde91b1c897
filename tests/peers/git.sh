# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# git's tests of push, and of what a wrapper of push could get wrong besides, for packaging/peers. git's harness runs
# them on an installed git (GIT_TEST_INSTALLED); of git's source only the tests' own helper is built. Programs that git
# itself starts come from its exec path, which goes before PATH: what is tested is each git that a test's shell starts.
# A test is called as git calls it (t5516.12). Pushes by HTTP go to an Apache that the tests start on 127.0.0.1.

readonly git_tests=(t0014 t540[0145689] t55 t7300 t7400)

suite_git() {
  build_git_helper || return
  run_suite git user run_git_tests push
}

build_git_helper() {
  local tree="$place/src/git" log="$place/logs/git-helper.log"
  fetch_source git || return
  [[ ! -x "$tree/t/helper/test-tool" || ! -d "$tree/templates/blt" ]] || return 0
  say "build git's test-tool"
  { make -C "$tree" -j "$(nproc)" CFLAGS=-O1 NO_OPENSSL=1 PYTHON_PATH=/usr/bin/python3 GIT-BUILD-OPTIONS \
    t/helper/test-tool && make -C "$tree/templates"; } >"$log" 2>&1 || {
    tail -n 20 "$log"
    return 1
  }
}

# run_git_tests HOW WHO: prints the verdicts. As many files at once as there are processors; each has a port of its own.
run_git_tests() {
  local how="$1" who="$2" tree="$box/git-$1" test pattern running=0
  /bin/rm -rf -- "$box/t"
  mkdir "$tree" "$tree/verdicts" "$box/t"
  cp -r "$place/src/git"/{t,templates,GIT-BUILD-OPTIONS} "$tree"
  chown -R "$user" "$tree" "$box/t"
  for pattern in "${git_tests[@]}"; do
    for test in "$tree/t/"$pattern*.sh; do
      test="$(basename "$test" .sh)"
      ! leaves_out git "${test%%-*}" "$how" || continue
      if ((running++ >= $(nproc))); then wait -n; fi
      git_verdicts "$how" "$who" "$tree" "$test" >"$tree/verdicts/$test" &
    done
  done
  wait
  cat "$tree/verdicts"/*
}

# git_verdicts HOW WHO TREE TEST: each single test of one file, and whether the file ran to its end. They work in a
# directory with a short name: gpg-agent's sockets are there, and their paths have a limit.
git_verdicts() {
  local tree="$3" test="$4" log="$place/logs/git-$1-$4.log"
  (cd "$tree/t" && as "$2" timeout --kill-after=10 1200 env PATH="$(front "$1"):/usr/sbin:/usr/bin:/sbin:/bin" \
    GIT_TEST_INSTALLED="$(front "$1")" sh "./$test.sh" --root="$box/t" --verbose-log) >"$log" 2>&1 </dev/null || true
  cp "$tree/t/test-results/$test.out" "${log%.log}.out" 2>/dev/null || true
  awk -v file="${test%%-*}" -v OFS='\t' '
    /^ok [0-9]+ # skip/ { print file "." $2, "skip"; next }
    /^(not )?ok [0-9]+ .* # TODO/ {
      print file "." ($1 == "ok" ? $2 : $3), ($1 == "ok" ? "fixed" : "known-broken"); next }
    /^ok [0-9]+/ { print file "." $2, "ok"; next }
    /^not ok [0-9]+/ { print file "." $3, "not-ok"; next }
    /^1\.\.0 # SKIP/ { ended = "skip"; next }
    /^1\.\.[0-9]+/ { ended = "ended" }
    END { print file, (ended ? ended : "broke-off") }' "$log"
}
