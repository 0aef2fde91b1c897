# SPDX-License-Identifier: Apache-2.0
# Every text of tests/data/display_strings.tsv as a reason, a note, a file name and a word on the command line, through
# request, pending, show (the card), deny, refusal and log: no text for people holds anything that acts on a terminal or
# hides, no text has more lines than for a plain word, JSON is JSON, and what is too long is cut and says so.
. "$(dirname "$0")/lib.sh"
set_up
mkdir "$box/words" "$box/told" names

# The texts as files: N.name (of the row), N.reason (what fits), N.note, N.file (what can be a file's name).
perl - "$data/display_strings.tsv" "$box/words" <<'SCRIPT'
my ($table, $to) = @ARGV;
sub keep { open my $f, '>:raw', "$to/$_[0]" or die; print $f $_[1]; close $f }
my $n = 100;
open my $rows, '<:raw', $table or die;
while (<$rows>) {
  next if /^#/;
  chomp;
  my ($name, $times, $text) = split /\t/;
  $text = '' if $text eq '%';
  $text =~ s/%([0-9A-F]{2})/chr hex $1/ge;
  my $whole = substr $text x $times, 0, 100_000; # more the kernel lets no word have
  my $file = substr $whole, 0, 200;
  $file =~ tr{/}{_};
  $file = 'x' if $file eq '';
  keep("$n.name", $name);
  keep("$n.reason", substr "for $whole", 0, 1000);
  keep("$n.note", $whole);
  keep("$n.file", $file);
  ++$n;
}
SCRIPT
word() { IFS= read -r -d '' "$1" <"$box/words/$2" || true; }
# tell NAME COMMAND…: runs it, and keeps all that it says to be looked at below
tell() {
  local name=$1
  shift
  run "$@"
  cat "$box/out" "$box/err" >"$box/told/$name"
}
lines_of() { wc -l <"$box/told/$1"; }

