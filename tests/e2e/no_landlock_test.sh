# SPDX-License-Identifier: Apache-2.0
# A kernel without Landlock: rm is run once for each directory, from within it, on bare names; just the operands go, and
# doctor says that it is so. strace plays that kernel.
. "$(dirname "$0")/lib.sh"
set_up
ends 0 pvmctl allow --agent claude rm "$box/real/work" --for 1h --yes
export ASAN_OPTIONS=detect_leaks=0 # which does not work under ptrace

without_landlock() {
  run strace -f -qq -o "$box/calls" -e signal=none -e trace=landlock_create_ruleset,landlock_restrict_self,execve,fchdir \
    -e inject=landlock_create_ruleset:error=ENOSYS "$@"
}
rm_runs() { grep -c 'execve("[^"]*/rm",' "$box/calls"; }

mkdir -p p/a p/b
for tree in p/a/gone p/a/stays p/b/gone p/b/stays; do a_tree "$tree"; done
without_landlock safe-rm -rf p/a/gone p/b/gone
ok "it ends as rm does (was $status)" [ "$status" = 0 ]
is_quiet
is_gone p/a/gone
is_gone p/b/gone
exists p/a/stays/sub/two
exists p/b/stays/sub/two
ok "the kernel was asked, and had none" grep -q 'landlock_create_ruleset.*ENOSYS' "$box/calls"
ok "nothing was confined" sh -c '! grep -q landlock_restrict_self "$1"' - "$box/calls"
ok "rm ran once for each directory" [ "$(rm_runs)" = 2 ]
ok "each time from within it" [ "$(grep -c '^[0-9]* *fchdir(.*= 0' "$box/calls")" -ge 2 ]

# one directory: one run
a_tree p/a/gone
a_tree p/a/too
without_landlock safe-rm -rv p/a/gone p/a/too
ok "it ends as rm does (was $status)" [ "$status" = 0 ]
is_gone p/a/gone
is_gone p/a/too
ok "rm ran once" [ "$(rm_runs)" = 1 ]

# names that would be options, and a link that is not followed
a_tree 'p/b/-rf'
ln -s ../a p/b/link
without_landlock safe-rm -r -- p/b/-rf p/b/link
ok "it ends as rm does (was $status)" [ "$status" = 0 ]
is_gone p/b/-rf
is_gone p/b/link
exists p/a/stays/one
exists p/b/stays/one

# still all or nothing
a_tree "$box/real/elsewhere"
a_tree p/a/gone
without_landlock safe-rm -rf p/a/gone "$box/real/elsewhere"
ok "refused (was $status)" [ "$status" = 1 ]
exists p/a/gone/one
exists "$box/real/elsewhere/one"

# the trash: the same, from within each directory
ends 0 pvmctl allow --agent claude trash "$box/real/work" --for 1h --yes
echo x >p/a/-v
echo x >p/b/x
without_landlock safe-trash p/a/-v p/b/x
ok "it ends as trash-put does (was $status)" [ "$status" = 0 ]
is_quiet
is_gone p/a/-v
is_gone p/b/x
ok "trash-put ran once for each directory" [ "$(grep -c 'execve("[^"]*/trash-put",' "$box/calls")" = 2 ]

without_landlock pvmctl doctor
ok "doctor says so" grep -q 'landlock.*the kernel has none: rm is run once for each directory instead' "$box/out"
finish
