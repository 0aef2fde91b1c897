# SPDX-License-Identifier: Apache-2.0
# trash and trash-put: refused, asked for, approved, put into the trash and had back; gio in place of it; and that a grant to
# trash is none to rm, nor the other way round.
. "$(dirname "$0")/lib.sh"
set_up
work=$box/real/work
bin=$HOME/.local/share/Trash
ends 0 pvmctl shim install --no-profiles
eval "$(pvmctl shim env)"
ok "trash is the shim" [ "$(command -v trash)" != /usr/bin/trash ]
pending() { sqlite3 "$PVM_HOME/vault.db" "SELECT request_id FROM requests WHERE state = 'pending'"; }

# ---- denied, asked, approved, run, restored ----
a_tree build
ends 1 trash build
complains "safe-trash: denied: agent 'claude' has no grant to trash '$work/build' (directory, 2 files, 8 B); nothing was trashed"
complains "do not trash it by other means"
complains "PVM_WAIT=90 PVM_REASON='<why>' trash build"
exists build/sub/two
ends 0 pvmctl request --reason 'old build' -- trash-put build
id=$(pending)
ends 75 trash-put -r build/
ends 0 pvmctl show "$id"
says "claude wants trash $work/build: 2 files, 8 B"
says "it can be had back from the trash"
says "trash, recursive"
echo more >build/more
ends 0 pvmctl approve "$id" --yes
ends 0 pvmctl check -- trash ./build
echo changed >build/one
ends 1 trash build
complains "stale: what would be trashed is not what was approved"
complains "changed '$work/build/one'"
exists build/one
PVM_WAIT=0 PVM_REASON='as it is now' ends 75 trash build
ends 0 pvmctl approve "$(pending)" --yes
ends 1 rm -rf build
complains "has no grant to rm"
exists build/one
ends 0 trash -v build
complains "trash-put: 'build' trashed in ~/.local/share/Trash"
is_gone build
exists "$bin/files/build/sub/two"
ends 0 pvmctl audit list
says "outcome exit 0; restorable from '$bin/files/build'"
ok "trash-restore has it back" sh -c 'echo 0 | env PATH=/usr/bin:/bin trash-restore >/dev/null && [ -e build/sub/two ]'
ends 1 trash build
exists build/one

# ---- waiting in one step ----
echo x >single
(for _ in $(seq 100); do id=$(pending); [ -n "$id" ] && exec pvmctl approve "$id" --yes; sleep 0.1; done) >/dev/null 2>&1 &
PVM_WAIT=30 PVM_REASON='in one step' ends 0 trash single
wait
is_gone single

# ---- what a standing grant covers; names that are hostile; links ----
ends 0 pvmctl allow --agent claude trash "$work/in/" --for 1h --yes
mkdir -p in/dir/sub "$box/real/outside"
echo kept >"$box/real/outside/kept"
odd=$'in/new\nline\e[31m'
echo x | tee "$odd" in/-v in/a in/b in/c in/d >in/plain
echo x >$'in/\xff'
ln -s "$box/real/outside" in/link
ln -s nowhere in/dangling
ends 0 trash -- "$odd" in/link/ in/dangling
is_quiet
for gone in "$odd" in/link in/dangling; do is_gone "$gone"; done
exists "$box/real/outside/kept"
ok "the link itself is in the trash" test -L "$bin/files/link"
ends 0 pvmctl audit list --last 1
says 'files/new\\nline'
(cd in && ends 0 trash -- -v)
is_gone in/-v
ends 74 trash $'in/\xff' in/plain
complains "trash-put: cannot trash regular file 'in/\\udcff'"
exists $'in/\xff'
is_gone in/plain
ends 0 trash in/a in/b in/c in/d
ends 0 pvmctl audit list --last 1
says "restorable from '$bin/files/a', '$bin/files/b', '$bin/files/c' and 1 more"
ends 0 trash in/dir/sub/..
exists in/dir
ends 0 trash in/dir
ends 74 trash in/missing
complains "trash-put: cannot trash non existent 'in/missing'"
ends 74 trash / ./ "in/$(printf '%0250d' 0)"
complains "trash-put: cannot trash directory '/'"
ends 2 trash --trash-dir=/tmp in
complains "trash-put: error: no such option: --trash-dir"
ends 1 trash in "$box/real/outside"
complains "'$box/real/outside'"
exists in

# A mount point cannot be moved: trash-put would copy what is in it, remove that, and fail.
mkdir in/mounted
ends 74 unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none in/mounted && echo x >in/mounted/kept || exit 99
  trash in/mounted; status=$?
  [ -e in/mounted/kept ] || exit 98
  exit $status'
