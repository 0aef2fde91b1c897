# SPDX-License-Identifier: Apache-2.0
# The shim holds: in every kind of shell that an agent may start, through an upgrade, and until it is taken out.
. "$(dirname "$0")/lib.sh"
unset PVM_AGENT
export PATH=/usr/bin:/bin
pvmctl=$PVM_STAGE/bin/pvmctl
"$pvmctl" init --no-passphrase --no-passphrase --approve-without-terminal >/dev/null 2>&1 || exit 99
shims=$HOME/pvm/shims
profiles=".profile .zshenv .zprofile .config/fish/conf.d/pvm.fish"
# agent COMMAND…: as an agent that was started with the shim.
agent() { "$pvmctl" shim exec --agent tester -- "$@"; }

# ---- shim exec -----------------------------------------------------------------------------------
# Installed together with pvmctl there are shims already: one line starts an agent.
echo x >keep
ends 1 "$pvmctl" shim exec -- sh -c 'rm keep'
complains "denied: agent 'sh@$box/real/work' has no grant"
exists keep
mkdir -p "$HOME/src/app" "$HOME/src/b b"
cd "$HOME/src/app" || exit 99
ends 0 "$pvmctl" shim exec -- /bin/sh -c 'echo "$PVM_AGENT"'
says 'sh@~/src/app'
cd "$HOME/src/b b" || exit 99
ends 0 "$pvmctl" shim exec -- sh -c 'echo "$PVM_AGENT"'
ok "a name with a space is made plain, and told from others" grep -qE '^sh@~/src/b_b:[0-9a-f]{8}$' "$box/out"
cd "$box/link/work" || exit 99
ends 0 agent sh -c 'printf "%s\n" "$PVM_AGENT" "${PATH%%:*}" "$@"' name '[a,b]' -- --agent '' 'c d'
ok "words are handed on as they are" cmp -s "$box/out" <(printf '%s\n' tester "$PVM_STAGE/lib/pvm/shims" '[a,b]' -- --agent '' 'c d')
ends 7 agent sh -c 'exit 7'
ends 127 agent no-such-program
complains "there is no program 'no-such-program'"
: >plain
ends 126 agent ./plain
printf '#!/bin/sh\necho "$0"\n' >program && chmod +x program
ends 0 agent ./program  # by a path from here
says /program
ends 0 env PATH=:/usr/bin:/bin "$pvmctl" shim exec -- program  # an empty place in PATH is here, too
says /program
ends 2 "$pvmctl" shim exec --agent 'a b' -- true
ends 2 "$pvmctl" shim exec
ends 125 env PVM_HOME="$box/nowhere" "$pvmctl" shim exec -- touch ran
complains 'pvmctl init'
is_gone ran

# bash reads BASH_ENV before a script: there the shim comes back where PATH was assigned anew, and the user's own is read too.
echo 'echo from-own-bash-env' >"$box/own.bash"
ends 1 env BASH_ENV="$box/own.bash" "$pvmctl" shim exec --agent tester -- env PATH=/usr/bin:/bin bash -c 'rm keep'
says from-own-bash-env
complains "denied: agent 'tester'"
# In an agent that starts an agent as well, once each.
ends 0 env BASH_ENV="$box/own.bash" "$pvmctl" shim exec --agent a -- "$pvmctl" shim exec --agent b -- bash -c 'echo "$PVM_AGENT $PATH"'
ok "read once" [ "$(grep -c from-own-bash-env "$box/out")" = 1 ]
says "b $PVM_STAGE/lib/pvm/shims:/usr/bin:/bin"

# Two shim directories, one within the other's program: still bash, and still what the human's BASH_ENV leads to.
PVM_TWO=$box/two
ends 0 "$pvmctl" shim install --no-profiles --dir "$PVM_TWO"
mkdir "$HOME/rc" && echo 'echo from-own-bash-env' >"$HOME/rc/own.bash"
ends 0 env BASH_ENV='$HOME/rc/own.bash' "$pvmctl" shim exec --dir "$PVM_TWO" -- "$pvmctl" shim exec -- bash -c 'echo "hello $PATH"'
says "hello $PVM_STAGE/lib/pvm/shims:$PVM_TWO:/usr/bin:/bin"
ok "read once, expanded as bash does" [ "$(grep -c from-own-bash-env "$box/out")" = 1 ]
echo 'echo WRONG' >"$box/be.sh" && echo 'echo RIGHT' >be.sh
ends 0 env BASH_ENV=be.sh PATH="$box:/usr/bin:/bin" "$pvmctl" shim exec -- bash -c true
says RIGHT
echo 'exit 3' >"$box/own.bash"
ends 3 env BASH_ENV="$box/own.bash" "$pvmctl" shim exec -- bash -c true
ends 0 "$pvmctl" shim remove --dir "$PVM_TWO"
cp /bin/echo "$box/real/work/prog"
ends 0 "$pvmctl" shim exec -- ./prog hello
ends 0 env PATH=".:/usr/bin:/bin" "$pvmctl" shim exec -- prog hello

