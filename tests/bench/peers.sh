# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# What others cost that stand before rm: sudo, doas, and the same check as a script. Their p50 over ours.
#
# sudo and doas are measured with a configuration of our own, in which the caller may run /bin/rm as root without a
# password. It is laid over /etc in a mount namespace where only these measurements run; /etc itself is not touched.

measure_peers() {
  local cases=(ours script) name
  make_peers
  if can_lay_over_etc; then cases+=(sudo doas); fi
  say "peers: $rounds rounds of ${#cases[@]} cases, $runs_a_round runs of most"
  measure_in_rounds measure_peer "${cases[@]}"
  for name in "${cases[@]}"; do check_runs "peer-$name" 0 $((rounds * $(runs_of "$name"))); done
  check_script_log
  tell_peers "${cases[@]}"
}

make_peers() {
  local user
  user="$(id --user --name)"
  mkdir "$box/etc"
  # The defaults are those that the package comes with.
  printf '%s\n' 'Defaults env_reset' 'Defaults mail_badpass' \
    'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"' 'Defaults use_pty' \
    "$user ALL=(root) NOPASSWD: /bin/rm" >"$box/etc/sudoers"
  chmod 440 "$box/etc/sudoers"
  echo "permit nopass $user as root cmd /bin/rm" >"$box/etc/doas.conf"
  chmod 600 "$box/etc/doas.conf"
  sqlite3 "$box/script.db" "PRAGMA journal_mode=WAL;
    CREATE TABLE audit(entry INTEGER PRIMARY KEY, time REAL, agent TEXT, path TEXT, grant_id TEXT)" >/dev/null
}

# over_etc COMMAND…: with our files laid over /etc, for this command alone.
over_etc() {
  # shellcheck disable=SC2016
  unshare --mount --propagation private sh -c '
    mount -t overlay overlay -o "lowerdir=$1:/etc" /etc && shift && exec "$@"' sh "$box/etc" "$@"
}

can_lay_over_etc() {
  ((EUID == 0)) && over_etc cmp --quiet "$box/etc/doas.conf" /etc/doas.conf 2>/dev/null
}

# measure_peer CASE: all of them where sudo and doas are, so that they differ in nothing else.
measure_peer() {
  local command around=(env) rows lost
  case "$1" in
    ours) command="'$safe_rm' victim" ;;
    sudo | doas) command="/usr/bin/$1 -n /bin/rm victim" ;;
    script) command="/bin/bash '$PWD/tests/bench/script_rm.sh' '$box/many' '$box/script.db' victim" ;;
  esac
  if can_lay_over_etc; then around=(over_etc); fi
  rows="$(count_entries many)"
  (cd "$box/work/granted" && PVM_HOME="$box/many" run_command "peer-$1" "$(runs_of "$1")" "$(warm_ups_of "$1")" \
    "sh -c 'set -C; : >victim'" "$command") || die 1 "case $1: a run did not remove the file"
  check_entries "${1/ours/granted}" many $(($(runs_of "$1") + $(warm_ups_of "$1"))) "$rows"
  [[ ! -e "$box/work/granted/victim" ]] || die 1 "case $1: the file is still there"
}

# Each run of the script, those of the warm-up too, has left its row.
check_script_log() {
  local found expected=$((rounds * ($(runs_of script) + $(warm_ups_of script))))
  found="$(sqlite3 "$box/script.db" "SELECT count(*) FROM audit WHERE grant_id IS NOT NULL")"
  [[ "$found" == "$expected" ]] || fault "the script has left $found audit rows, not $expected"
}

tell_peers() {
  local name goal
  tell_time "safe-rm granted, 1,000,000 grants, beside those that follow" peer-ours
  for name in sudo doas script; do
    case "$name" in
      sudo) goal=">= 2.5" ;;
      doas) goal=">= 1.8" ;;
      script) goal=">= 10" ;;
    esac
    if [[ " $* " == *" $name "* ]]; then
      tell_over "$name, over safe-rm granted" "$goal" "peer-$name" peer-ours
    else
      tell_nothing "$name, over safe-rm granted" "$goal" "needs root and a mount namespace"
    fi
  done
}
