# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# Where packaging/bench measures: the place, the build, vaults, the keeper, and what is said of the machine.

keeper=

check_place() {
  [[ ! -e /etc/pvm ]] || die 2 "/etc/pvm rules on this machine, and PVM_HOME cannot name another vault"
  mkdir -p "$place"
  place="$(cd "$place" && pwd -P)"
  local kind
  kind="$(stat --file-system --format=%T "$place")"
  case "$kind" in
    tmpfs | ramfs) die 2 "$place is in memory ($kind): a durable write costs nothing there; use --in DIR" ;;
  esac
}

configure_and_build() {
  cmake --preset release -B "$1" -DPVM_BENCHMARKS=ON &&
    cmake --build "$1" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" --target benchmarks
}

build() {
  local tree="$PWD/build/bench-release" log="$box/build.log"
  say "build"
  if ! configure_and_build "$tree" >"$log" 2>&1; then
    cat "$log" >&2
    die 1 "the build failed"
  fi
  safe_rm="$tree/wrappers/rm/safe-rm"
  pvmctl="$tree/pvmctl/pvmctl"
  tools="$tree/tests/bench"
}

# The directories in which commands run: what is beneath `granted` is granted.
make_work() {
  mkdir -p "$box/work/granted" "$box/work/denied"
  : >"$box/work/denied/victim"
}

# make_home NAME: where a vault can be made: a key, and trust in it.
make_home() {
  mkdir -m 700 "$box/$1"
  ssh-keygen -q -t ed25519 -N '' -C bench -f "$box/$1/key"
  printf 'bench namespaces="pvm-grant-v1" %s\n' "$(<"$box/$1/key.pub")" >"$box/$1/allowed_signers"
}

# make_vault NAME COUNT: a vault with COUNT fillers and one grant for what is in work/granted.
make_vault() {
  say "a vault with $2 grants"
  make_home "$1"
  "$tools/fill_vault" "$box/$1" "$2" "$box/work/granted/**"
  sync "$box/$1/vault.db" "$box/$1"
}

# --- the keeper

# start_keeper NAME: `pvmctl keep` beside what is measured next, on that vault.
start_keeper() {
  local tries
  : >"$box/keeper.out"
  PVM_HOME="$box/$1" "$pvmctl" keep >"$box/keeper.out" 2>"$box/keeper.err" &
  keeper=$!
  for ((tries = 0; tries < 500; ++tries)); do
    ! grep -q "^keeping " "$box/keeper.out" || return 0
    sleep 0.02
    kill -0 "$keeper" 2>/dev/null || break
  done
  cat "$box/keeper.err" >&2
  die 1 "pvmctl keep does not keep the vault"
}

stop_keeper() {
  local stopped="$keeper" status=0
  [[ -n "$keeper" ]] || return 0
  keeper=
  kill -TERM "$stopped"
  wait "$stopped" || status=$?
  [[ "$status" == 0 ]] || fault "pvmctl keep ended with status $status"
}

# --- the machine

load() {
  cut --delimiter=' ' --fields=1-3 /proc/loadavg
}

tell_if_busy() {
  if (($(cut --delimiter=. --fields=1 /proc/loadavg) >= $(nproc))); then
    say "the machine was busy, perhaps with something else: then these times tell little"
  fi
}

print_machine() {
  printf '%s processors (%s), Linux %s, %s\n' "$(nproc)" \
    "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)" "$(uname -r)" \
    "$(df --output=fstype "$box" | tail -n 1)"
}

clean_up() {
  if [[ -n "$keeper" ]]; then kill -TERM "$keeper" 2>/dev/null || true; fi
  if [[ "$keep" == yes ]]; then
    say "kept: $box"
  else
    /bin/rm -rf -- "$box"
    rmdir --ignore-fail-on-non-empty -- "$place"
  fi
}
