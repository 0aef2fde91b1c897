#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The manual and the completions, as they are installed, know every verb and every option that pvmctl's help names.
# PVM_STAGE: the directory that PVM was installed into.
set -u
: "${PVM_STAGE:?the directory that PVM was installed into}"
export LC_ALL=C PATH=$PVM_STAGE/bin:/usr/bin:/bin
manual=$PVM_STAGE/share/man/man1/pvmctl.1
zsh_file=$PVM_STAGE/share/zsh/site-functions/_pvmctl
fish_file=$PVM_STAGE/share/fish/vendor_completions.d/pvmctl.fish
# shellcheck source=/dev/null
. "$PVM_STAGE/share/bash-completion/completions/pvmctl" || exit 99

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
# The part of the manual about a verb, with plain hyphens.
section_of() {
  awk -v head="$1" '/^\.S[SH] / { heading = $0; gsub(/^\.S[SH] "?|"/, "", heading); gsub(/\\-/, "-", heading); at = index(heading " ", head " ") == 1 }
    at' "$manual" | sed 's/\\-/-/g'
}

check_options() {
  local verb=$1 section option
  shift
  section=$(section_of "$verb")
  ok "the manual has $verb" test -n "$section"
  ok "the manual has an example of $verb" grep -q "pvmctl $verb" <<<"$section"
  ok "bash knows the options of $verb" test "$(_pvmctl_options "$verb" | xargs -rn1 | sort)" = "$(options_of "$@" | sed 's/^/--/' | sort)"
  for option in $(options_of "$@"); do
    ok "the manual has $verb --$option" grep -qw -e "--$option" <<<"$section"
    ok "zsh knows --$option" grep -q -e "--$option\(=-\)\{0,1\}\[" "$zsh_file"
    ok "fish knows $verb --$option" grep -qE "__pvmctl_at [^']*\b$verb\b[^']*' -l $option( |\$)" "$fish_file"
  done
}

check_verbs() {
  local verb wanted
  wanted=$(verbs_of "$@" | sort)
  ok "bash knows the verbs of pvmctl $*" test "$(_pvmctl_words "$*" | xargs -n1 | sort)" = "$wanted"
  for verb in $wanted; do
    ok "zsh knows $* $verb" grep -q "[\"']$verb:" "$zsh_file"
    ok "fish knows $* $verb" grep -qE "__pvmctl_at \"?$*\"?' -a ('[a-z -]*\b)?$verb\b" "$fish_file"
    if [ -n "$(verbs_of "$@" "$verb")" ]; then
      check_verbs "$@" "$verb"
    else
      check_options "${*:+$* }$verb" "$@" "$verb"
    fi
  done
}

check_verbs
ok "there was something to compare" test "$checks" -gt 200

# A forged id is not offered: what stands in a reason cannot look like an id of its own.
pvmctl() { printf '{\n  "requests": [\n    {\n      "id": "%s",\n      "reason": "x\\n      \\"id\\": \\"%s\\","\n    }\n  ]\n}\n' "$good" "$bad"; }
good=0123456789abcdef0123456789abcdef
bad=ffffffffffffffffffffffffffffffff
ok "bash completes the ids of requests, and nothing else" test "$(_pvmctl_words approve)" = "$good"

if command -v man >/dev/null; then
  for page in pvmctl safe-rm; do
    said=$(man --warnings -l "$PVM_STAGE/share/man/man1/$page.1" 2>&1 >/dev/null) || said="man failed: $said"
    ok "$page.1 is clean: $said" test -z "$said"
  done
fi

echo "$checks checks, $failures failures"
[ "$failures" = 0 ] && [ "$checks" -gt 0 ]
