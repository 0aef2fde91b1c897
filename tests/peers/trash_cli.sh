# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# trash-cli's tests of trash-put, for packaging/peers. They call a Python class; tests/peers/trash_put_tests.py has them
# start the program instead, in both runs. Its other tests are of the trash's other commands, which PVM leaves alone, or
# look into parts of the class, which no program has.

readonly trash_tests=(integration_tests/test_trash_put.py unit_tests/test_trash_put.py)

suite_trash_cli() {
  fetch_source trash-cli || return
  run_suite trash-cli user run_trash_tests trash
}

# run_trash_tests HOW WHO: prints the verdicts.
run_trash_tests() {
  local tree="$box/trash-cli-$1" test verdict
  cp -r "$place/src/trash-cli" "$tree"
  cp tests/peers/trash_put_tests.py "$box"
  chown -R "$user" "$tree"
  (cd "$tree" && as "$2" env PATH="$(front "$1"):/usr/sbin:/usr/bin:/sbin:/bin" PYTHONDONTWRITEBYTECODE=1 \
    timeout --kill-after=10 600 /usr/bin/python3 "$box/trash_put_tests.py" "$tree" "${trash_tests[@]}") \
    2>"$place/logs/trash-cli-$1.log" </dev/null | while IFS=$'\t' read -r test verdict; do
    leaves_out trash-cli "$test" "$1" || printf '%s\t%s\n' "$test" "$verdict"
  done
}
