#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command line of tests/data/git_argv.tsv through the shim and through the real git, in a repository without a commit, a
# remote or a file, so that nothing can be pushed or cleaned: the same status, the same bytes on both outputs.
. "$(dirname "$0")/lib.sh"
set_up
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
/usr/bin/git -c init.defaultBranch=main init -q "$box/empty"
pvmctl shim install --no-profiles >"$box/out" 2>&1 || exit 99

cat >"$box/both.pl" <<'SCRIPT'
my ($table, $shims, $box) = @ARGV;
chdir "$box/empty" or die;
# What comes of the words: status, output, errors.
sub deed {
  my ($program, @words) = @_;
  my $pid = fork // die;
  if (!$pid) {
    open STDIN, '<', '/dev/null'; open STDOUT, '>', "$box/out"; open STDERR, '>', "$box/err";
    exec { $program } 'git', @words or exit 99;
  }
  waitpid $pid, 0;
  my $status = $?;
  return ($status, map { local $/; open my $f, '<:raw', "$box/$_" or die; scalar(<$f>) // '' } 'out', 'err');
}
my ($rows, $faults) = (0, 0);
open my $in, '<:raw', $table or die;
while (<$in>) {
  next if /^#/;
  chomp;
  my ($command, $words) = split /\t/;
  my @words = map { my $w = $_ eq '%' ? '' : $_; $w =~ s/%([0-9A-F]{2})/chr hex $1/ge; $w } split / /, $words;
  my @real = deed('/usr/bin/git', $command, @words);
  my @ours = deed("$shims/git", $command, @words);
  ++$rows;
  for my $what (0 .. 2) {
    next if $real[$what] eq $ours[$what];
    ++$faults;
    print "git $command $words: ", ('status', 'output', 'errors')[$what], " '$ours[$what]', not '$real[$what]'\n";
  }
}
print "$rows rows\n";
exit($faults > 0 || $rows < 290);
SCRIPT
perl "$box/both.pl" "$data/git_argv.tsv" "$PVM_HOME/shims" "$box" >"$box/compared"
status=$?
ok "every line is read as git reads it: $(head -n 60 "$box/compared")" [ "$status" = 0 ]

# ---- what only git answers, and completions ask for ----
export PATH=$PVM_HOME/shims:$PATH
cd "$box/empty" || exit 99
for words in 'push --git-completion-helper' 'clean --git-completion-helper-all'; do
  run /usr/bin/git $words
  cp "$box/out" "$box/real.out"; wanted=$status
  ends "$wanted" git $words
  ok "git $words: the same output" cmp -s "$box/real.out" "$box/out"
done
for words in 'push --help' 'clean --help' 'push --help a'; do
  run /usr/bin/git -c man.viewer=shown -c man.shown.cmd='echo shown' $words
  cp "$box/out" "$box/real.out"; wanted=$status
  ends "$wanted" git -c man.viewer=shown -c man.shown.cmd='echo shown' $words
  ok "git $words: the same output" cmp -s "$box/real.out" "$box/out"
done

# ---- words of a hundred thousand bytes ----
much=$(head -c 120000 /dev/zero | tr '\0' x)
for word in "-$much" "--$much" "--repo=$much" "--force=$much" "--no-$much"; do
  run /usr/bin/git push "$word"
  cp "$box/err" "$box/real.err"; wanted=$status
  run git push "$word"
  ok "a word like ${word:0:20}…: status $wanted (was $status)" [ "$status" = "$wanted" ]
  ok "a word like ${word:0:20}…: the same errors" cmp -s "$box/real.err" "$box/err"
done
finish
