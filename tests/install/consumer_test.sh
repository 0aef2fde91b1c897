#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is installed is all there, and serves others: a program builds on libpvm by the CMake package and by pkg-config.
# PVM_STAGE: the directory that PVM was installed into. CXX and CXXFLAGS count, as for any build.
set -u
: "${PVM_STAGE:?the directory that PVM was installed into}"
stage=$(cd "$PVM_STAGE" && pwd -P) || exit 99
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
grant=$tests/data/grant_good.txt
box=$(mktemp -d "${TMPDIR:-/tmp}/pvm-install-XXXXXX") || exit 99
trap '/bin/rm -rf -- "$box"' EXIT

checks=0
failures=0
# ok NAME COMMAND…: the command must succeed; what it said is shown where it does not.
ok() {
  local name=$1
  shift
  checks=$((checks + 1))
  if "$@" >"$box/log" 2>&1; then return 0; fi
  failures=$((failures + 1))
  echo "FAILED: $name"
  sed 's/^/  /' "$box/log"
  return 1
}

pc=$(find "$stage" -name pvm.pc)
lib=${pc%/pkgconfig/pvm.pc}
ok "there is one pvm.pc, in LIBDIR/pkgconfig" test -f "$lib/pkgconfig/pvm.pc"

for program in safe-rm safe-trash safe-git-push pvmctl; do
  ok "bin/$program is a program" test -x "$stage/bin/$program"
done
ok "lib/pvm/pvm-serve is a program" test -x "$stage/lib/pvm/pvm-serve"
ok "pvmctl starts without the libraries of pvm-serve" sh -c '! ldd "$1" | grep -q -e libcurl -e libyaml' - "$stage/bin/pvmctl"
for file in \
  include/pvm/libpvm/{base/result,model/grant,crypto/sha256,system/places,vault/vault,gate/gate,frontend/wording}.hpp \
  share/man/man1/{safe-rm,safe-trash,safe-git-push,pvmctl,pvmctl-approve,pvmctl-shim-exec}.1 \
  share/bash-completion/completions/pvmctl \
  share/zsh/site-functions/_pvmctl \
  share/fish/vendor_completions.d/pvmctl.fish \
  share/doc/pvm/{README.md,LICENSE,ARCHITECTURE.md,AUDIT-FORMAT.md,GRANT-FORMAT.md,THREAT-MODEL.md,DEPENDENCIES.md} \
  share/doc/pvm/decisions/0001-configuration-is-a-strict-subset-of-yaml.md \
  share/doc/pvm/examples/config.yaml; do
  ok "$file is there" test -s "$stage/$file"
done
for file in cmake/pvm/{pvmConfig,pvmConfigVersion,pvmTargets}.cmake; do
  ok "$file is there" test -s "$lib/$file"
done
ok "the library is there" test -s "$lib/libpvm.a" -o -s "$lib/libpvm.so"

for pair in rm:safe-rm git:safe-git-push trash:safe-trash trash-put:safe-trash; do
  shim=$stage/lib/pvm/shims/${pair%:*}
  ok "the shim $pair is a relative link" test "$(readlink "$shim")" = "../../../bin/${pair#*:}"
  ok "the shim $pair leads there" test "$(readlink -f "$shim")" = "$stage/bin/${pair#*:}"
done
# shellcheck disable=SC2016
ok "shim env names it, where no other shim was made" env -i HOME="$box/home" PATH=/usr/bin:/bin sh -c '
  eval "$("$1/bin/pvmctl" shim env)" && test "$(command -v rm)" = "$1/lib/pvm/shims/rm"' sh "$stage"

# The build tree and the place of a package's making must not be in what it tells others.
# shellcheck disable=SC2016
ok "nothing installed for builds names a place" sh -c '! grep -nF -e "$1" -e "$2" -r "$3/cmake/pvm" "$3/pkgconfig"' \
  sh "$stage" "$(dirname "$tests")" "$lib"

# serves PROGRAM: it runs, and says what the grant is about.
serves() {
  local said expected
  said=$(LD_LIBRARY_PATH=$lib "$1" <"$grant") || return 1
  expected=$(printf 'agent claude\ncovered 10\nsha256 %s\nvault 0' "$(sha256sum <"$grant" | cut -d' ' -f1)")
  echo "$said"
  [ "$said" = "$expected" ]
}

export PKG_CONFIG_PATH=$lib/pkgconfig
ok "CMake finds the package" cmake -S "$tests/consumer" -B "$box/cmake" -DCMAKE_PREFIX_PATH="$stage" &&
  ok "and builds on it" cmake --build "$box/cmake" &&
  ok "and the program runs" serves "$box/cmake/consumer"

# The words of pkg-config and of CXXFLAGS are meant to be split.
# shellcheck disable=SC2046,SC2086
for static in "" --static; do
  program=$box/by-pkg-config$static
  ok "a program builds by pkg-config $static" ${CXX:-c++} -std=c++20 ${CXXFLAGS-} "$tests/consumer/main.cpp" \
    $(pkg-config $static --cflags --libs pvm) -o "$program" &&
    ok "and runs" serves "$program"
done

echo "$checks checks, $failures failures"
[ "$failures" = 0 ] && [ "$checks" -gt 0 ]