rows=0
for file in "$box"/words/*.name; do
  n=$(basename "$file" .name)
  rows=$((rows + 1))
  [ -z "${PVM_SANITIZE:-}" ] || [ -n "${PVM_THOROUGH:-}" ] || [ $((rows % 4)) = 1 ] || continue # slow there
  row=$(cat "$file")
  word reason "$n.reason"; word note "$n.note"; word name "$n.file"
  mkdir -- "names/$name" || exit 99
  echo 1 >"names/$name/$name"

  tell "$n.request.json" pvmctl request --json --reason "$reason" -- rm -rf -- "names/$name"
  ok "$row: asked (was $status)" [ "$status" = 0 ]
  id=$(json id)
  tell "$n.show.text" pvmctl show "$id"
  tell "$n.show.json" pvmctl show --json "$id"
  if [ $((rows % 9)) = 1 ]; then
    tell "$n.pending.text" pvmctl pending
    tell "$n.pending.json" pvmctl pending --json
  fi
  ends 0 pvmctl deny "$id" --note "$note"
  tell "$n.refusal.text" safe-rm -rf -- "names/$name"
  ok "$row: refused (was $status)" [ "$status" = 1 ]
  tell "$n.status.text" pvmctl status "$id"
  tell "$n.verb.text" pvmctl "$note"
  : "${first:=$n}"
  for what in show refusal verb; do
    [ "$note" = '' ] || ok "$row: as many lines of $what as ever" \
      [ "$(lines_of "$n.$what.text")" = "$(lines_of "$first.$what.text")" ]
  done
  if [ "${#note}" -gt 5000 ]; then
    ok "$row: what was left out is said" grep -qE '… \([0-9,]+ bytes more\)' "$box/told/$n.refusal.text"
    ok "$row: a short refusal" [ "$(wc -c <"$box/told/$n.refusal.text")" -lt 30000 ]
    ends 2 pvmctl request --reason "$note" -- rm -rf -- "names/$name"
    tell "$n.toolong.text" env PVM_WAIT=0 PVM_REASON="$note" safe-rm -rf -- "names/$name"
    ok "$row: too long a reason" [ "$status" = 125 ]
  fi
done
ok "sixty rows and more" [ "$rows" -ge 60 ]

# A part of them as the reason and the scope of a grant, and as the reason of a lock.
for file in "$box"/words/??[17].name; do
  n=$(basename "$file" .name)
  [ -z "${PVM_SANITIZE:-}" ] || [ -n "${PVM_THOROUGH:-}" ] || [ "${n#??}" = 1 ] || continue # slow there
  row=$(cat "$file")
  word reason "$n.reason"; word note "$n.note"; word name "$n.file"
  tell "$n.allow.json" pvmctl allow --json --agent claude rm "/elsewhere/$n/${name//[[*?\\]/x}" --reason "$reason" --for 1h --yes
  ok "$row: granted (was $status)" [ "$status" = 0 ]
  tell "$n.lock.text" pvmctl lock --reason "$note"
  tell "$n.locked.text" safe-rm -rf names
  ok "$row: locked (was $status)" [ "$status" = 1 ]
  tell "$n.locked.json" pvmctl pending --json
  ends 0 pvmctl unlock --yes
done
tell grants.text pvmctl grants --all
tell grants.json pvmctl grants --all --json

tell log.text pvmctl audit list --last 1000
tell log.json pvmctl audit list --last 1000 --json
tell search.text pvmctl audit search reason
tell search.json pvmctl audit search reason --json
tell requests.text pvmctl status
tell export.jsonl pvmctl audit export --format jsonl
tell export.csv pvmctl audit export --format csv

# Looks at every kept text; prints what is wrong with it.
perl - "$box/told" "$box/words" >"$box/complaints" <<'SCRIPT'
use JSON::PP;
my ($told, $words) = @ARGV;
my $parser = JSON::PP->new->utf8;
for my $file (glob "$told/*") {
  open my $in, '<:raw', $file or die;
  my $bytes = do { local $/; <$in> };
  my ($n, $kind) = $file =~ m{([^/.]+)[^/]*\.(\w+)$};
  my $row = '';
  if (open my $name, '<', "$words/$n.name") { $row = <$name> }
  my $wrong = sub { print "$file ($row): $_[0]\n" };
  $wrong->('is empty') if $bytes eq '';
  $wrong->('a control byte') if $bytes =~ ($kind eq 'csv' ? qr/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/ : qr/[\x00-\x09\x0b-\x1f\x7f]/);
  my $text = $bytes;
  $wrong->('not UTF-8') unless utf8::decode($text) and $text !~ /[\x{d800}-\x{dfff}]/;
  $wrong->(sprintf 'U+%04X', ord $1)
    if $text =~ /([\x{80}-\x{a0}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}])/;
  $wrong->(sprintf 'a blank that is no space, U+%04X', ord $1) if $text =~ /((?=\p{Zs})[^ ])/;
  $wrong->('a heap of marks') if $text =~ /[\p{Mn}\p{Me}]{5}/;
  $wrong->('a mark on what is ours') if $text =~ /(?:^|['" ])[\p{Mn}\p{Me}]/m and $n ne 'export';
  if ($kind eq 'json') { $wrong->("no JSON: $@") unless eval { $parser->decode($bytes); 1 } }
  if ($kind eq 'jsonl') { for (split /\n/, $bytes) { $wrong->("no JSON: $@") unless eval { $parser->decode($_); 1 } } }
  if ($kind eq 'csv') {
    for (split /\r\n/, $bytes) { $wrong->("not nine cells: $_") unless /^(?:(?:[^",]*|"(?:[^"]|"")*")(?:,|$)){9}$/ }
  }
}
SCRIPT
ok "the texts were looked at" [ "$?" = 0 ]
: >"$box/out" >"$box/err"
ok "nothing lies: $(head -n 20 "$box/complaints")" [ ! -s "$box/complaints" ]
finish
