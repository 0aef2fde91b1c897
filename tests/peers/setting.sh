# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Where packaging/peers works: a directory that goes away, an ordinary user, the two directories that stand first in
# PATH, and for each user a vault with a grant for everything.

box=
keepers=()
user=

die() {
  local status="$1"
  shift
  printf 'packaging/peers: %s\n' "$@" >&2
  exit "$status"
}

say() {
  printf '[%5d s] %s\n' "$SECONDS" "$*"
}

# fault TEXT: counts as a failure; the rest is run all the same.
fault() {
  failures=$((failures + 1))
  say "FAILED: $*"
}

# What the peers' tests may do: an action, what goes beyond its plain form, the shim it is for, and scopes.
wide_grants() {
  cat <<'END'
rm     recursive               rm         /**
trash  recursive               trash-put  /**
push   force,delete,mirror,tag git        file:///**#** http://**#** ssh://*/**#** git://*/**#** ext::*#** custom::*#**
END
}

# The user for what root cannot test: where this runs as root, one that every Debian has and who has a name.
make_place() {
  [[ ! -e /etc/pvm ]] || die 2 "/etc/pvm rules on this machine, and PVM_HOME cannot name another vault"
  mkdir -p "$place/verdicts" "$place/logs"
  box="$(mktemp --directory "${TMPDIR:-/tmp}/pvm-peers-XXXXXX")"
  box="$(cd "$box" && pwd -P)"
  chmod 755 "$box"
  user="$(id --user)"
  [[ "$user" != 0 ]] || user="$(id --user daemon)"
  mkdir "$box/home-root" "$box/home-user" "$box/plain"
  chown "$user" "$box/home-user"
  local name
  for name in rm git trash trash-put; do
    if [[ -x /usr/bin/$name ]]; then ln -s "/usr/bin/$name" "$box/plain/$name"; fi
  done
}

clean_up() {
  local keeper
  for keeper in "${keepers[@]}"; do
    kill -TERM "$keeper" 2>/dev/null || true
    wait "$keeper" || true
  done
  # Never across a mount: a test may have left one behind.
  /bin/rm -rf --one-file-system -- "$box"
}

# as WHO COMMAND...: as root or as the user, with nothing of the caller's environment; the vault is WHO's.
as() {
  (become "$@")
}

# become WHO COMMAND...: the same, in place of this shell.
become() {
  local who="$1" change=()
  shift
  if [[ "$who" == user ]] && ((EUID == 0)); then
    change=(setpriv --reuid "$user" --regid "$(id --group "$user")" --clear-groups)
  fi
  exec "${change[@]}" env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$box/home-$who" \
    TMPDIR=/tmp LC_ALL=C PVM_HOME="$box/home-$who/pvm" PVM_AGENT=peer "$@"
}

# Builds this tree as it is installed, unless --stage named one, and puts it where every user can run it.
install_pvm() {
  local tree="$place/release" log="$place/logs/build.log"
  if [[ -n "$stage" ]]; then
    cp -r "$stage" "$box/pvm"
  else
    say "build PVM"
    { cmake --preset release -B "$tree" -DBUILD_TESTING=OFF && cmake --build "$tree" --parallel "$(nproc)" &&
      cmake --install "$tree" --prefix "$box/pvm"; } >"$log" 2>&1 || {
      tail -n 40 "$log" >&2
      die 1 "PVM could not be built"
    }
  fi
}

# front HOW: the directory that stands first in PATH.
front() {
  if [[ "$1" == plain ]]; then echo "$box/plain"; else echo "$box/pvm/lib/pvm/shims"; fi
}

# open_vault WHO: made when it is first wanted, with the grants, and kept open.
open_vault() {
  local who="$1" action may shim scopes pvmctl="$box/pvm/bin/pvmctl" log="$place/logs/vault-$1.log"
  [[ ! -e "$box/home-$who/pvm" ]] || return 0
  as "$who" "$pvmctl" init --approve-without-terminal --no-passphrase --no-passphrase >"$log" 2>&1 ||
    { cat "$log" >&2; die 1 "pvmctl init failed"; }
  # For what git starts: its private exec-path.
  as "$who" "$pvmctl" shim install --no-profiles >>"$log" 2>&1 || { cat "$log" >&2; die 1 "pvmctl shim install failed"; }
  while read -r action may shim scopes; do
    [[ -e "$(front pvm)/$shim" ]] || continue
    local list=()
    read -ra list <<<"$scopes"
    as "$who" "$pvmctl" allow --agent '*' "$action" "${list[@]}" --may "$may" --for 12h --yes >>"$log" 2>&1 ||
      { cat "$log" >&2; die 1 "pvmctl allow $action failed"; }
  done < <(wide_grants)
  become "$who" "$pvmctl" keep >>"$log" 2>&1 &
  keepers+=("$!")
}

# shim_of ACTION: the shim that is there for it in the table above.
shim_of() {
  wide_grants | awk -v action="$1" '$1 == action { print $3; exit }'
}

# decisions WHO ACTION DECISION: how many of them are in WHO's log.
decisions() {
  as "$1" sqlite3 -readonly "$box/home-$1/pvm/vault.db" "SELECT count(*) FROM audit
    WHERE entry_type = 'decision' AND details LIKE 'action=$2 %' AND decision = '$3'"
}
