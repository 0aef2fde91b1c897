# SPDX-License-Identifier: Apache-2.0
# In a user namespace that maps its own user and nobody else, as the sandboxes of agents make it: root's directories seem to
# belong to the overflow user. What is root's or ours goes on; what is anybody else's to change, or must be root's, refuses.
. "$(dirname "$0")/lib.sh"
. "$here/plain_user.sh"

# within COMMAND…: as the plain user, in such a namespace.
within() { as_plain unshare --user --map-user="$plain" --map-group="$plain" -- "$@"; }

ends 0 as_plain "$bin/pvmctl" init --no-passphrase --no-passphrase --approve-without-terminal
ends 0 as_plain "$bin/pvmctl" allow --agent claude rm "$plain_home/work/build/" --yes
as_plain mkdir -p "$plain_home/work/build" "$plain_home/work/thesis"
ok "the root directory is nobody's here" [ "$(within stat -c %u /)" = "$(cat /proc/sys/kernel/overflowuid)" ]

ends 0 within "$bin/safe-rm" -r "$plain_home/work/build"
ok "it is gone" [ ! -e "$plain_home/work/build" ]
ends 1 within "$bin/safe-rm" -r "$plain_home/work/thesis"
complains "denied: agent 'claude' has no grant"
ok "it is there" [ -d "$plain_home/work/thesis" ]
ends 0 within "$bin/pvmctl" audit verify
ends 75 within env PVM_WAIT=0 "$bin/safe-rm" -r "$plain_home/work/thesis"

# A directory that others may change is refused, whoever it belongs to.
as_plain chmod 0777 "$plain_home/above"
ends 125 within env PVM_HOME="$plain_home/above/pvm" "$bin/safe-rm" -r "$plain_home/work/thesis"
complains "can be written by its group or by others"
as_plain chmod 0755 "$plain_home/above"

# Where root has a number, the overflow user is not root.
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$box/others/pvm" && chown 65534 "$box/others" && chown "$plain" "$box/others/pvm" && chmod 700 "$box/others/pvm"
  ends 125 as_plain env PVM_HOME="$box/others/pvm" "$bin/safe-rm" -r "$plain_home/work/thesis"
  complains "belongs to user 65534"
fi
finish
