# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# Whether the log has all that was measured.

# count_entries VAULT: decisions, outcomes, entries by the tree, and entries by the table. Read-only, so that nothing is
# tidied up by it. A vault that is not there has none.
count_entries() {
  [[ -e "$box/$1/vault.db" ]] || {
    echo "0 0 0 0"
    return
  }
  sqlite3 -readonly -separator ' ' "$box/$1/vault.db" "
    SELECT count(*) FILTER (WHERE entry_type = 'decision'), count(*) FILTER (WHERE entry_type = 'outcome'),
      (SELECT log_size FROM state), count(*) FROM audit"
}

# check_entries CASE VAULT CALLS BEFORE: each call of the case has left what such a call leaves, and nothing more. How
# many rows are missing goes to `lost`, a variable of the caller's.
check_entries() {
  local now decisions=0 outcomes=0
  local -a was is
  case "$1" in
    *denied-*) decisions="$3" ;;
    *granted*) decisions="$3" outcomes="$3" ;;
  esac
  now="$(count_entries "$2")"
  read -r -a was <<<"$4"
  read -r -a is <<<"$now"
  decisions=$((was[0] + decisions - is[0]))
  outcomes=$((was[1] + outcomes - is[1]))
  lost=$((decisions + outcomes))
  if ((decisions != 0 || outcomes != 0 || is[2] != is[3])); then
    fault "$1: lost are $decisions decisions, $outcomes outcomes; the tree has ${is[2]} entries, the table ${is[3]}"
  fi
}
