# SPDX-License-Identifier: Apache-2.0
# A user who is not root, for tests of what differs for one: sourced after lib.sh. Where the test runs as root, one that
# the system has; else the user who runs it. $plain its number, $plain_home its home, $bin programs that it can reach.
chmod 0755 "$box"
bin=$box/bin
mkdir "$bin" && cp "$PVM_STAGE/bin/pvmctl" "$PVM_STAGE/bin/safe-rm" "$bin/"
plain_home=$box/plain
mkdir -p "$plain_home/above/pvm" "$plain_home/work"
chmod 700 "$plain_home/above/pvm"
plain=$(id -u)
if [ "$plain" = 0 ]; then
  plain=$(id -u daemon)  # ssh-keygen wants a name for it
  chown -R "$plain:$plain" "$plain_home"
fi
as_plain() {
  local user=()
  [ "$(id -u)" = "$plain" ] || user=(setpriv --reuid "$plain" --regid "$plain" --clear-groups)
  (cd "$plain_home" && exec "${user[@]}" env HOME="$plain_home" PVM_HOME="$plain_home/pvm" USER=plain "$@")
}
