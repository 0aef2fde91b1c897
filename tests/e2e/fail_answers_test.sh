# SPDX-License-Identifier: Apache-2.0
# pvmctl approve, deny, revoke and lock, struck where they write: each such call fails, or is the moment of a kill. What
# says that it is done is done; what was not done left nothing half done, and can be done again.
. "$(dirname "$0")/lib.sh"
. "$here/inject.sh"
set_up
ends 0 pvmctl allow --agent claude rm "$box/real/work/build" --for 1h --yes --json
grant=$(json id)
a_tree victim
ends 0 pvmctl request --json --reason 'clean up' -- rm -rf victim
request=$(json id)
cp -a "$PVM_HOME" "$box/made"
: >"$box/ran"
rounds=0
done_well=0

# look WHAT: what must be true at any time; $state, $grants (of the request), $revoked and $locked as they are.
look() {
  IFS='|' read -r state grants revoked locked <<<"$(sqlite3 -readonly "$vault" \
    "SELECT (SELECT state FROM requests WHERE request_id = '$request'), (SELECT count(*) - 1 FROM grants),
      (SELECT count(*) FROM grants WHERE grant_id = '$grant' AND revoked NOT NULL),
      (SELECT lock_id NOT NULL FROM state)")"
  run pvmctl audit verify
  ok "$1: the vault opens and its log is whole (was $status)" [ "$status" = 0 ]
  local wanted=0
  [ "$state" != approved ] || wanted=1
  ok "$1: approved is what has a grant (state $state, grants $grants)" [ "$grants" = "$wanted" ]
}
is_done() { # VERB
  case $1 in
    approve) [ "$state" = approved ] ;;
    deny) [ "$state" = denied ] ;;
    revoke) [ "$revoked" = 1 ] ;;
    lock) [ "$locked" = 1 ] ;;
  esac
}

# judge_answer VERB WHAT COMMAND…: the command has ended with $status after one of its calls was struck.
judge_answer() {
  local verb=$1 what=$2 was=$status
  shift 2
  if [ "$was" != 0 ] && [ "$was" -lt 128 ]; then
    ok "$what: one message says so" [ "$(grep -c '^pvmctl: [^h]' "$box/err")" = 1 ]
    ok "$what: in words for people" sh -c '! grep -qE "std::|this is a fault" "$1"' - "$box/err"
    ok "$what: and not that it is done" [ ! -s "$box/out" ]
  fi
  look "$what"
  if [ "$was" = 0 ]; then
    done_well=$((done_well + 1))
    ok "$what: it says done, and is" is_done "$verb"
  fi
  run "$@"
  [ "$verb" = deny -o "$verb" = approve ] || ok "$what: again, and it is done (was $status)" [ "$status" = 0 ]
  look "$what, again"
  ok "$what: in the end it is done" is_done "$verb"
  a_tree build
  run safe-rm -rf build victim
  [ "$verb" = approve ] || ok "$what: what was taken away is not given (was $status)" [ "$status" = 1 ]
}

# sweep VERB COMMAND…: at each call that writes, and at what follows on it
sweep() {
  local verb=$1 number name which file how
  shift
  afresh
  calls_of "$@" >"$box/calls"
  ok "$verb: the traced call is good (was $status)" [ "$status" = 0 ]
  while read -r number name which file; do
    for how in error=EIO error=ENOSPC signal=KILL; do
      is_thorough || [ "$name" = fdatasync ] || [ $(((number + ${#how}) % (${PVM_SANITIZE:+9}9))) = 0 ] || continue
      afresh
      struck "$name" "$which" "$how" "$@"
      rounds=$((rounds + 1))
      ok "$verb, $name $which ($file), $how: it was struck" was_struck
      judge_answer "$verb" "$verb, $name $which ($file), $how" "$@"
    done
  done < <(awk -v sanitized="${PVM_SANITIZE:-}" '
    $4 ~ /_pipe_/ && sanitized { next } # a sanitizer asks through a pipe whether memory can be read
    $2 ~ /^(pwrite64|ftruncate|fdatasync|fsync|rename)$/ || $2 == "write" && $4 !~ /^(out|err|-)$/' "$box/calls")
}
for scene in wal no_wal; do
  prepare "$scene"
  sweep approve pvmctl approve "$request" --yes
  sweep deny pvmctl deny "$request"
  sweep revoke pvmctl revoke "$grant"
  sweep lock pvmctl lock
done
echo "$rounds rounds, in $done_well of them the answer was given"
ok "some were given, some not" [ "$done_well" -gt 0 -a "$done_well" -lt "$rounds" ]

# ---- done is durable: where the sync failed, the same again does not say done without a sync ----
prepare wal
for verb in "revoke $grant" lock; do
  afresh
  # shellcheck disable=SC2086
  struck fdatasync 1 error=EIO pvmctl $verb
  ok "$verb: not done where it may be lost (was $status)" [ "$status" = 125 ]
  calls_of pvmctl $verb >"$box/calls"
  ok "$verb: again, and it is done (was $status)" [ "$status" = 0 ]
  ok "$verb: and synced" grep -q ' fdatasync 1 vault.db-wal' "$box/calls"
done

# ---- no file may grow: no verb dies of it, none does half of it ----
words() { # VERB: the command line
  case $1 in
    approve) echo "approve $request --yes" ;;
    deny) echo "deny $request" ;;
    revoke) echo "revoke $grant" ;;
    revoke_all) echo 'revoke --all' ;;
    allow) echo "allow --agent claude rm $box/real/work/other --for 1h --yes" ;;
    request) echo 'request --reason more -- rm -rf victim/sub' ;;
    *) echo "$1" ;;
  esac
}
for verb in approve deny revoke revoke_all lock panic allow request; do
  afresh
  read -ra command <<<"$(words "$verb")"
  run bash -c '{ prlimit --fsize=0 pvmctl "$@"; } 2>&1 | cat; exit ${PIPESTATUS[0]}' - "${command[@]}"
  ok "no growing file, $verb: 125 (was $status)" [ "$status" = 125 ]
  says 'pvmctl: cannot '
  look "no growing file, $verb"
  ok "no growing file, $verb: nothing is changed" [ "$state $grants $revoked $locked" = 'pending 0 0 0' ]
done
afresh
bash -c 'prlimit --fsize=0 pvmctl audit export --format jsonl --output "$1" 2>&1 | cat >"$2"; exit ${PIPESTATUS[0]}' - \
  "$box/log.jsonl" "$box/out"
status=$?
ok "no growing file, export: an error (was $status)" [ "$status" = 125 ]
says 'pvmctl: cannot '

# ---- who cannot be told ----
afresh
pvmctl lock >/dev/full 2>"$box/err"
status=$?
ok "an answer that nobody gets is not a success (was $status)" [ "$status" = 125 ]
complains 'pvmctl: cannot write to standard output: No space left on device'
look 'a full standard output'
ok "though it is done" [ "$locked" = 1 ]
finish