# ---- a login shell loses it, and is told of; install mends that -----------------------------------
ends 0 agent "$pvmctl" shim test -- bash -c
ends 0 agent "$pvmctl" shim test -- bash -lc  # by BASH_ENV, which it reads after /etc/profile
ends 1 agent env -u BASH_ENV "$pvmctl" shim test -- bash -lc
says "unsafe  bash -lc: rm is not gated: it runs '/"
ends 1 agent "$pvmctl" shim test -- sh -lc
ends 0 "$pvmctl" shim install
for profile in $profiles; do
  ok "$profile has the block" grep -q '>>> pvm shim >>>' "$HOME/$profile"
done
is_gone "$HOME/.bash_profile"
ok "what bash reads is what is installed" cmp -s "$shims/.bash_env" "$PVM_STAGE/lib/pvm/shims/.bash_env"
ok "rm is a link to the wrapper" [ "$(readlink "$shims/rm")" = "$PVM_STAGE/bin/safe-rm" ]
ok "git is a link to its wrapper" [ "$(readlink "$shims/git")" = "$PVM_STAGE/bin/safe-git-push" ]
for name in trash trash-put; do
  ok "$name is a link to its wrapper" [ "$(readlink "$shims/$name")" = "$PVM_STAGE/bin/safe-trash" ]
done
for launcher in 'sh -c' 'sh -lc' 'bash -c' 'bash -lc' 'bash -ic' 'bash -lic' 'zsh -c' 'zsh -lc' 'zsh -ic' 'fish -c' 'fish -lc' \
  'fish -ic' bash zsh fish sh env 'nice -n 1' 'timeout 9' 'env PATH=/usr/bin:/bin bash -lc' 'bash --login -c'; do
  # shellcheck disable=SC2086
  ends 0 agent env -u BASH_ENV "$pvmctl" shim test -- $launcher
  says ": rm, git, trash, trash-put are gated"
done
ends 0 agent "$pvmctl" shim test
ok "all the usual ones are asked" [ "$(grep -c '^ok ' "$box/out")" = 11 ]
for launcher in 'env -i' 'env -i bash -c' 'env PATH=/usr/bin:/bin sh -c' 'env -u PVM_AGENT bash -lc'; do
  # shellcheck disable=SC2086
  ends 1 agent "$pvmctl" shim test -- $launcher
  says ": rm is not gated"
  says ": trash-put is not gated"
done
printf '#!/bin/sh\nexport PATH=/usr/bin:/bin\nexec "$@"\n' >"$box/launcher" && chmod +x "$box/launcher"
ends 1 agent "$pvmctl" shim test -- "$box/launcher"
says "rm is not gated: it runs '/usr/bin/rm'"
printf '#!/bin/sh\nexec bash -lc "$*"\n' >"$box/launcher"
ends 0 agent "$pvmctl" shim test -- "$box/launcher"
# An alias with options is gated; what is left running in the background does not hold the answer up.
printf 'alias rm="rm -i"\nsleep 50 &\necho $! >"$HOME/sleeper"\n' >"$HOME/.zshenv.more"
cp "$HOME/.zshenv" "$HOME/.zshenv.kept" && cat "$HOME/.zshenv.more" >>"$HOME/.zshenv"
ends 0 agent "$pvmctl" shim test -- zsh -c
ok "what it left running has ended" sh -c 'state=$(ps -o stat= -p "$(cat "$1")"); [ "${state#Z}" != "$state" ] || [ -z "$state" ]' - "$HOME/sleeper"
mv "$HOME/.zshenv.kept" "$HOME/.zshenv"
# One that does not answer keeps no other from being asked; install says what its blocks do not mend.
printf 'export PATH=/usr/bin:/bin\n' >"$HOME/.bashrc"
ends 1 agent "$pvmctl" shim test
says 'unsafe  bash -ic: rm is not gated'
says 'ok      fish -ic: rm, git, trash, trash-put are gated'
ends 1 "$pvmctl" shim install
says 'unsafe  bash -ic: rm is not gated'
"$REAL" "$HOME/.bashrc"
# A function in front of it is what runs.
printf 'rm() { /bin/rm "$@"; }\n' >"$box/own.bash"
ends 1 env BASH_ENV="$box/own.bash" "$pvmctl" shim exec -- "$pvmctl" shim test -- bash -c
ends 1 "$pvmctl" shim test --json -- sh -c
ok "JSON: not gated" [ "$(json 'launchers[0].names[0].gated')" = 0 ]
ok "JSON: what it runs" [ "$(json 'launchers[0].names[0].runs')" = /usr/bin/rm ]
ok "JSON: the next step" grep -q 'this is no agent' "$box/out"
ends 127 agent "$pvmctl" shim test -- no-such-launcher -c
complains "there is no program 'no-such-launcher' to ask"
ends 127 agent "$pvmctl" shim test -- ./plain
run "$pvmctl" doctor
says "with pvmctl shim exec the gated names lead to PVM in every shell that is installed"
ends 1 env PVM_AGENT=x "$pvmctl" doctor
says "in this shell the gated names do not lead to PVM by way of sh -c"

