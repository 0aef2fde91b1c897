# SPDX-License-Identifier: Apache-2.0
# Each command that PVM writes for somebody to run, run through sh, gives back the argv it stands for: in refusals, next
# steps, hints and what is to be evaluated, whatever the words and the paths are. The commands are stand-ins that write
# down what they were called with; the real ones are not in PATH.
. "$(dirname "$0")/lib.sh"
set_up

# A stand-in writes its name, two variables and its words, each with a NUL byte after it.
mkdir "$box/fake"
for name in rm safe-rm pvmctl chmod; do
  { echo '#!/bin/sh'; echo 'printf "%s\0" "${0##*/}" "${PVM_WAIT-}" "${PVM_REASON-}" "$@" >>"$SEEN"'; } >"$box/fake/$name"
  chmod 755 "$box/fake/$name"
done

# gives WHAT NAME WAIT REASON WORDS…: what each shell makes of the one line in $box/hint is a call of NAME with these
# words, and with these values of PVM_WAIT and PVM_REASON.
hints=0
gives() {
  local what=$1 shell locale
  shift
  hints=$((hints + 1))
  printf '%s\0' "$@" >"$box/wanted"
  ok "$what: one line" [ "$(wc -l <"$box/hint")" = 1 ]
  ok "$what: no raw control byte" sh -c '! grep -qP "[\x00-\x09\x0b-\x1f\x7f]" "$1"' - "$box/hint"
  ok "$what: valid UTF-8" iconv -f UTF-8 -t UTF-8 -o "$box/utf8" "$box/hint"
  for shell in sh bash 'bash --posix'; do
    for locale in C C.UTF-8; do
      : >"$box/seen"
      env -i PATH="$box/fake" LC_ALL=$locale SEEN="$box/seen" HOME=/nowhere a=b /bin/$shell -c "$(cat "$box/hint")" \
        >"$box/said" 2>&1 </dev/null
      ok "$what, by $shell in $locale: the same words" cmp "$box/seen" "$box/wanted"
    done
  done
}

# These put the line to run into $box/hint: the one line of FILE that sed's s command fits, after that; the text in the
# JSON that was written last; the line that follows the one of safe-rm's that ends in WORDS.
hint() { LC_ALL=C sed -n "s$2p" "$1" >"$box/hint"; } # FILE /PATTERN/REPLACEMENT/
of_json() { json "$1" >"$box/hint"; } # NAME
after() { grep -A1 -F -e "$1" "$box/err" | sed -n 's/^    //p' >"$box/hint"; } # WORDS

long=$(printf 'x%.0s' $(seq 255))
hostile=('' "quote's" '"double"' '$(id)' '`id`' '$HOME' '${a}' -rf --help - -- '~' '~root' '*' '?' '[a-z]' '{a,b}' '!' '!!' '!x' ' '
  'a b ' '#no' 'a#b' '\' '\\' '\n' 'a\' "'" "''" '"' ';' '&' '|' '<x>' '()' 'x=y' 'PVM_WAIT=1' '%' '%s%n' '%1' '^' '=' ':~' 'a=~'
  $'new\nline' $'end\n' $'\n' $'\n\n' $'tab\t' $'cr\r' $'\e[31m' $'\x01' $'\x7f' $'\x80' $'\xff\xfe' $'\xc3\xa9' $'\xc3'
  $'\xe2\x80\xae' $'\xc2\x9b31m' $'\xe2\x80\xa8' $'\xef\xbb\xbf' $'\xf0\x9f\x97\x91' "$long" $'\'\n\\\'\xff$(id)`id`"!*')
printable=()
for word in "${hostile[@]}"; do
  case $word in *[!\ -~]*) ;; *) printable+=("$word") ;; esac
