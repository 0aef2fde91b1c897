# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# GNU coreutils' tests of rm, for packaging/peers. They are made to run in the tree that rm was built in: that is a
# directory of ours, whose src/ is what stands first in PATH. Nothing of coreutils is built, and all else is Debian's.

suite_coreutils() {
  fetch_source coreutils || return
  run_suite coreutils user run_rm_tests rm
  ((EUID == 0)) || { say "coreutils-root: left out, as this is not root"; return 0; }
  run_suite coreutils-root root run_rm_tests rm
}

# run_rm_tests HOW WHO: prints the verdicts.
run_rm_tests() {
  local how="$1" who="$2" tree suite=coreutils test name
  [[ "$who" == user ]] || suite=coreutils-root
  tree="$box/$suite-$how"
  mkdir "$tree"
  cp -r "$place/src/coreutils/tests" "$place/src/coreutils/init.cfg" "$tree"
  echo '#define HAVE_OPENAT 1' >"$tree/config.h"
  ln -s "$(front "$how")" "$tree/src"
  if [[ "$who" == user ]]; then chown -R "$user" "$tree"; fi
  for test in "$tree"/tests/rm/*.{sh,pl,xpl}; do
    name="${test#"$tree/tests/"}"
    ! leaves_out "$suite" "$name" "$how" || continue
    printf '%s\t%s\n' "$name" "$(rm_verdict "$how" "$who" "$tree" "tests/$name")"
  done
}

# rm_verdict HOW WHO TREE TEST: how Automake would call it.
rm_verdict() {
  local how="$1" who="$2" tree="$3" test="$4" run status=0 log version expensive=no
  version="$(/usr/bin/rm --version | sed -n '1s/.* //p')"
  [[ -z "${PVM_THOROUGH-}" ]] || expensive=yes
  log="$place/logs/coreutils-$who-$how-$(basename "$test").log"
  case "$test" in
    *.sh) run=(bash "$test") ;;
    *.pl) run=(perl -w -I./tests -MCuSkip -MCoreutils "-MCuTmpdir qw($test)" "$test") ;;
    *.xpl) run=(perl -T -w -I./tests -MCuSkip -MCoreutils "-MCuTmpdir qw($test)" "$test") ;;
  esac
  (cd "$tree" && as "$who" timeout --kill-after=10 600 env PATH="$tree/src:/usr/sbin:/usr/bin:/sbin:/bin" \
    VERSION="$version" PACKAGE_VERSION="$version" abs_top_builddir="$tree" abs_top_srcdir="$tree" \
    abs_srcdir="$tree" srcdir=. top_srcdir=. built_programs='rm chroot du chmod' fail=0 host_os=linux-gnu \
    host_triplet="$(uname -m)-pc-linux-gnu" CONFIG_HEADER="$tree/config.h" CU_TEST_NAME="rm,$(basename "$test")" \
    CC=gcc AWK=awk EGREP='grep -E' EXEEXT= MAKE=make PERL=perl SHELL=/bin/bash VERBOSE=yes \
    RUN_EXPENSIVE_TESTS="$expensive" RUN_VERY_EXPENSIVE_TESTS="$expensive" "${run[@]}") \
    >"$log" 2>&1 9>&1 </dev/null || status=$?
  case "$status" in
    0) echo PASS ;;
    77) echo SKIP ;;
    99) echo ERROR ;;
    124 | 137) echo TIMEOUT ;;
    *) echo FAIL ;;
  esac
}