complains "trash-put: cannot trash directory 'in/mounted'"

# ---- what the command runs with ----
site=$(env PATH=/usr/bin:/bin python3 -c 'import site; print(site.getusersitepackages())')
mkdir -p "$site" "$box/python"
for planted in "$site/usercustomize.py" "$site/trashcli.py" "$box/python/sitecustomize.py" "$box/python/trashcli.py"; do
  echo "open('$box/planted', 'w')" >"$planted"
done
ok "without PVM that is run" sh -c 'PYTHONPATH=$1/python /usr/bin/trash-put --version >/dev/null 2>&1; [ -e "$1/planted" ]' - "$box"
"$REAL" "$box/planted"
echo x >in/clean
ends 0 env PYTHONPATH="$box/python" PYTHONSTARTUP="$box/python/trashcli.py" trash in/clean
is_gone in/clean
is_gone "$box/planted"
(cd in && echo x >relative && ends 0 env XDG_DATA_HOME=here trash relative)
exists "$bin/files/relative"
echo x >in/elsewhere
ends 0 env XDG_DATA_HOME="$box/data" trash in/elsewhere
ends 0 pvmctl audit list --last 1
says "restorable from '$box/data/Trash/files/elsewhere'"

# ---- neither is the other ----
a_tree in/t
ends 1 rm -rf in/t
ends 0 pvmctl allow --agent claude rm "$work/removable/" --for 1h --yes
a_tree removable/t
ends 1 trash removable/t
ends 1 pvmctl check -- trash-put removable/t
ends 1 pvmctl check -- rm -r in/t
exists in/t/one
exists removable/t/one
ends 0 pvmctl audit list --summary
says "  trashed   "

# ---- a parent that is swapped for a link between the look and the run ----
mkdir -p "$box/real/outside/parent" in/parent
echo precious >"$box/real/outside/parent/x"
echo x >in/parent/x
# A command that is confined cannot swap it: another process does, once the command runs.
mkfifo "$box/go" "$box/gone"
(read -r _ <"$box/go" && mv in/parent in/aside && ln -s "$box/real/outside/parent" in/parent; echo >"$box/gone") &
printf '#!/bin/sh\necho >"%s"\nread -r _ <"%s"\nexec /usr/bin/trash-put "$@"\n' "$box/go" "$box/gone" >"$box/waiting"
chmod 755 "$box/waiting"
cp "$PVM_HOME/config.yaml" "$box/config"
printf 'real:\n  trash-put: %s\n' "$box/waiting" >>"$PVM_HOME/config.yaml"
top=$(stat -c %m "$box")
top=${top%/}/.Trash-$(id -u)
[ -e "$top" ] && top=
run trash in/parent/x
wait
# After the home trash it tries that of the file system, which it may make there.
[ -z "$top" ] || "$REAL" -rf -- "$top"
ok "the parent was swapped" test -L in/parent
ok "it ends as trash-put does (was $status)" [ "$status" = 74 ]
exists "$box/real/outside/parent/x"
exists in/aside/x
ok "nothing is left in the trash as if it had been put there" test ! -e "$bin/info/x.trashinfo"
cp "$box/config" "$PVM_HOME/config.yaml"

# ---- gio, and nothing at all ----
printf 'real:\n  gio: /usr/bin/gio\n' >>"$PVM_HOME/config.yaml"
echo x >in/by-gio
echo x >'in/http:'
ends 0 trash -rfv in/by-gio
is_gone in/by-gio
exists "$bin/files/by-gio"
ends 0 pvmctl audit list --last 1
says "restorable from '$bin/files/by-gio'"
(cd in && ends 0 trash http:)
is_gone in/http:
cp "$box/config" "$PVM_HOME/config.yaml"
echo x >in/without
without() { unshare --user --map-root-user --mount sh -c '
  while [ "$1" != -- ]; do mount --bind /dev/null "$1"; shift; done
  shift
  exec "$@"' - "$@"; }
ends 127 without /usr/bin/trash-put /usr/bin/gio -- "$PVM_STAGE/bin/safe-trash" in/without
complains "it is in the package trash-cli, for the user to install"
exists in/without
ends 0 without /usr/bin/trash-put -- "$PVM_STAGE/bin/safe-trash" in/without
is_gone in/without
ends 127 without /usr/bin/trash-put -- "$PVM_STAGE/bin/safe-trash" --help
printf 'real:\n  trash-put: /nowhere/trash-put\n' >>"$PVM_HOME/config.yaml"
echo x >in/nowhere
ends 127 trash in/nowhere
complains "/nowhere/trash-put"
exists in/nowhere
finish
