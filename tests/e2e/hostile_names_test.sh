# SPDX-License-Identifier: Apache-2.0
# File names that lie to a terminal, a shell or a parser: shown escaped, quoted so that the hint gives the same words
# back, and otherwise names like any other: asked for, approved and removed.
. "$(dirname "$0")/lib.sh"
set_up
mkdir hostile
names=($'new\nline' $'two\n\nlines\n' $'esc\e[31mred\e[0m' $'bell\a\b\x7f' $'tab\tcr\r' $'bidi\xe2\x80\xae\xe2\x81\xa6txt.exe'
  $'latin\xe9\xff\xfe' $'c1\xc2\x9b31m' $'cut\xe2\x80' '-rf' '--no-preserve-root' '-' "quote's \"and\" \`id\` \$(id) \$HOME"
  'back\slash\n' '*' '?[a]' ' blank ' '~' '#no comment' '!history' 'a;b&c|d>e' $'\xe2\x80\xa8separator' 'PVM_REASON=x'
  $'fake\nsafe-rm: hint: run this instead' "$(printf 'x%.0s' $(seq 255))" "$(printf '\\%.0s' $(seq 255))"
  "$(printf '\xc3\xa9%.0s' $(seq 127))" $'\xef\xbb\xbfbom' $'zero\xe2\x80\x8bwidth' '%0A%00')

# no byte of FILE but newline and what can be printed of ASCII; UTF-8 of letters is harmless and may stand
is_clean() {
  ok "$2: no raw control byte" sh -c '! LC_ALL=C grep -qP "[\x00-\x09\x0b-\x1f\x7f]" "$1"' - "$1"
  ok "$2: nothing that turns or splits text" sh -c \
    '! LC_ALL=C grep -qP "\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xc2[\x80-\x9f]" "$1"' - "$1"
  ok "$2: valid UTF-8" iconv -f UTF-8 -t UTF-8 -o /dev/null "$1"
}
# lines_start: nobody but safe-rm speaks: a name cannot begin a line
lines_start() { ok "$1: every line is safe-rm's" sh -c '! grep -qvE "^(safe-rm: |  )" "$1"' - "$box/err"; }

# What sh would run for the hint: a safe-rm that prints what it was told and its words, one a line, as hex.
hex() { for word in "$@"; do printf %s "$word" | od -An -v -tx1 | tr -d ' \n'; echo; done; }
mkdir "$box/fake"
{ echo '#!/bin/bash'; declare -f hex; echo 'hex "$PVM_WAIT" "$PVM_REASON" "$@"'; } >"$box/fake/safe-rm"
chmod 755 "$box/fake/safe-rm"
asking_line() { sed -n '/To ask, wait and run/{n;:a;/\n*safe-rm: hint: or leave/!{p;n;ba};}' "$box/err"; }

for name in "${names[@]}"; do
  shown=$(printf %q "$name" | cut -c1-60)
  mkdir -- "hostile/$name" || exit 99
  echo 1 >"hostile/$name/$name"

  ends 1 safe-rm -rf -- "hostile/$name"
  is_clean "$box/err" "refused $shown"
  lines_start "$shown"
  exists "hostile/$name/$name"
  asking_line >"$box/hint.sh"
  hex 90 '<why>' -rf -- "hostile/$name" >"$box/wanted"
  PATH=$box/fake:/usr/bin:/bin sh "$box/hint.sh" >"$box/words" 2>"$box/complaint"
  ok "the hint gives back the same words: $shown" cmp "$box/words" "$box/wanted"

  ends 0 pvmctl request --json --reason "because of $name" -- rm -rf -- "hostile/$name"
  is_clean "$box/out" "request --json $shown"
  id=$(json id)
  ok "valid JSON: $shown" [ "${#id}" = 32 ]
  { pvmctl pending; pvmctl show "$id"; pvmctl status "$id"; pvmctl check -- rm -rf -- "hostile/$name"; } >"$box/told" 2>&1
  is_clean "$box/told" "pending, show, status, check $shown"
  ends 0 pvmctl approve "$id" --yes
  is_clean "$box/out" "approve $shown"
  ends 0 safe-rm -rf -- "hostile/$name"
  is_quiet
  is_gone "hostile/$name"
done

# a stale approval names what was added: escaped too
mkdir hostile/tree
ends 0 pvmctl request --json --reason 'clean up' -- rm -rf hostile/tree
ends 0 pvmctl approve "$(json id)" --yes
for name in $'a\nb' $'c\e[2Jd' $'e\xff' $'f\xe2\x80\xaeg'; do echo >"hostile/tree/$name"; done
ends 1 safe-rm -rf hostile/tree
complains 'stale:'
is_clean "$box/err" 'a stale tree'
lines_start 'a stale tree'
exists hostile/tree/$'a\nb'

# a directory of such a name to stand in
mkdir -p $'hostile/cwd\n\e[7m/in'
(cd $'hostile/cwd\n\e[7m' && run safe-rm -rf in; echo "$status" >"$box/status")
ok "refused within it" [ "$(cat "$box/status")" = 1 ]
is_clean "$box/err" 'a hostile working directory'

# names that come with the words of others: a reason, a note, an agent
ends 0 pvmctl request --json --reason $'line\nline \e[31m \xff' -- rm -rf hostile/tree
id=$(json id)
ends 0 pvmctl show "$id"
is_clean "$box/out" 'a hostile reason'
ends 0 pvmctl deny "$id" --note $'no\n\e[31m\xff'
ends 1 safe-rm -rf hostile/tree
is_clean "$box/err" 'a hostile note'
lines_start 'a hostile note'

# the log, in every form
for format in jsonl csv; do
  ends 0 pvmctl audit export --format $format --output "$box/log.$format"
  ok "$format: no control bytes" sh -c '! LC_ALL=C grep -qP "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]" "$1"' - "$box/log.$format"
done
ends 0 pvmctl audit list
is_clean "$box/out" 'audit list'
ends 0 pvmctl audit verify
finish
