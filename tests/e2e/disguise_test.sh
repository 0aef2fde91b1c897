# SPDX-License-Identifier: Apache-2.0
# What the caller can dress up: the name that safe-rm is called by, and the variables that glibc would follow.
. "$(dirname "$0")/lib.sh"
set_up
ends 0 pvmctl allow --agent claude rm "$box/real/work/scene" --for 1h --yes
export ASAN_OPTIONS=detect_leaks=0 # which does not work under ptrace

# A program of many names (busybox, a single-binary coreutils) would be the one that argv[0] says.
for name in sh chmod /tmp/x/mv safe-rm '' 'rm '; do
  a_tree scene
  run strace -f -qq -e trace=execve -e signal=none -o "$box/calls" \
    bash -c 'exec -a "$1" "$2" -rf scene' bash "$name" "$PVM_STAGE/bin/safe-rm"
  ok "called as '$name' it removes (was $status)" [ "$status" = 0 ]
  is_gone scene
  ok "called as '$name' the real one is told 'rm'" grep -q 'execve("/[a-z/]*/rm", \["rm", ' "$box/calls"
  run bash -c 'exec -a "$1" "$2" --version' bash "$name" "$PVM_STAGE/bin/safe-rm"
  says "rm (GNU coreutils)"
done

# A locale's charset conversion is a shared object, and these variables say where it lies.
mkdir -p "$box/locales/evil.UTF-8/LC_CTYPE" "$box/gconv"
echo 'module EVIL// INTERNAL EVIL 1' >"$box/gconv/gconv-modules"
for locale in evil evil.UTF-8 C.UTF-8 "$box/locales/evil.UTF-8" ../../evil; do
  run env LOCPATH="$box/locales" GCONV_PATH="$box/gconv" LOCALE_ARCHIVE="$box/locales/archive" LC_ALL="$locale" \
    strace -f -qq -e trace=openat,open -o "$box/calls" safe-rm $'/no/\xe9\xe8'
  ok "LC_ALL=$locale: rm's own answer" [ "$status" = 1 ]
  complains "cannot remove"
  ok "LC_ALL=$locale: nothing of the caller's is opened" sh -c "! grep -qF -e '$box/locales' -e '$box/gconv' '$box/calls'"
done
finish
