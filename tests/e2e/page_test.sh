# SPDX-License-Identifier: Apache-2.0
# The page of pvmctl serve in a real browser: logging in, a request that arrives, denying, revoking, history, the stop
# switch; by mouse and by keyboard, on a phone and on a desk, light and dark. Screenshots stay beside the stage, in page/.
. "$(dirname "$0")/lib.sh"
. "$here/serve.sh"
chromium=$(command -v chromium) || {
  echo "FAILED: there is no chromium; packaging/deps installs it"
  exit 1
}
set_up
mkdir build
for part in 0 1 2 3 4; do head -c $((40000 * (part + 1))) /dev/zero >"build/part-$part.o"; done
# A push that goes out with a commit and would lose another.
export GIT_CONFIG_NOSYSTEM=1
git=/usr/bin/git
$git config --global user.email claude@example.org
$git config --global user.name claude
$git config --global init.defaultBranch main
$git init -q --bare "$box/remote.git"
$git init -q "$box/tree"
(
  cd "$box/tree" || exit
  $git remote add origin "$box/remote.git"
  for message in one 'lost: <i>two</i>'; do $git commit -q --allow-empty -m "$message"; done
  $git push -q origin main
  $git reset -q --hard HEAD~1
  $git commit -q --allow-empty -m 'three'
)
pvmctl shim install --no-profiles >"$box/out" 2>&1
export PATH=$PVM_HOME/shims:$PATH
serve_it
shots=$PVM_STAGE/../page
mkdir -p "$shots" "$box/profile"
run python3 "$here/page/page_test.py" "$chromium" "$box/profile" "$url" "$shots" "$box/tree"
cat "$box/out" "$box/err"
ok "the page does what it should" [ "$status" = 0 ]
end_serving
ok "nothing was complained of" [ ! -s "$box/serving.err" ]

# With a key that answers are signed with, to the end of the agent's command.
run sh -c 'pvmctl unlock --yes && pvmctl serve --init-key --same-user --unattended --yes'
ok "the service has a key (was $status)" [ "$status" = 0 ]
serve_it --same-user
mkdir "$box/second-profile"
run python3 "$here/page/answer_test.py" "$chromium" "$box/second-profile" "$url" "$shots"
cat "$box/out" "$box/err"
ok "a yes on the page is one" [ "$status" = 0 ]
end_serving
finish
