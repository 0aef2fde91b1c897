# SPDX-License-Identifier: Apache-2.0
# share/examples/agents: its files are what they claim to be, the environment that each sets gates rm, and the forms of
# command line by which agents start their commands end in a denial.
. "$(dirname "$0")/lib.sh"
unset PVM_AGENT PVM_HOME
export PATH=/usr/bin:/bin
pvmctl=$PVM_STAGE/bin/pvmctl
examples=$PVM_STAGE/share/doc/pvm/examples/agents
"$pvmctl" init --no-passphrase --no-passphrase --approve-without-terminal >/dev/null 2>&1 || exit 99
ends 0 "$pvmctl" shim install
agent() { "$pvmctl" shim exec --agent tester -- "$@"; }
echo x >keep
cmd='rm -f keep'

# refused COMMAND…: rm in it is denied, and the file stays.
refused() {
  ends 1 "$@"
  complains "denied: agent '"
  exists keep
}
# placed FILE: an example with the programs and the home of this test in place of /usr/local and /home/alice.
placed() { sed "s|/usr/local/|$PVM_STAGE/|g; s|/home/alice|$HOME|g" "$examples/$1"; }
# in_json FILE PATH: the names and values of an object in it, as NAME=VALUE lines.
in_json() {
  placed "$1" >"$box/json"
  sqlite3 :memory: "SELECT key || '=' || value FROM json_each(CAST(readfile('$box/json') AS TEXT), '\$.$2')"
}

# ---- the files ------------------------------------------------------------------------------------
files=$(cd "$examples" && find . -type f | sed 's|^\./||' | sort)
ok "there are files" [ "$(wc -l <<<"$files")" -ge 17 ]
for file in $files; do
  case $file in
    *.json) ok "$file is JSON" [ "$(sqlite3 :memory: "SELECT json_valid(CAST(readfile('$examples/$file') AS TEXT))")" = 1 ] ;;
    *.toml) # the part of TOML that the examples keep to
      strings='"[^"\\]*"'
      ok "$file is plain TOML" sh -c '! grep -vnE "$1" "$2"' - \
        "^(#.*|\[{1,2}[a-z_.]+\]{1,2}|[A-Za-z_]+ = ($strings|true|[0-9]+|\[$strings(, $strings)*\]))?$" "$examples/$file" ;;
    *.service | *.timer)
      ok "$file is a unit" sh -c '! grep -vnE "$1" "$2"' - '^(#.*|\[(Unit|Service|Timer|Install)\]|[A-Z][A-Za-z]+=.+)?$' "$examples/$file" ;;
    *.sh) ok "$file is for sh" sh -n "$examples/$file" ;;
  esac
  [ "$file" = README.md ] || ok "README.md has $file" grep -qF "\`$file\`" "$examples/README.md"
done
ok "what an agent reads is short" [ "$(wc -l <"$examples/AGENTS.md")" -le 8 ]
mkdir -p "$box/units" "$box/run"
for unit in pvm-agent.service pvm-agent.timer; do placed "systemd/$unit" >"$box/units/$unit"; done
if command -v systemd-analyze >/dev/null; then
  ends 0 env XDG_RUNTIME_DIR="$box/run" systemd-analyze --user --man=no verify "$box/units/pvm-agent.service"
fi

# ---- how agents start their commands ----------------------------------------------------------------
# A login shell's, and one that holds the PATH of the agent's own process.
agent bash -lc 'export -p' >"$box/login.snapshot"
agent sh -c 'printf "export PATH=%s\n" "$PATH"' >"$box/process.snapshot"
for shell in bash zsh sh; do
  refused agent "$shell" -lc "$cmd"     # Codex CLI
  refused agent "$shell" -c "$cmd"      # the same, with allow_login_shell = false
done
for snapshot in "$box/login.snapshot" "$box/process.snapshot"; do
  for shell in /bin/bash /bin/zsh; do
    refused agent "$shell" -c ". '$snapshot'; exec /bin/bash -c '$cmd'"  # Codex CLI, with its snapshot of the shell
    # Claude Code. Its status is that of the last of the list: pwd, which is not reached.
    refused agent "$shell" -c "source '$snapshot' 2>/dev/null || true && eval '$cmd' </dev/null && pwd -P >|'$box/cwd'"
    refused agent "$shell" -c -l "source '$snapshot' 2>/dev/null || true && eval '$cmd' </dev/null && pwd -P >|'$box/cwd'"
  done
  refused agent /bin/bash -O extglob -c "eval \"\$(cat '$snapshot')\" && eval \"\$1\"" -- "$cmd"  # Cursor
  refused agent /bin/zsh -o extendedglob -c "eval \"\$(cat '$snapshot')\" && eval \"\$1\"" -- "$cmd"
done
refused agent bash -c "shopt -u promptvars nullglob; $cmd"                     # Gemini CLI
refused agent /bin/sh -c "$cmd"                                                # spawn(…, {shell: true}), shell=True
refused agent perl -e 'exit(system(@ARGV) >> 8)' rm -f keep                    # a program without a shell
refused agent bash -lc "bash -c 'sh -c \"$cmd\"'"

