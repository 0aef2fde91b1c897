# SPDX-License-Identifier: Apache-2.0
# shim install --system: as root, for every user, in the files of /etc. Here /etc is a copy that nobody else sees.
. "$(dirname "$0")/own_root.sh"
. "$(dirname "$0")/lib.sh"
unset PVM_AGENT
export PATH=/usr/bin:/bin
pvmctl=$PVM_STAGE/bin/pvmctl
shims=$PVM_STAGE/lib/pvm/shims

# Disarmed first: what is written must land in the copy.
mkdir "$box/etc"
cp -a /etc/profile /etc/profile.d /etc/passwd /etc/group /etc/nsswitch.conf /etc/bash.bashrc /etc/zsh /etc/fish "$box/etc/" 2>/dev/null
find "$box/etc" -name 'pvm*' -delete
mount --bind "$box/etc" /etc || exit 99
: >/etc/pvm-is-a-copy
[ -e "$box/etc/pvm-is-a-copy" ] || exit 99
"$REAL" /etc/pvm-is-a-copy
find /etc -type f -exec sha256sum {} + | sort -k2 >"$box/before"

ends 0 "$pvmctl" init --no-passphrase --no-passphrase --approve-without-terminal
# login PROGRAM…: in the environment of an agent that nobody gave a PATH.
login() { env -i HOME="$HOME" PVM_HOME="$PVM_HOME" PVM_AGENT=nightly PATH=/usr/bin:/bin "$@"; }
: >keep
ends 1 login "$pvmctl" shim test -- bash -lc
ends 0 "$pvmctl" shim install --system
says "'/etc/profile.d/pvm.sh': block added"
is_gone "$HOME/.profile"
is_gone "$PVM_HOME/shims"
for launcher in 'bash -lc' 'sh -lc' 'zsh -c' 'zsh -lc' 'fish -c' 'fish -lc'; do
  # shellcheck disable=SC2086
  ends 0 login "$pvmctl" shim test -- $launcher
done
ends 1 login bash -lc "rm $PWD/keep"
complains "denied: agent 'nightly'"
exists keep
ok "only with an agent's name" [ "$(env -i HOME="$HOME" bash -lc 'command -v rm')" != "$shims/rm" ]
ends 0 "$pvmctl" shim install --system
says 'block was there'
ends 0 "$pvmctl" shim remove --all --system
find /etc -type f -exec sha256sum {} + | sort -k2 >"$box/after"
ok "/etc is as it was" cmp "$box/before" "$box/after"
exists "$shims/rm"
ends 1 login "$pvmctl" shim test -- bash -lc
finish