# The human's own shells are as they were.
ends 0 bash -lc 'command -v rm'
ok "without PVM_AGENT the block does nothing" grep -qE '^(/usr)?/bin/rm$' "$box/out"

# ---- the files of shells --------------------------------------------------------------------------
before=$(cat "$HOME/.profile")
ends 0 "$pvmctl" shim install
says 'block was there'
# Without --all: the links and the blocks that name them, and nothing that names others.
ends 0 "$pvmctl" shim remove --dir "$box/elsewhere"
ok "a block for others stays" grep -q '>>> pvm shim >>>' "$HOME/.profile"
ends 0 "$pvmctl" shim remove
is_gone "$HOME/.profile"
ends 0 "$pvmctl" shim install
before=$(cat "$HOME/.profile")
ends 0 "$pvmctl" shim install
ok "a second time changes nothing" [ "$before" = "$(cat "$HOME/.profile")" ]
ends 0 "$pvmctl" shim remove --all
says "removed '$shims/rm'"
says "'$HOME/pvm'"
ok "the next step is about what stays" grep -q -- "-r -- $HOME/pvm" "$box/err"
for profile in $profiles; do is_gone "$HOME/$profile"; done
is_gone "$shims"
exists "$HOME/pvm/vault.db"
ends 0 "$pvmctl" shim remove --all

# What was in them stays as it was, to the byte and the mode; bash reads .bash_profile in place of .profile.
printf 'export FOO=1' >"$HOME/.profile" && chmod 0600 "$HOME/.profile"
printf '# mine\n\n' >"$HOME/.bash_profile"
ends 0 "$pvmctl" shim install
ok "the mode is kept" [ "$(stat -c %a "$HOME/.profile")" = 600 ]
ends 0 agent "$pvmctl" shim test -- bash -lc
ends 0 agent "$pvmctl" shim test -- sh -lc
ends 0 "$pvmctl" shim remove --all
ok ".bash_profile is as it was" cmp -s "$HOME/.bash_profile" <(printf '# mine\n\n')
ok ".profile is as it was, with a last newline" cmp -s "$HOME/.profile" <(printf 'export FOO=1\n')

# A symbolic link, a read-only file, one of somebody else's making, half a block: left alone, said so, the rest is done.
mkdir "$HOME/dotfiles"
mv "$HOME/.bash_profile" "$HOME/dotfiles/bash_profile"
ln -s dotfiles/bash_profile "$HOME/.bash_profile"
chmod 0444 "$HOME/.profile"
printf '# >>> pvm shim >>>\nhalf\n' >"$HOME/.zshenv"
mkdir -p "$HOME/.zprofile"
ends 1 "$pvmctl" shim install
says "left alone: '$HOME/.bash_profile' is a symbolic link"
says "left alone: '$HOME/.profile' is read-only"
says "left alone: '$HOME/.zshenv' has a begin or an end mark"
says "left alone: '$HOME/.zprofile'"
says "$HOME/.config/fish/conf.d/pvm.fish': block added"
complains 'pvmctl shim env --block'
ok "the link is still one" test -L "$HOME/.bash_profile"
ok "what it leads to is as it was" cmp -s "$HOME/dotfiles/bash_profile" <(printf '# mine\n\n')
ok "the read-only file is as it was" cmp -s "$HOME/.profile" <(printf 'export FOO=1\n')
ok "half a block is as it was" cmp -s "$HOME/.zshenv" <(printf '# >>> pvm shim >>>\nhalf\n')
"$pvmctl" shim env --block >>"$HOME/dotfiles/bash_profile" 2>/dev/null
ends 0 agent "$pvmctl" shim test -- bash -lc
ends 1 "$pvmctl" shim remove --all
says "left alone: '$HOME/.bash_profile' is a symbolic link"
if [ "$(id -u)" = 0 ]; then
  "$REAL" -rf "$HOME/.bash_profile" "$HOME/.zshenv" "$HOME/.zprofile" "$HOME/.profile"
  : >"$HOME/.profile" && chown 12345 "$HOME/.profile"
  ends 1 "$pvmctl" shim install
  says "left alone: '$HOME/.profile' belongs to user 12345, not to you"
