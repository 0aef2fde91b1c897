# SPDX-License-Identifier: Apache-2.0
# For tests that mount: sourced before lib.sh, it starts the test anew in user and mount namespaces of its own, with a
# root directory of its own whose directories all belong to it, as PVM wants of those above a vault. The system, the
# tests and what is installed are bound into it; nothing that is mounted in there is seen outside.
if [ -z "${PVM_OWN_ROOT:-}" ]; then
  tests=$(cd "$(dirname "$0")/.." && pwd -P)
  PVM_STAGE=$(cd "$PVM_STAGE" && pwd -P)
  export PVM_STAGE PVM_OWN_ROOT=yes
  root=$(mktemp -d "${TMPDIR:-/tmp}/pvm-root-XXXXXX")
  unset TMPDIR
  unshare --user --map-root-user --mount --propagation private sh -euc '
    root=$1 tests=$2
    mount -t tmpfs -o mode=0755 tmpfs "$root"
    mkdir -m 1777 "$root/tmp"
    mkdir "$root/mnt"
    for part in /usr /bin /sbin /lib /lib32 /lib64 /etc /dev /proc "$PVM_STAGE" "$tests"; do
      if [ -L "$part" ]; then
        ln -s "$(readlink "$part")" "$root$part"
      elif [ -d "$part" ]; then
        mkdir -p "$root$part"
        mount --rbind "$part" "$root$part"
      fi
    done
    exec chroot "$root" bash "$tests/e2e/$3"' - "$root" "$tests" "$(basename "$0")"
  status=$?
  rmdir "$root"
  exit "$status"
fi
