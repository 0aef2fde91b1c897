# SPDX-License-Identifier: Apache-2.0
# With a grant safe-rm is rm: the same bytes on both outputs, the same status, the same things gone.
. "$(dirname "$0")/lib.sh"
set_up
ends 0 pvmctl allow --agent claude rm "$box/real/work/scene" --for 1h --yes

make_scene() {
  "$REAL" -rf scene
  mkdir -p scene/dir/sub scene/empty scene/full
  echo 1 >scene/file; echo 2 >scene/dir/a; echo 3 >scene/dir/sub/b; echo 4 >scene/full/c
  echo 5 >'scene/with space'; echo 6 >"scene/it's"; echo 7 >$'scene/new\nline'; echo 8 >scene/-dash
  ln -s dir scene/link; ln -s nowhere scene/dangling; mkfifo scene/fifo
  chmod 444 scene/full/c
}
listing() { (cd "$1" && find . | LC_ALL=C sort) }

compared=0
same() {
  compared=$((compared + 1))
  make_scene
  (cd scene && (exec -a rm "$REAL" "$@" </dev/null >"$box/real.out" 2>"$box/real.err"); echo $? >"$box/real.status")
  listing scene >"$box/real.list"
  make_scene
  (cd scene && safe-rm "$@" </dev/null >"$box/out" 2>"$box/err"; echo $? >"$box/safe.status")
  listing scene >"$box/safe.list"
  ok "the same status: rm $*" cmp -s "$box/real.status" "$box/safe.status"
  ok "the same output: rm $*" cmp -s "$box/real.out" "$box/out"
  ok "the same errors: rm $*" cmp -s "$box/real.err" "$box/err"
  ok "the same things gone: rm $*" cmp -s "$box/real.list" "$box/safe.list"
}

same file
same -v file
same -rv dir
same -rf dir
same -rfv dir full empty
same -d empty
same -dv full
same dir
same nosuch
same -f nosuch
same -f
same
same -v file nosuch
same -- -dash
same -dash
same ./-dash
same 'with space' "it's"
same -v $'new\nline'
same link
same -r link
same -v dangling fifo
same -rv dir dir
same -rv dir dir/sub
same -rf dir/ file
same file/
same -x
same --recursiv dir
same --rec --verb dir
same --i=never file
same --interactive=bogus file
same --no-preserve file
same --one-file-system -r dir
same -i file
same -I file dir
same -rI dir file full
same --help
same --version
same ''
same -f ''
same file -v
same -- file -v
POSIXLY_CORRECT=1 same file -v
same -r ./dir/../dir
same -rv dir/sub/.. 
same .
same -r .
same -r ./..
same -rf ./ ./../
same -v "$(printf 'x%.0s' $(seq 300))"
ok "all of them were compared" [ "$compared" -ge 45 ]
finish
