# SPDX-License-Identifier: Apache-2.0
# Every command line of tests/data/rm_argv.tsv through safe-rm with a grant and through the real rm, each in a scene of
# its own: the same status, the same bytes on both outputs, the same things left. Then command lines as long as the
# kernel takes: ten thousand operands, and words of a hundred thousand bytes.
. "$(dirname "$0")/lib.sh"
set_up
ends 0 pvmctl allow --agent claude rm "$box/real/work/scene/" --for 1h --yes

cat >"$box/both.pl" <<'SCRIPT'
use Cwd;
my ($table, $safe, $box) = @ARGV;
my $work = getcwd;
sub put { open my $f, '>', $_[0] or die "$_[0]: $!"; print $f $_[1] }
sub scene {
  system('/bin/rm', '-rf', "$work/scene") == 0 or die;
  mkdir "$work/scene" or die;
  chdir "$work/scene" or die;
  put($_, 'x') for 'a', 'b', 'c', 'sp ace', "it's", "tab\t", "new\nline", '-v', '--help', 'w';
  chmod 0400, 'w';
  mkdir $_ or die for 'd', 'e';
  put('d/f', 'x');
  symlink 'a', 'l' or die;
}
sub left { join "\0", sort glob('* .[!.]* d/*') }
# What a program makes of the words: status, output, errors, what is left.
sub deed {
  my ($program, $order, @words) = @_;
  scene();
  my $pid = fork // die;
  if (!$pid) {
    if ($order eq 'posix') { $ENV{POSIXLY_CORRECT} = 1 }
    open STDIN, '<', '/dev/null'; open STDOUT, '>', "$box/out"; open STDERR, '>', "$box/err";
    exec { $program } 'rm', @words or exit 99;
  }
  waitpid $pid, 0;
  my $status = $?;
  chdir $work or die;
  my @said = map { local $/; open my $f, '<:raw', "$box/$_" or die; scalar <$f> } 'out', 'err';
  chdir "$work/scene";
  return ($status, @said, left());
}
my ($rows, $faults) = (0, 0);
open my $in, '<:raw', $table or die;
while (<$in>) {
  next if /^#/;
  chomp;
  my ($order, $words) = split /\t/;
  my @words = map { my $w = $_ eq '%' ? '' : $_; $w =~ s/%([0-9A-F]{2})/chr hex $1/ge; $w } split / /, $words;
  my @real = deed('/bin/rm', $order, @words);
  my @ours = deed($safe, $order, @words);
  ++$rows;
  for my $what (0 .. 3) {
    next if $real[$what] eq $ours[$what];
    ++$faults;
    print "rm $words ($order): ", ('status', 'output', 'errors', 'things left')[$what], " '$ours[$what]', not '$real[$what]'\n";
  }
}
chdir $work;
print "$rows rows\n";
exit($faults > 0 || $rows < 380);
SCRIPT
perl "$box/both.pl" "$data/rm_argv.tsv" "$PVM_STAGE/bin/safe-rm" "$box" >"$box/compared"
status=$?
ok "every line is read as rm reads it: $(head -n 20 "$box/compared")" [ "$status" = 0 ]

# ---- ten thousand operands ----
many=10000
fill() { mkdir -p "$1" && (cd "$1" && seq -f 'f%.0f' $many | xargs touch); }
fill other
ends 1 sh -c 'cd other && exec safe-rm -f f*'
complains "these $many of $many"
ok "each lacking one is named" [ "$(grep -c "^  '$box/real/work/other/f[0-9]*' (file, 0 B)\$" "$box/err")" = $many ]
ok "none is gone" [ "$(ls other | wc -l)" = $many ]
ends 0 sh -c 'cd other && exec pvmctl request --json --reason "clean up" -- rm -f f*'
id=$(sqlite3 "$PVM_HOME/vault.db" "SELECT request_id FROM requests WHERE state = 'pending'")
ends 0 pvmctl show "$id"
ok "the card is of a size that people read" [ "$(wc -l <"$box/out")" -lt 100 ]
ends 75 sh -c 'cd other && exec safe-rm -f f*'
ends 0 pvmctl approve "$id" --yes
ends 0 sh -c 'cd other && exec safe-rm -f f*'
ok "all are gone" [ -z "$(ls other)" ]

# ---- words of a hundred thousand bytes ----
much=$(head -c 120000 /dev/zero | tr '\0' x)
for word in "$much" "-$much" "--$much" "--interactive=$much" "--preserve-root=$much" "./$much"; do
  run bash -c 'exec -a rm "$0" "$@"' "$REAL" "$word" missing
  cp "$box/err" "$box/real.err"; wanted=$status
  run bash -c 'exec -a rm "$0" "$@"' "$PVM_STAGE/bin/safe-rm" "$word" missing
  ok "a word like ${word:0:20}…: status $wanted (was $status)" [ "$status" = "$wanted" ]
  ok "a word like ${word:0:20}…: the same errors" cmp -s "$box/real.err" "$box/err"
done
finish