# ---- Claude Code without shim exec: the hook -------------------------------------------------------
mapfile -t variables < <(in_json claude-code/settings-without-exec.json env)
ok "it sets variables" [ "${#variables[@]}" = 2 ]
hook=$(in_json claude-code/settings-without-exec.json 'hooks.SessionStart[0].hooks[0]' | sed -n 's/^command=//p')
: >"$box/claude.env"
ends 0 env -i HOME="$HOME" PATH=/usr/bin:/bin CLAUDE_ENV_FILE="$box/claude.env" "${variables[@]}" sh -c "$hook"
echo 'export PATH=/usr/bin:/bin' >"$box/plain.snapshot"
for shell in /bin/bash /bin/zsh; do
  refused env -i HOME="$HOME" PATH=/usr/bin:/bin "${variables[@]}" \
    "$shell" -c "source '$box/plain.snapshot' 2>/dev/null || true && $(cat "$box/claude.env") && eval '$cmd' </dev/null"
  complains "agent 'claude'"
done
ok "both files deny the same" [ "$(in_json claude-code/settings.json permissions.deny)" = "$(in_json claude-code/settings-without-exec.json permissions.deny)" ]

# ---- Codex CLI without shim exec: what its policy sets ---------------------------------------------
mapfile -t variables < <(placed codex/config-without-exec.toml | sed -n '/^\[shell_environment_policy.set\]/,/^$/ s/^\([A-Z_]*\) = "\(.*\)"$/\1=\2/p')
ok "it sets variables" [ "${#variables[@]}" = 2 ]
for shell in bash zsh sh; do
  refused env -i HOME="$HOME" PATH=/usr/bin:/bin "${variables[@]}" "$shell" -lc "$cmd"
  complains "agent 'codex'"
done
for file in config.toml config-without-exec.toml; do
  ok "$file lets the vault be written" sh -c 'grep -qxF "writable_roots = [\"$1\"]"' - "$HOME/.local/state/pvm" < <(placed "codex/$file")
done
exists "$HOME/.local/state/pvm/vault.db"

# ---- Gemini CLI in GitHub Actions: only what is named reaches a command ----------------------------
mapfile -t allowed < <(in_json gemini-cli/settings.json security.environmentVariableRedaction.allowed | sed 's/^[0-9]*=//')
cat >"$box/strict" <<'END'
#!/bin/bash
# strict NAME… -- COMMAND…: runs it with these variables and those that Gemini CLI always hands on
pass=("PATH=/usr/bin:/bin" "HOME=$HOME")
while [ "$1" != -- ]; do [ -z "${!1-}" ] || pass+=("$1=${!1}"); shift; done
shift
exec env -i "${pass[@]}" "$@"
END
chmod +x "$box/strict"
refused agent "$box/strict" "${allowed[@]}" -- bash -c "$cmd"
complains "agent 'tester'"
ends 1 agent "$box/strict" -- "$pvmctl" shim test -- bash -c # what it is there for

# ---- Cursor's terminals ------------------------------------------------------------------------------
# shellcheck disable=SC2016
mapfile -t variables < <(in_json cursor/settings.json '"terminal.integrated.env.linux"' | sed 's|${env:PATH}|/usr/bin:/bin|')
ok "it sets variables" [ "${#variables[@]}" = 3 ]
for launcher in 'bash -c' 'bash -lc' 'zsh -c' 'zsh -lc' 'sh -c' 'sh -lc'; do
  # shellcheck disable=SC2086
  refused env -i HOME="$HOME" "${variables[@]}" $launcher "$cmd"
  complains "agent 'cursor'"
done

# ---- systemd: asks, and ends ------------------------------------------------------------------------
mapfile -t variables < <(sed -n 's/^Environment=//p' "$box/units/pvm-agent.service" | xargs -n1)
mapfile -t words < <(sed -n 's/^ExecStart=//p' "$box/units/pvm-agent.service" | sed "s/exec nightly-agent/exec $cmd/" | xargs -n1)
ends 75 env -i HOME="$HOME" PATH=/usr/bin:/bin "${variables[@]}" "${words[@]}"
exists keep
ends 0 "$pvmctl" pending --json
ok "the agent's name" [ "$(json 'requests[0].agent')" = nightly ]
ok "its reason" [ "$(json 'requests[0].reason')" = 'nightly run of pvm-agent.service' ]

# ---- CI: a home of its own, a vault where nobody is asked, the shims, and only then the agent ------------------
mkdir -p ci .github
printf '#!/bin/sh\n%s\n' "$cmd" >ci/run-agent && chmod +x ci/run-agent
ssh-keygen -q -t ed25519 -N '' -C alice@host -f "$box/approver" && cp "$box/approver.pub" ci/ && cp "$box/approver.pub" .github/
for file in github-actions.yml gitlab-ci.yml; do
  grep -o 'pvmctl .*' "$examples/ci/$file" >"$box/lines"
  ok "$file makes a vault first" grep -q '^pvmctl init --unattended --signer .*\.pub$' "$box/lines"
  number=0
  for shell in 'bash -e' 'bash --noprofile --norc -eo pipefail' 'sh -e'; do
    number=$((number + 1))
    ci_home=$box/ci-$file-$number
    mkdir "$ci_home"
    # shellcheck disable=SC2086
    in_ci() { env -i HOME="$ci_home" PVM_WAIT=90 PATH="$PVM_STAGE/bin:/usr/bin:/bin" $shell -c "$1"; }
    grep -v -- '-- ./ci/run-agent$' "$box/lines" >"$box/before"
    while read -r line; do ends 0 in_ci "$line"; done <"$box/before"
    refused in_ci "$(grep -- '-- ./ci/run-agent$' "$box/lines")"
    complains 'nobody can be asked here'
  done
done

finish