fi
"$REAL" -rf "$HOME/.bash_profile" "$HOME/.zshenv" "$HOME/.zprofile" "$HOME/.profile"

# ---- bad places for the links ---------------------------------------------------------------------
git -c init.defaultBranch=main init -q "$box/tree"
ends 125 "$pvmctl" shim install --dir "$box/tree/deep/shims"
complains "is in the git work tree '$box/tree'"
is_gone "$box/tree/deep"
ln -s tree "$box/to-tree"
ends 125 "$pvmctl" shim install --dir "$box/to-tree/shims"
mkdir "$box/taken" && : >"$box/taken/rm"
ends 1 "$pvmctl" shim install --dir "$box/taken"
ends 2 "$pvmctl" shim install --dir "$box/a:b"
ends 2 "$pvmctl" shim install --dir "$box/a
b"
ends 2 env -u HOME PVM_HOME="$PVM_HOME" "$pvmctl" shim remove --all --dir "$box/x"
mkdir "$HOME/.git"  # a home that is a work tree of its own is nobody's build
ends 0 "$pvmctl" shim install --no-profiles
is_gone "$HOME/.profile"

[ "$(id -u)" = 0 ] || ends 1 "$pvmctl" shim install --system

# A directory with a quote, a blank and a dollar in its name.
odd="$box/o'd \$(touch $box/ran) \`touch $box/ran\` \$d"
ends 0 "$pvmctl" shim install --dir "$odd"
for launcher in 'bash -lc' 'zsh -lc' 'fish -lc' 'sh -lc'; do
  # shellcheck disable=SC2086
  ends 0 "$pvmctl" shim exec --dir "$odd" -- "$pvmctl" shim test -- $launcher
done
ends 1 "$pvmctl" shim exec --dir "$odd" -- env PATH=/usr/bin:/bin bash -c "rm $box/real/work/keep"
complains 'has no grant'
is_gone "$box/ran"
ends 0 "$pvmctl" shim remove --all --dir "$odd"

# ---- at no moment does a link dangle ---------------------------------------------------------------
ends 0 "$pvmctl" shim install --no-profiles
(
  while [ -e "$box/go" ] || [ ! -e "$box/gone" ]; do
    [ -e "$box/go" ] || continue
    [ -x "$shims/rm" ] || : >"$box/dangled"
    : >"$box/looked"
  done
) &
watcher=$!
: >"$box/go"
for _ in 1 2 3 4 5 6 7 8 9 10; do "$pvmctl" shim install --no-profiles >/dev/null 2>&1; done
"$REAL" "$box/go"
: >"$box/gone"
wait "$watcher"
exists "$box/looked"
is_gone "$box/dangled"

# Nor while the whole is installed anew, over itself.
build=$(dirname "$(dirname "$PVM_STAGE")")
traced=$box/trace
ends 0 strace -f -qq -e trace=unlink,unlinkat,rename,renameat,renameat2,open,openat,creat -o "$traced" \
  cmake --install "$build" --prefix "$box/prefix"
ends 0 strace -f -qq -e trace=unlink,unlinkat,rename,renameat,renameat2,open,openat,creat -o "$traced" \
  cmake --install "$build" --prefix "$box/prefix"
ok "the wrapper is renamed into its place" grep -qE 'rename.*"[^"]*/prefix/bin/safe-rm"' "$traced"
ok "the link is renamed into its place" grep -qE 'rename.*"[^"]*/prefix/lib/pvm/shims/rm"' "$traced"
ok "neither is taken away or written in place" \
  sh -c '! grep -E "unlink[^\"]*\"[^\"]*/(bin/safe-rm|shims/rm)\"|/(bin/safe-rm|shims/rm)\", [^)]*O_(WRONLY|RDWR|TRUNC)" "$1"' - "$traced"
ok "the manifest names what is there" \
  sh -c 'grep -qx "$1/bin/safe-rm" "$2" && grep -qx "$1/lib/pvm/shims/rm" "$2" && ! grep -q pvm-new "$2"' - "$box/prefix" "$build/install_manifest.txt"
ok "nothing lies about" [ -z "$(find "$box/prefix/lib/pvm" "$box/prefix/bin" -name '*new*')" ]

# ---- who still has it ------------------------------------------------------------------------------
"$pvmctl" shim exec -- sleep 60 &
sleeper=$!
for _ in $(seq 100); do
  grep -qz "^PATH=$shims:" "/proc/$sleeper/environ" 2>/dev/null && break
  sleep 0.05
done
ends 0 "$pvmctl" shim remove --all
says "sleep (process $sleeper)"
kill "$sleeper"
wait "$sleeper" 2>/dev/null

finish
