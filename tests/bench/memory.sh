# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# How much memory a command has at its peak (GNU time), with little and with much in the vault.

# peak_of STATUS DIRECTORY NAME=VALUE COMMAND…: in KiB, the median of three runs. A file `victim` is made in DIRECTORY
# before each; the command must end with STATUS.
peak_of() {
  local run status
  for run in 1 2 3; do
    status=0
    : >"$2/victim"
    (cd "$2" && env "$3" time --format=%M --output="$box/peak" "${@:4}" >/dev/null 2>&1) || status=$?
    [[ "$status" == "$1" ]] || die 1 "${*:4} ended with status $status, not $1"
    tail -n 1 "$box/peak"
  done | sort -n | sed -n 2p
}

# tell_peaks TITLE LESS MORE: of two amounts of what is in the vault.
tell_peaks() {
  insert_figure "peak memory of $1" "<= 1.2" "1.0 * $3 / $2" "printf('%.2f (%d and %d KiB)', value, $2, $3)" ""
}

# grouped NUMBER: 1,000,000
grouped() {
  sed -E ':again; s/^([0-9]+)([0-9]{3})/\1,\2/; t again' <<<"$1"
}

# Of safe-rm, for grants.
tell_peaks_of_calls() {
  local less more
  less="$(peak_of 0 "$box/work/granted" PVM_HOME="$box/few" "$safe_rm" victim)"
  more="$(peak_of 0 "$box/work/granted" PVM_HOME="$box/many" "$safe_rm" victim)"
  tell_peaks "safe-rm granted, 1,000,000 over 1,000 grants" "$less" "$more"
  less="$(peak_of 1 "$box/work/denied" PVM_HOME="$box/few" "$safe_rm" victim)"
  more="$(peak_of 1 "$box/work/denied" PVM_HOME="$box/many" "$safe_rm" victim)"
  tell_peaks "safe-rm denied, 1,000,000 over 1,000 grants" "$less" "$more"
  check_files "peak memory"
}
