# SPDX-License-Identifier: Apache-2.0
# The heads and proofs of a real log are those that an independent implementation (golang.org/x/mod/sumdb/tlog) makes
# of the records alone: the head at every size, a proof of every entry, and proofs between many pairs of sizes.
. "$(dirname "$0")/lib.sh"
entries=200
[ -z "${PVM_SANITIZE-}" ] || entries=30 # each call is several times slower
[ -z "${PVM_THOROUGH-}" ] || entries=700
set_up

# ---- the other implementation ----
command -v go >/dev/null || { echo "FAILED: there is no go"; exit 1; }
export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE=$box/gocache
run go build -o "$box/tree" "$here/../independent/tree.go"
ok "it builds" [ "$status" = 0 ]

# ---- a log of all sorts of entries, and what pvmctl prints of it as it grows ----
log=$box/log
mkdir -p "$log/entries" "$log/since"
since() { pvmctl audit prove --since "$1" --out "$log/since/$1-$2" >/dev/null 2>&1; }
size=0
look() { # whatever was just done: the head now, and proofs since an earlier half and the entry before
  pvmctl audit checkpoint >"$box/body" || return
  size=$(sed -n 2p "$box/body")
  cat "$box/body" >>"$log/heads"
  since $((size / 2 + 1)) "$size"
  [ "$size" -le 3 ] || since $((size - 1)) "$size"
}
look
a_tree "$box/real/work/kept"
for round in $(seq "$entries"); do
  case $((round % 10)) in
    1) mkdir -p "d $round" && pvmctl request --json --reason "round $round: ü \"%\" $(printf '\t')" -- rm -r "d $round" ;;
    2) pvmctl deny --all --note no ;;
    3) pvmctl allow --agent claude rm "$box/real/work/d $((round - 2))" --for 1h --yes --json ;;
    4) safe-rm -r "d $((round - 3))" ;; # decision and outcome
    5) pvmctl revoke --agent claude ;;
    *) safe-rm -r kept ;;
  esac >/dev/null 2>&1
  look
done
for entry in $(seq "$size"); do
  pvmctl audit prove --entry "$entry" --out "$log/entries/$entry" --record "$log/entries/$entry.record" >/dev/null 2>&1
done
for old in $(seq 1 7 "$size") "$size"; do [ -e "$log/since/$old-$size" ] || since "$old" "$size"; done
sqlite3 "$PVM_HOME/vault.db" 'SELECT hex(record) FROM audit ORDER BY entry_id' >"$log/records"

heads=$(($(wc -l <"$log/heads") / 3))
pairs=$(find "$log/since" -type f | wc -l)
ok "the log has entries of all sorts ($size)" [ "$size" -ge "$entries" ]
ok "it was looked at as it grew ($heads times)" [ "$heads" -gt "$entries" ]
ok "between many sizes ($pairs)" [ "$pairs" -gt $((entries * 3 / 2)) ]
ends 0 "$box/tree" "$log"
cat "$box/out"
says "$size records: $heads heads, $size entries, $pairs pairs of sizes, $((size + pairs)) note texts agree; 0 differences"

# ---- and it would see a difference ----
spoiled() { # FILE SED: the comparison must fail over FILE as SED makes it
  cp "$log/$1" "$box/whole"
  sed -i "$2" "$log/$1"
  ok "$1 is changed" sh -c '! cmp -s "$1" "$2"' - "$box/whole" "$log/$1"
  ends 1 "$box/tree" "$log"
  says 'DIFFERS'
  cp "$box/whole" "$log/$1"
}
spoiled heads '$s/^./\x01/'
spoiled heads '2s/$/0/'
spoiled records '5s/0A$/0B/'
spoiled records '$d'
spoiled entries/7 's/^index 6/index 7/'
spoiled entries/7 '3s/^X/Y/; t; 3s/^./X/'
spoiled entries/7 '/^$/,$ { s/^pvm/pvn/ }'
spoiled entries/7.record 's/^tier 0/tier 1/'
spoiled "since/8-$size" '2d'
spoiled "since/8-$size" 's/^old 8/old 9/'
ends 0 "$box/tree" "$log"
finish
