# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Where packaging/peers has the others' sources from: Debian's source packages, from where the machine's own lists
# point.

# The machine's lists with `deb` turned into `deb-src`, in a directory of our own: /etc/apt is only read.
make_source_lists() {
  local lists="$place/apt" list
  [[ ! -e "$lists/updated" ]] || return 0
  mkdir -p "$lists/sources.d" "$lists/lists/partial" "$lists/cache/archives/partial"
  for list in /etc/apt/sources.list.d/*.sources; do
    [[ ! -e "$list" ]] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$lists/sources.d/${list##*/}"
  done
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ ! -e "$list" ]] || sed -n 's/^deb[[:space:]]/deb-src /p' "$list" >"$lists/sources.d/${list##*/}"
  done
  # What one archive lacks is no fault here: whether the sources are to be had is seen when they are fetched.
  apt_for_sources update >"$place/logs/apt-update.log" 2>&1 || say "apt-get update: see build/peers/logs/apt-update.log"
  touch "$lists/updated"
}

apt_for_sources() {
  apt-get -q -o APT::Sandbox::User="$(id --user --name)" -o Dir::Etc::SourceList=/dev/null \
    -o Dir::Etc::SourceParts="$place/apt/sources.d" -o Dir::State::Lists="$place/apt/lists" \
    -o Dir::Cache="$place/apt/cache" "$@"
}

# fetch_source PACKAGE: into build/peers/src/PACKAGE, for the installed version; where the archive has that no more, the
# newest it has. apt checks what it fetches against the archive's signature.
fetch_source() {
  local package="$1" into="$place/src/$1" log="$place/logs/source-$1.log" version unpacked
  version="$(dpkg-query --show --showformat='${source:Version}' "$package")"
  [[ ! -d "$into" || "$(cat "$into.version")" != "$version" ]] || return 0
  make_source_lists
  say "fetch the source of $package $version"
  /bin/rm -rf -- "$into.new"
  mkdir -p "$into.new"
  (cd "$into.new" && { apt_for_sources source "$package=$version" || apt_for_sources source "$package"; }) \
    >"$log" 2>&1 || {
    tail -n 5 "$log"
    say "$package: its source is not to be had"
    /bin/rm -rf -- "$into.new" "$place/apt/updated"
    return 1
  }
  unpacked=("$into.new"/*/)
  /bin/rm -rf -- "$into"
  mv "${unpacked[0]}" "$into"
  echo "$version" >"$into.version"
  /bin/rm -rf -- "$into.new"
}
