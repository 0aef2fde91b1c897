# SPDX-License-Identifier: Apache-2.0
# bash completion for pvmctl

# The ids in what `pvmctl $1 --json` lists, one a line.
_pvmctl_ids() {
  pvmctl "$1" --json 2>/dev/null | sed -n 's/^ *"id": "\([0-9a-f]\{32\}\)",\{0,1\}$/\1/p'
}

# The verb as far as it is typed: "", "approve", "audit list". Verbs come first, before any option.
_pvmctl_verb() {
  local end=1 first=1
  [[ ${COMP_WORDS[1]} == --host ]] && first=3
  ((COMP_CWORD > first)) || return
  case ${COMP_WORDS[first]} in
    audit | grant | notify | scope | shim | trust) ((COMP_CWORD > first + 1)) && end=2 ;;
  esac
  echo "${COMP_WORDS[*]:first:end}"
}

_pvmctl_options() {
  case $1 in
    '') echo --host --version ;;
    init) echo --key --principal --approve-without-terminal --no-passphrase --unattended --system --group --signer --vault ;;
    request) echo --reason --wait --for --uses --action --scope --may ;;
    wait) echo --timeout ;;
    pending) echo --agent --all ;;
    approve) echo --group --once --for --uses --scope --widen --unbound --note --yes --draft --for-approver --unattended --witness --signature ;;
    deny) echo --group --all --note ;;
    allow) echo --agent --temporary --builds --for --uses --may --reason --yes ;;
    grants | revoke) echo --agent --all ;;
    'grant verify') echo --signature --signers ;;
    lock | panic) echo --reason ;;
    unlock | restore) echo --yes ;;
    'trust add') echo --principal --limited --yes ;;
    'scope match') echo --tree ;;
    'audit list') echo --last --since --all --agent --no-fold --summary ;;
    'audit search') echo --path --agent --type --since ;;
    'audit verify') echo --checkpoint --proof --record ;;
    'audit export') echo --format --output ;;
    'audit checkpoint') echo --out --yes ;;
    'audit prove') echo --entry --since --checkpoint --out --record ;;
    'audit accept-break') echo --reason --yes ;;
    'audit prune') echo --before --until --reason --yes ;;
    'shim exec') echo --agent --dir ;;
    'shim install') echo --dir --no-profiles --system ;;
    'shim env') echo --dir --block ;;
    'shim remove') echo --all --dir --system ;;
    serve) echo --listen --public-url --behind-proxy --tls-certificate --tls-key --init-key --principal --unattended --same-user --passphrase-stdin --yes ;;
    login) echo --open --yes ;;
    doctor) echo --accept-clock --reason --yes ;;
  esac
}

# What may stand where no option does.
_pvmctl_words() {
  case $1 in
    '') echo init request wait status cancel check pending show approve deny allow grants revoke grant \
      lock unlock panic trust scope audit backup keep serve login notify restore migrate shim doctor ;;
    audit) echo list search verify export checkpoint prove accept-break prune ;;
    grant) echo show verify ;;
    notify) echo test ;;
    scope) echo match explain ;;
    shim) echo exec install env test remove ;;
    trust) echo list add remove ;;
    approve | deny | show | wait | cancel) _pvmctl_ids pending ;;
    status) _pvmctl_ids status ;;
    revoke | 'grant show') _pvmctl_ids grants ;;
    allow) echo rm trash push ;;
  esac
}

_pvmctl() {
  local current=$2 previous=$3 verb word
  COMPREPLY=()
  verb=$(_pvmctl_verb)
  if [[ $verb == request || $verb == check ]]; then
    # What follows "--" is a command; readline completes its files.
    for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
      if [[ $word == -- ]]; then return; fi
    done
  fi
  case $previous in
    --group)
      case $verb in
        init) mapfile -t COMPREPLY < <(compgen -g -- "$current") ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$(_pvmctl_ids pending)" -- "$current") ;;
      esac
      ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'jsonl csv' -- "$current") ;;
    --action) mapfile -t COMPREPLY < <(compgen -W 'rm trash push' -- "$current") ;;
    --may) mapfile -t COMPREPLY < <(compgen -W 'recursive force delete mirror tag' -- "$current") ;;
    --type)
      mapfile -t COMPREPLY < <(compgen -W 'init request decision outcome approve deny cancel expire stale
        allow revoke lock unlock trust export error reset backup restore migrate' -- "$current")
      ;;
    --key | --signature | --signer | --signers | --vault | --output | --dir | --checkpoint | --out | --proof | --record | --path | --tls-certificate | --tls-key) ;; # files, by readline
    --agent | --before | --for-approver | --host | --witness | --entry | --for | --last | --listen | --note | --principal | --public-url | --reason | --scope | --timeout | --until | --uses)
      compopt +o default
      ;;
    --since) # a checkpoint's file, by readline, or a time
      [[ $verb == 'audit prove' ]] || compopt +o default
      ;;
    *)
      case $verb:$current in
        *:-*) mapfile -t COMPREPLY < <(compgen -W "$(_pvmctl_options "$verb") --help --json" -- "$current") ;;
        backup:* | restore:* | 'trust add':* | 'grant verify':* | 'scope match':* | allow:/*) ;; # files, by readline
        *)
          compopt +o default
          mapfile -t COMPREPLY < <(compgen -W "$(_pvmctl_words "$verb")" -- "$current")
          ;;
      esac
      ;;
  esac
}

complete -o default -F _pvmctl pvmctl
