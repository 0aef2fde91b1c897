#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The manual and the completions, as they are installed, know every verb and every option that pvmctl's help names, and
# the manual no others.
# PVM_STAGE: the directory that PVM was installed into.
set -u
: "${PVM_STAGE:?the directory that PVM was installed into}"
export LC_ALL=C PATH=$PVM_STAGE/bin:/usr/bin:/bin
manual=$PVM_STAGE/share/man/man1
zsh_file=$PVM_STAGE/share/zsh/site-functions/_pvmctl
fish_file=$PVM_STAGE/share/fish/vendor_completions.d/pvmctl.fish
# shellcheck source=/dev/null
. "$PVM_STAGE/share/bash-completion/completions/pvmctl" || exit 99
box=$(mktemp -d "${TMPDIR:-/tmp}/pvm-texts-XXXXXX") || exit 99
trap '/bin/rm -rf --one-file-system -- "$box"' EXIT

checks=0
failures=0
ok() {
  local name=$1
  shift
  checks=$((checks + 1))
  "$@" && return
  failures=$((failures + 1))
  echo "FAILED: $name"
}

# The verbs that the help of pvmctl, or of one of its groups, lists.
verbs_of() {
  pvmctl "$@" --help | sed -n '/^Subcommands:/,/^$/ s/^  \([a-z][a-z-]*\) .*/\1/p'
}
# The long options of a verb, but for those that all verbs have.
options_of() {
  pvmctl "$@" --help | sed -n 's/^  --\([a-z-]*\).*/\1/p' | grep -vx json
}

# Where the page of a verb, or of pvmctl itself (""), is.
page_of() {
  local words="pvmctl $1"
  words=${words% }
  echo "$manual/${words// /-}.1"
}
# One section of the page of a verb, as it is typed: with plain hyphens, quotes and tildes, without fonts.
section_of() {
  awk -v head="$2" '/^\.SH / { heading = $0; gsub(/^\.SH "?|"$/, "", heading); inside = heading == head; next } inside' "$(page_of "$1")" |
    sed -E 's/\\-/-/g; s/\\\(aq/'\''/g; s/\\\(ti/~/g; s/\\f[BIRP]//g; s/^\.SY "?([^"]*)"?$/\1/; s/^\.([BI]|BR|BI|RB|RI|IR|IB) //'
}
# The commands of its examples, each on one line.
examples_of() {
  section_of "$1" EXAMPLES | sed -n '/^\.EX/,/^\.EE/ { /^\.E/d; s/\\e/\\/g; p }' | sed -e ':again' -e '/\\$/ { N; s/\\\n *//; b again' -e '}'
}
# The long options that its section of options explains: those that begin an entry.
explained_by() {
  section_of "$1" OPTIONS | sed -n '/^\.TP/ { n; s/^--\([a-z-]*\).*/\1/p }'
}

# pvmctl can parse it. Not tried is what needs another machine, and what root would set up for all.
is_parsed() {
  case $1 in *--host* | *--system*) return 0 ;; esac
  mkdir -p "$box/home" "$box/work"
  (cd "$box/work" && env -i HOME="$box/home" PVM_HOME="$box/home/pvm" PATH="$PATH" LC_ALL=C \
    timeout 60 setsid -w bash -c "$1" </dev/null >"$box/out" 2>"$box/err")
  local said
  said=$(grep -E "hint: see: pvmctl .*--help|hint: did you mean|not a verb of" "$box/err")
  /bin/rm -rf --one-file-system -- "${box:?}/home" "${box:?}/work"
  [ -z "$said" ]
}

