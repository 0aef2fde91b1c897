# SPDX-License-Identifier: Apache-2.0
# What was approved is what is removed: where the tree is another by then, nothing is removed and nothing is used up.
. "$(dirname "$0")/lib.sh"
set_up
real_work=$box/real/work

approve_build() {
  ends 0 pvmctl request --json --reason 'clean build' -- rm -rf build
  id=$(json id)
  ends 0 pvmctl approve "$id" --yes
}
used() { sqlite3 "$PVM_HOME/vault.db" 'SELECT sum(used) FROM grants'; }
listing() { (cd "$1" && find . -printf '%p %y %s %i\n' | LC_ALL=C sort); }

# is_stale WHAT: refused, by that difference, and all of it is still there
is_stale() {
  listing build >"$box/before"
  ends 1 pvmctl check -- rm -rf build
  says 'would not run'
  ends 1 safe-rm -rf build
  complains "stale: what would be removed is not what was approved: '$real_work/build'"
  complains 'nothing was removed'
  complains 'the approval was not used up'
  ok "a difference is named: $1" grep -qE "^  .*$1" "$box/err"
  listing build >"$box/after"
  ok "nothing was removed ($1)" cmp "$box/before" "$box/after"
  ok "no use was burnt ($1)" [ "$(used)" = 0 ]
}

a_tree build
echo three >build/three
approve_build
ends 0 pvmctl check -- rm -rf build

echo new >build/new
is_stale new
"$REAL" build/new

mv build/one "$box/one"
is_stale one
mv "$box/one" build/one

cp -p build/sub/two "$box/two"
echo grown >>build/sub/two
is_stale two
# the same bytes and the same time in the same inode are the same file
cat "$box/two" >build/sub/two
touch -r "$box/two" build/sub/two

mv build/three "$box/three"
cp -p "$box/three" build/three
ok "another inode of the same size" [ "$(stat -c %i build/three)" != "$(stat -c %i "$box/three")" ]
ok "and the same time" [ "$(stat -c %Y.%s build/three)" = "$(stat -c %Y.%s "$box/three")" ]
is_stale three
"$REAL" build/three
mv "$box/three" build/three

mv build/three "$box/three"
ln -s sub/two build/three
is_stale three
"$REAL" build/three
mv "$box/three" build/three

mv build "$box/build"
cp -a "$box/build" build
is_stale build
"$REAL" -rf -- "$real_work/build"
mv "$box/build" build

# at most five are named, and the others are counted
for i in 1 2 3 4 5 6 7; do echo "$i" >"build/extra$i"; done
is_stale extra
ok "five are named (named: $(grep -c '^  .*extra' "$box/err"))" [ "$(grep -c '^  .*extra' "$box/err")" = 5 ]
complains 'and 2 more differences'
"$REAL" build/extra?

# with another agent the same approval is none
PVM_AGENT=other ends 1 safe-rm -rf build
exists build/one

# brought back to what was approved, it is what was approved
ends 0 pvmctl check -- rm -rf build
ends 0 safe-rm -rf build
is_gone build
ok "one use" [ "$(used)" = 1 ]

# asked again for what is there by then: the approver sees how it differs
a_tree build
approve_build
echo surprise >build/surprise
ends 1 safe-rm -rf build
complains surprise
ends 0 pvmctl status "$id"
says stale
ends 0 pvmctl request --json --reason 'clean build' -- rm -rf build
again=$(json id)
ok "it is another request" [ "$again" != "$id" ]
ok "it names the one before" [ "$(json previous)" = "$id" ]
ends 0 pvmctl show "$again"
says "added '$real_work/build/surprise'"
ends 0 pvmctl approve "$again" --yes
ends 0 safe-rm -rf build
is_gone build

# between the request and the answer: what the approver looks at is what is there
a_tree build
ends 0 pvmctl request --json --reason 'clean build' -- rm -rf build
id=$(json id)
echo late >build/late
ends 0 pvmctl show "$id"
says '! not what the agent asked about'
says late
ends 0 pvmctl approve "$id" --yes
ends 0 safe-rm -rf build
is_gone build
finish