done
ok "there are words of both kinds" [ "${#printable[@]}" -gt 40 -a "${#hostile[@]}" -gt $((${#printable[@]} + 15)) ]

# --- what an agent is told, about three commands: with plain words, with those that can be shown, with every kind
work=$box/real/work
# story NAME: in a directory of its own with one file, about which nothing is known yet.
story() { what="$kind words, $1"; here=$work/$kind-$1; mkdir "$here"; cd "$here" || exit 99; echo 1 >there; }
tell() { # KIND WORDS…: of rm
  kind=$1
  shift
  story 'no grant'
  ends 1 safe-rm "$@"
  after 'in one step:'
  gives "$what" safe-rm 90 '<why>' "$@"
  run pvmctl check -- rm "$@"
  hint "$box/err" '/^next: //'
  gives "$what, check" pvmctl '' '' request --wait 90 --reason '<why>' -- rm "$@"
  hint "$box/out" '/^    //'
  gives "$what, check, its refusal" rm 90 '<why>' "$@"
  run pvmctl check --json -- rm "$@"
  of_json next_step
  gives "$what, check, JSON" pvmctl '' '' request --wait 90 --reason '<why>' -- rm "$@"
  of_json command
  gives "$what, check, JSON, the command" rm '' '' "$@"

  story pending
  ends 0 pvmctl request --json -- rm "$@"
  id=$(json id)
  of_json command
  gives "$what, request" rm '' '' "$@"
  ends 75 safe-rm "$@"
  after 'To wait for it:'
  gives "$what" safe-rm 90 '<why>' "$@"
  run pvmctl status "$id"
  hint "$box/out" '/^  command *//'
  gives "$what, status" rm '' '' "$@"
  hint "$box/err" '/^next: //'
  gives "$what, next" pvmctl '' '' wait "${id:0:8}"
  PVM_WAIT=60 PVM_REASON='tidy up' safe-rm "$@" >"$box/out" 2>"$box/err" </dev/null &
  for _ in $(seq 300); do
    grep -qF 'waiting up to' "$box/err" && break
    sleep 0.1
  done
  ok "$what: cancelled while somebody waits" pvmctl cancel "$id" >"$box/cancelled"
  wait $!
  complains 'is cancelled'
  after 'in one step:'
  gives "$kind words, withdrawn" safe-rm 90 '<why>' "$@"

  story approved
  ends 0 pvmctl request --json -- rm "$@"
  id=$(json id)
  ends 0 pvmctl approve "$id" --yes
  run pvmctl wait "$id"
  hint "$box/err" "|^next: run it in '$here': ||"
  gives "$what, wait" rm '' '' "$@"
  run pvmctl check -- rm "$@"
  hint "$box/out" '/^would run: //'
  gives "$what, check" rm '' '' "$@"
  hint "$box/err" '/^next: run it: //'
  gives "$what, check, next" rm '' '' "$@"
  run pvmctl request -- rm "$@"
  hint "$box/err" '/^next: run it: //'
  gives "$what, asked once more" rm '' '' "$@"
  echo 2 >>there
  told_again stale 'stale: ' 'what is there now:' "$@"

  story used
  ends 0 pvmctl allow --yes --agent claude rm "$here/there" --uses 1
  ends 0 safe-rm "$@"
  is_gone there
  echo 1 >there
  told_again 'used up' 'is used up' 'in one step:' "$@"

  story revoked
  ends 0 pvmctl allow --yes --agent claude rm "$here/there" --json
  ends 0 pvmctl revoke "$(json id)"
  told_again revoked 'was revoked' 'in one step:' "$@"

  story over
  ends 0 pvmctl allow --yes --agent claude rm "$here/there" --for 1s
  for _ in $(seq 100); do
    run pvmctl check -- rm "$@"
    [ "$status" = 0 ] || break
    sleep 0.1
  done
  told_again over 'ended' 'in one step:' "$@"
  cd "$work" || exit 99
}
# told_again WHAT SAID BEFORE WORDS…: safe-rm refuses, says SAID, and the hint follows BEFORE.
told_again() {
  local state=$1 said=$2 before=$3
  shift 3
  ends 1 safe-rm "$@"
  complains "$said"
  after "$before"
  gives "$kind words, $state" safe-rm 90 '<why>' "$@"
}
tell plain -rf there
tell printable -rf -- there "${printable[@]}"
tell hostile -rf -- there "${hostile[@]}"

# by a name of its own, of which some are an option of printf's
for name in -rm -v "rm's" $'rm\xff' 'A=1'; do
  ln -s safe-rm "$box/fake/$name"
  for operand in there $'there\n'; do
    echo 1 >"$operand"
    run bash -c 'exec -a "$1" "$2" "$3"' - "$name" "$PVM_STAGE/bin/safe-rm" "$operand"
    after 'in one step:'
    gives "called $(printf %q "$name")" "$name" 90 '<why>' "$operand"
    PVM_WAIT=0 PVM_REASON='tidy up' run bash -c 'exec -a "$1" "$2" "$3"' - "$name" "$PVM_STAGE/bin/safe-rm" "$operand"
    run pvmctl status --json
    of_json 'requests[0].command'
    gives "asked for by $(printf %q "$name")" "$name" '' '' "$operand"
    ends 0 pvmctl cancel "$(json 'requests[0].id')"
  done
done

# rm's own advice is for a shell that knows $'…', and is passed on as rm gives it
mkdir dashes
cd dashes || exit 99
for name in '-x' '-x y' "-x'y" '-x\y' $'-x\ny' $'-x\e'; do
  : >"./$name"
  run pvmctl request -- rm "$name"
  ok "rm's advice" [ "$status" = 2 ]
  sed -n "s/^pvmctl: hint: Try '\(rm .*\)' to remove the file .*/\1/p" "$box/err" >"$box/hint"
  : >"$box/seen"
  SEEN=$box/seen PATH=$box/fake:$PATH bash "$box/hint" >"$box/said" 2>&1
  printf '%s\0' rm '' '' "./$name" >"$box/wanted"
  ok "rm's advice on $(printf %q "$name") names it" cmp "$box/seen" "$box/wanted"
done
cd ..

# --- what a person is told about paths
# A scope that just misses what was asked for: the one that would do, in the words to type.
for name in plain "it's \$(id) \`id\` \"x\"" '~*?[a]z' '\back'; do
  mkdir -p "scoped/$name"
  echo 1 >"scoped/$name/one"
  ends 0 pvmctl request --json -- rm -r "scoped/$name"
  id=$(json id)
  quoted=$(printf %s "$work/scoped/$name" | sed 's/[][*?\\]/\\&/g')
  ends 1 pvmctl approve "$id" --yes --for 1h --widen --scope "${quoted%?}?"
  hint "$box/err" '/^pvmctl: hint: this would cover it with what is beneath: /pvmctl /'
  gives "a scope for $name" pvmctl '' '' --scope "${quoted%?}?/"
  ends 0 pvmctl cancel "$id"
done

# A place of a hostile name whose mode is wrong.
home=$PVM_HOME
n=0
for name in "it's \$(id) \`id\` \"x\" ~ * !" $'new\nline\xff\e[31m\xe2\x80\xae' '-rf' '\'; do
  n=$((n + 1))
  export PVM_HOME=$box/places$n/$name
  mkdir -p "$PVM_HOME"
  cp -p "$home"/* "$PVM_HOME/"
  chmod 700 "$PVM_HOME"
  chmod 666 "$PVM_HOME/allowed_signers"
  run pvmctl grants
  ok "an unsafe place: refused (was $status)" [ "$status" = 125 ]
  hint "$box/err" '/^pvmctl: hint: //'
  gives "the mode of a file in place $n" chmod '' '' go-w -- "$PVM_HOME/allowed_signers"
  run pvmctl doctor
  hint "$box/out" '/^ *hint: \(.*chmod\)/\1/'
  gives "the doctor on place $n" chmod '' '' go-w -- "$PVM_HOME/allowed_signers"
  sh -c "$(cat "$box/hint")"
  run pvmctl grants
  ok "place $n: mended by the hint (was $status)" [ "$status" = 0 ]
done

# A key that is there already; where to make shims, and what the agent's shell is to read.
for name in plain "it's \$(id) \`id\` \"x\" ~ * !" '-rf'; do
  export PVM_HOME=$box/new/$name
  mkdir -p "$PVM_HOME"
  chmod 700 "$PVM_HOME"
  : >"$PVM_HOME/approver_key"
  run pvmctl init --no-passphrase --no-passphrase
  ok "init with a key there: refused" [ "$status" = 1 ]
  hint "$box/err" '/^pvmctl: hint: if it is yours, use it: //'
  gives "init in $name" pvmctl '' '' init --key "$PVM_HOME/approver_key"

  directory="$box/shims $name"
  ends 0 pvmctl shim install --dir "$directory"
  hint "$box/err" '/^next: start the agent: //'
  gives "shim install in $name" pvmctl '' '' shim exec --dir "$directory" -- PROGRAM
  ends 0 pvmctl shim env --dir "$directory"
  for shell in sh bash; do
    first=$($shell -c "$(cat "$box/out")"'; printf %s "${PATH%%:*}"; printf x')
    ok "$shell puts the shims of $name first" [ "$first" = "${directory}x" ]
  done
done
export PVM_HOME=$home
ends 2 pvmctl shim install --dir $'/tmp/no\nsuch'
complains 'cannot be shown'

ok "that were many hints ($hints)" [ "$hints" -ge 80 ]
finish