check_page() {
  local verb=$1 page name example longest
  page=$(page_of "$verb")
  ok "there is a page for pvmctl $verb" test -s "$page"
  [ -s "$page" ] || return
  name=pvmctl-${verb// /-}
  ok "$name: the name, for apropos" grep -qE "^$name - [a-z].{9,60}[^.]$" <<<"$(section_of "$verb" NAME)"
  ok "$name: the synopsis names it" grep -qF "pvmctl $verb" <<<"$(section_of "$verb" SYNOPSIS | paste -sd' ')"
  ok "$name: there is an example of it" grep -qF "pvmctl $verb" <<<"$(examples_of "$verb")"
  while IFS= read -r example; do
    ok "$name: pvmctl knows the words of: $example" is_parsed "$example"
  done < <(examples_of "$verb" | grep -F pvmctl)
  ok "$name: pvmctl.1 names it, or its verbs" grep -qF "${name//-/\\-}" "$manual/pvmctl.1"
  longest=$(groff -man -Tascii -P-cbou "$page" | wc -l)
  ok "$name: it is no longer than 150 lines, as read ($longest)" test "$longest" -le 150
}

check_options() {
  local verb=$1 option
  shift
  ok "bash knows the options of $verb" test "$(_pvmctl_options "$verb" | xargs -rn1 | sort)" = "$(options_of "$@" | sed 's/^/--/' | sort)"
  ok "the page of $verb explains its options, each once, and no others" \
    test "$(explained_by "$verb" | sort)" = "$(options_of "$@" | sort)"
  ok "the page of $verb says where --json and --help are explained" grep -qw -e --json <<<"$(section_of "$verb" OPTIONS)"
  for option in $(options_of "$@"); do
    ok "zsh knows --$option" grep -q -e "--$option\(=-\)\{0,1\}\[" "$zsh_file"
    ok "fish knows $verb --$option" grep -qE "__pvmctl_at [^']*\b$verb\b[^']*' -l $option( |\$)" "$fish_file"
  done
}

pages=$(cd "$PVM_STAGE/bin" && printf '%s.1 ' *)
check_verbs() {
  local verb wanted
  wanted=$(verbs_of "$@" | sort)
  ok "bash knows the verbs of pvmctl $*" test "$(_pvmctl_words "$*" | xargs -n1 | sort)" = "$wanted"
  for verb in $wanted; do
    ok "zsh knows $* $verb" grep -q "[\"']$verb:" "$zsh_file"
    ok "fish knows $* $verb" grep -qE "__pvmctl_at \"?$*\"?' -a ('[a-z -]*\b)?$verb\b" "$fish_file"
    check_page "${*:+$* }$verb"
    pages+=" pvmctl-${*:+$1-}$verb.1"
    if [ -n "$(verbs_of "$@" "$verb")" ]; then
      check_verbs "$@" "$verb"
    else
      check_options "${*:+$* }$verb" "$@" "$verb"
    fi
    [ $# = 0 ] || ok "the page of $* names $verb" grep -qF -e "pvmctl-$1-$verb" <<<"$(section_of "$*" VERBS)"
  done
}

check_verbs
ok "there was something to compare" test "$checks" -gt 300
ok "every page is that of a verb or a program" test "$(xargs -n1 <<<"$pages" | sort)" = "$(cd "$manual" && printf '%s\n' *.1 | sort)"
ok "pvmctl.1 explains --host, --json and --version" \
  test "$(explained_by "" | sort | xargs)" = "host json version"

# What groff says of a page with all its warnings, a line that it cannot fill, and lines that 80 columns cannot hold.
faults_of() {
  groff -man -Tutf8 -ww -z "$1" 2>&1
  groff -man -Tascii -P-cbou "$1" | awk 'length > 80'
}
for page in "$manual"/*.1; do
  said=$(faults_of "$page")
  ok "$(basename "$page") is clean: $said" test -z "$said"
done
referred=$(sed -nE 's/\\-/-/g; s/^\.BR (pvmctl[a-z-]*|safe-[a-z-]+) \(1\).*/\1.1/p' "$manual"/*.1 | sort -u)
ok "every page that a page refers to is there" test -z "$(comm -23 <(echo "$referred") <(cd "$manual" && printf '%s\n' *.1 | sort))"

# A forged id is not offered: what stands in a reason cannot look like an id of its own.
pvmctl() { printf '{\n  "requests": [\n    {\n      "id": "%s",\n      "reason": "x\\n      \\"id\\": \\"%s\\","\n    }\n  ]\n}\n' "$good" "$bad"; }
good=0123456789abcdef0123456789abcdef
bad=ffffffffffffffffffffffffffffffff
ok "bash completes the ids of requests, and nothing else" test "$(_pvmctl_words approve)" = "$good"

echo "$checks checks, $failures failures"
[ "$failures" = 0 ] && [ "$checks" -gt 0 ]
