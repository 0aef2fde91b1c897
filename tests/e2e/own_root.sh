# SPDX-License-Identifier: Apache-2.0
# For tests that mount: sourced before lib.sh, it starts the test anew in user and mount namespaces of its own, with a
# root directory of its own whose directories all belong to it, as PVM wants of those above a vault. The system, the
# tests and what is installed are bound into it; nothing that is mounted in there is seen outside.
#
# With own_root_users=yes it has users as well: an /etc of its own, a copy, where the test adds some, and /var/lib. That
# takes more than one user id, and so root, or newuidmap (package uidmap) with ids of ours in /etc/subuid.
if [ -z "${PVM_OWN_ROOT:-}" ]; then
  tests=$(cd "$(dirname "$0")/.." && pwd -P)
  PVM_STAGE=$(cd "$PVM_STAGE" && pwd -P)
  export PVM_STAGE PVM_OWN_ROOT=yes
  apart=(unshare --user --map-root-user --mount --propagation private)
  if [ -n "${own_root_users:-}" ]; then
    if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
      apart=(unshare --mount --propagation private)
    elif command -v newuidmap >/dev/null; then
      apart=(unshare --user --map-root-user --map-auto --mount --propagation private)
    else
      echo "FAILED: this test needs several user ids: run it as root, or with newuidmap (package uidmap)"
      exit 1
    fi
  fi
  root=$(mktemp -d "${TMPDIR:-/tmp}/pvm-root-XXXXXX")
  unset TMPDIR
  "${apart[@]}" sh -euc '
    root=$1 tests=$2 users=$4
    mount -t tmpfs -o mode=0755 tmpfs "$root"
    mkdir -m 1777 "$root/tmp"
    mkdir "$root/mnt"
    if [ -n "$users" ]; then
      mkdir -p "$root/var/lib"
      cp -a /etc "$root/etc" 2>/dev/null || [ -r "$root/etc/passwd" ]
      rm -rf "$root/etc/pvm"
    fi
    for part in /usr /bin /sbin /lib /lib32 /lib64 /etc /dev /proc "$PVM_STAGE" "$tests"; do
      if [ -L "$part" ]; then
        ln -s "$(readlink "$part")" "$root$part"
      elif [ -d "$part" ] && ! { [ -n "$users" ] && [ "$part" = /etc ]; }; then
        mkdir -p "$root$part"
        mount --rbind "$part" "$root$part"
      fi
    done
    exec chroot "$root" bash "$tests/e2e/$3"' - "$root" "$tests" "$(basename "$0")" "${own_root_users:-}"
  status=$?
  rmdir "$root"
  exit "$status"
fi
