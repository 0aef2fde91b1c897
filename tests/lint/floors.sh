#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Includes point down the floors, never up; sqlite3.h is vault's own; libpvm neither prints nor starts threads.
set -u
cd "$1" || exit 99
faults=0
seen=0
fault() {
  echo "$*"
  faults=$((faults + 1))
}

# What each floor may include of libpvm, besides itself.
declare -A below=(
  [base]=""
  [model]="base"
  [crypto]="base model"
  [system]="base model"
  [vault]="base model crypto system"
  [gate]="base model crypto system vault"
  [frontend]="base model crypto system vault gate"
)
for floor in "${!below[@]}"; do
  while IFS=: read -r file line text; do
    seen=$((seen + 1))
    target=${text#*libpvm/}
    target=${target%%/*}
    case " $floor ${below[$floor]} " in
      *" $target "*) ;;
      *) fault "$file:$line: $floor must not include libpvm/$target" ;;
    esac
  done < <(grep -rn '#include "libpvm/' "libpvm/$floor")
done
[ "$seen" -gt 50 ] || fault "only $seen includes seen: this check looks in the wrong place"

upward=$(grep -rnE '#include "(wrappers|pvmctl)/' libpvm) && fault "libpvm includes a program: $upward"
upward=$(grep -rn '#include "pvmctl/' wrappers) && fault "wrappers include pvmctl: $upward"
sqlite=$(grep -rln 'sqlite3\.h' libpvm wrappers pvmctl | grep -v '^libpvm/vault/') && fault "sqlite3.h outside vault: $sqlite"
prints=$(grep -rnE '\b(printf|fprintf|puts|fputs|cout|cerr)\b *[(<]' libpvm | grep -vE ':[0-9]+: *//') && fault "libpvm prints: $prints"
threads=$(grep -rnE '#include <(thread|mutex|iostream|regex)>' libpvm wrappers) && fault "too heavy for a wrapper: $threads"

echo "$seen includes looked at, $faults faults"
[ "$faults" = 0 ]
