# SPDX-License-Identifier: Apache-2.0
# fish completion for pvmctl

# The ids in what `pvmctl $argv[1] --json` lists, one a line.
function __pvmctl_ids
    pvmctl $argv[1] --json 2>/dev/null | string replace --filter --regex '^ *"id": "([0-9a-f]{32})",?$' '$1'
end

# Whether the verb as far as it is typed is one of $argv: "", approve, "audit list".
function __pvmctl_at
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    if test "$words[2]" = --host
        set -e words[2..3]
    end
    set -l verb "$words[2]"
    if contains -- "$verb" audit grant scope shim trust; and set -q words[3]
        set verb "$verb $words[3]"
    end
    contains -- "$verb" $argv
end

complete -c pvmctl -f
complete -c pvmctl -s h -l help -d 'Say what the verb does'
complete -c pvmctl -n 'not __pvmctl_at "" audit grant scope shim trust' -l json -d 'Answer with one JSON object'

complete -c pvmctl -n '__pvmctl_at ""' -l host -x -a '(__fish_print_hostnames)' -d 'Answer requests at this ssh destination'
complete -c pvmctl -n '__pvmctl_at ""' -l version -d 'Show the version'
complete -c pvmctl -n '__pvmctl_at ""' -a init -d 'Set up a vault and the key of the approver'
complete -c pvmctl -n '__pvmctl_at ""' -a request -d 'Ask a person'
complete -c pvmctl -n '__pvmctl_at ""' -a wait -d 'Wait for the answer'
complete -c pvmctl -n '__pvmctl_at ""' -a status -d 'Show your requests'
complete -c pvmctl -n '__pvmctl_at ""' -a cancel -d 'Withdraw a request'
complete -c pvmctl -n '__pvmctl_at ""' -a check -d 'Would a command run now?'
complete -c pvmctl -n '__pvmctl_at ""' -a pending -d 'List what waits for an answer'
complete -c pvmctl -n '__pvmctl_at ""' -a show -d 'Look at a request'
complete -c pvmctl -n '__pvmctl_at ""' -a approve -d 'Sign a grant for a request'
complete -c pvmctl -n '__pvmctl_at ""' -a deny -d 'Say no to requests'
complete -c pvmctl -n '__pvmctl_at ""' -a allow -d 'Sign a standing grant'
complete -c pvmctl -n '__pvmctl_at ""' -a grants -d 'List grants'
complete -c pvmctl -n '__pvmctl_at ""' -a revoke -d 'Take grants back'
complete -c pvmctl -n '__pvmctl_at ""' -a grant -d 'A single grant'
complete -c pvmctl -n '__pvmctl_at ""' -a lock -d 'Let nothing run'
complete -c pvmctl -n '__pvmctl_at ""' -a unlock -d 'Let things run again'
complete -c pvmctl -n '__pvmctl_at ""' -a panic -d 'Lock, revoke and cancel everything'
complete -c pvmctl -n '__pvmctl_at ""' -a trust -d 'Who may approve'
complete -c pvmctl -n '__pvmctl_at ""' -a scope -d 'Try out path patterns'
complete -c pvmctl -n '__pvmctl_at ""' -a audit -d 'Read, verify and export the log'
complete -c pvmctl -n '__pvmctl_at ""' -a backup -d 'Copy the vault to a new file'
complete -c pvmctl -n '__pvmctl_at ""' -a restore -d 'Put a backup in the place of the vault'
complete -c pvmctl -n '__pvmctl_at ""' -a migrate -d 'Bring an older vault to the present format'
complete -c pvmctl -n '__pvmctl_at ""' -a keep -d 'Hold the vault open, for speed'
complete -c pvmctl -n '__pvmctl_at ""' -a serve -d 'Serve the page on which requests are answered'
complete -c pvmctl -n '__pvmctl_at ""' -a login -d 'Open the page of pvmctl serve'
complete -c pvmctl -n '__pvmctl_at serve' -l listen -x -d 'Address and port'
complete -c pvmctl -n '__pvmctl_at serve' -l public-url -x -d 'By which the page is called'
complete -c pvmctl -n '__pvmctl_at serve' -l behind-proxy -d 'A proxy that speaks TLS stands before it'
complete -c pvmctl -n '__pvmctl_at serve' -l tls-certificate -r -F -d 'Speak TLS, with this certificate'
complete -c pvmctl -n '__pvmctl_at serve' -l tls-key -r -F -d 'The key of the certificate'
complete -c pvmctl -n '__pvmctl_at serve' -l init-key -d 'Make the key that answers are signed with'
complete -c pvmctl -n '__pvmctl_at serve' -l principal -x -d 'As whom that key is trusted'
complete -c pvmctl -n '__pvmctl_at serve' -l unattended -d 'Keep that key without a passphrase'
complete -c pvmctl -n '__pvmctl_at serve' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at serve' -l same-user -d 'Hold a key although agents run as this user'
complete -c pvmctl -n '__pvmctl_at serve' -l passphrase-stdin -d 'The passphrase is on standard input'
complete -c pvmctl -n '__pvmctl_at login' -l open -d 'Open the page in the browser'
complete -c pvmctl -n '__pvmctl_at login' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at ""' -a notify -d 'How people are told of requests'
complete -c pvmctl -n '__pvmctl_at ""' -a shim -d 'Put the wrappers in front'
complete -c pvmctl -n '__pvmctl_at ""' -a doctor -d 'What is set up and unsafe'
complete -c pvmctl -n '__pvmctl_at audit' -a 'list search verify export checkpoint prove accept-break prune'
complete -c pvmctl -n '__pvmctl_at grant' -a 'show verify'
complete -c pvmctl -n '__pvmctl_at notify' -a 'test'
complete -c pvmctl -n '__pvmctl_at scope' -a 'match explain'
complete -c pvmctl -n '__pvmctl_at shim' -a 'exec install env test remove'
complete -c pvmctl -n '__pvmctl_at trust' -a 'list add remove'

complete -c pvmctl -n '__pvmctl_at init' -l key -r -F -d 'Sign with this private key'
complete -c pvmctl -n '__pvmctl_at init' -l unattended -d 'Nobody can be asked here'
complete -c pvmctl -n '__pvmctl_at init' -l principal -x -d 'The name of the approver'
complete -c pvmctl -n '__pvmctl_at init' -l approve-without-terminal -d 'Let --yes sign without asking'
complete -c pvmctl -n '__pvmctl_at init' -l no-passphrase -d 'A key that anyone of this user can use; said twice'
complete -c pvmctl -n '__pvmctl_at init' -l system -d 'As root: trust that is root\'s, and a vault that a group shares'
complete -c pvmctl -n '__pvmctl_at init' -l group -x -a '(__fish_complete_groups)' -d 'The group that shares the vault'
complete -c pvmctl -n '__pvmctl_at init' -l signer -r -F -d 'With --system or --unattended, whose grants count'
complete -c pvmctl -n '__pvmctl_at init' -l vault -x -a '(__fish_complete_directories)' -d 'The directory of the vault'

complete -c pvmctl -n '__pvmctl_at request' -l reason -x -d 'What it is for'
complete -c pvmctl -n '__pvmctl_at request' -l wait -d 'Wait for the answer'
complete -c pvmctl -n '__pvmctl_at request' -l for -x -d 'For how long'
complete -c pvmctl -n '__pvmctl_at request' -l uses -x -d 'For how many uses'
complete -c pvmctl -n '__pvmctl_at request' -l action -x -a 'rm trash push' -d 'The action that scopes are asked for'
complete -c pvmctl -n '__pvmctl_at request' -l scope -x -d 'A path pattern to work within'
complete -c pvmctl -n '__pvmctl_at request' -l may -x -a 'recursive force delete mirror tag' -d 'What goes beyond the plain form'
complete -c pvmctl -n '__pvmctl_at request check' -F
complete -c pvmctl -n '__pvmctl_at wait' -l timeout -x -d 'At most so long'
complete -c pvmctl -n '__pvmctl_at pending' -l agent -x -d 'Only what this agent asks for'
complete -c pvmctl -n '__pvmctl_at pending' -l all -d 'Every request of long groups'

complete -c pvmctl -n '__pvmctl_at approve' -l once -d 'One use, bound to what is there now'
complete -c pvmctl -n '__pvmctl_at approve' -l for -x -d 'The same scopes for a time'
complete -c pvmctl -n '__pvmctl_at approve' -l uses -x -a unlimited -d 'So many uses'
complete -c pvmctl -n '__pvmctl_at approve' -l scope -x -d 'A scope in place of those asked for'
complete -c pvmctl -n '__pvmctl_at approve' -l widen -d 'It may cover more than was asked for'
complete -c pvmctl -n '__pvmctl_at approve' -l unbound -d 'Do not bind to what is there now'
complete -c pvmctl -n '__pvmctl_at approve' -l note -x -d 'A word to the agent'
complete -c pvmctl -n '__pvmctl_at approve' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at approve' -l draft -d 'Print the text to sign'
complete -c pvmctl -n '__pvmctl_at approve' -l for-approver -x -d 'Who is to sign the draft'
complete -c pvmctl -n '__pvmctl_at approve' -l unattended -d 'The key of the draft needs no human act'
complete -c pvmctl -n '__pvmctl_at approve' -l witness -x -d 'Prove that the log extends its first entries'
complete -c pvmctl -n '__pvmctl_at approve' -l signature -r -F -d 'Take in the signature of a draft'
complete -c pvmctl -n '__pvmctl_at approve deny' -l group -x -a '(__pvmctl_ids pending)' -d 'All of the group that this request is in'
complete -c pvmctl -n '__pvmctl_at deny' -l all -d 'Every pending request'
complete -c pvmctl -n '__pvmctl_at deny' -l note -x -d 'A word to the agent'
complete -c pvmctl -n '__pvmctl_at approve deny show wait cancel' -a '(__pvmctl_ids pending)'
complete -c pvmctl -n '__pvmctl_at status' -a '(__pvmctl_ids status)'

complete -c pvmctl -n '__pvmctl_at allow' -l agent -x -d 'The name of the agent'
complete -c pvmctl -n '__pvmctl_at allow' -l temporary -d 'Also temporary files'
complete -c pvmctl -n '__pvmctl_at allow' -l builds -x -a '(__fish_complete_directories)' -d 'Also what builds make beneath this directory'
complete -c pvmctl -n '__pvmctl_at allow' -l for -x -d 'For how long'
complete -c pvmctl -n '__pvmctl_at allow' -l uses -x -a unlimited -d 'So many uses'
complete -c pvmctl -n '__pvmctl_at allow' -l may -x -a 'recursive force delete mirror tag -' -d 'What goes beyond the plain form'
complete -c pvmctl -n '__pvmctl_at allow' -l reason -x -d 'A word for the log'
complete -c pvmctl -n '__pvmctl_at allow' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at allow' -a 'rm trash push'
complete -c pvmctl -n '__pvmctl_at allow' -F
complete -c pvmctl -n '__pvmctl_at grants revoke' -l agent -x -d 'Only the grants of this agent'
complete -c pvmctl -n '__pvmctl_at grants' -l all -d 'Those that ended, too'
complete -c pvmctl -n '__pvmctl_at revoke' -l all -d 'Every grant there is'
complete -c pvmctl -n '__pvmctl_at revoke "grant show"' -a '(__pvmctl_ids grants)'
complete -c pvmctl -n '__pvmctl_at "grant verify"' -l signature -r -F -d 'Its signature'
complete -c pvmctl -n '__pvmctl_at "grant verify"' -l signers -r -F -d 'An allowed_signers file'
complete -c pvmctl -n '__pvmctl_at "grant verify"' -F

complete -c pvmctl -n '__pvmctl_at lock panic' -l reason -x -d 'Shown to whoever is refused'
complete -c pvmctl -n '__pvmctl_at unlock' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at "trust add"' -l principal -x -d 'Whose key it is'
complete -c pvmctl -n '__pvmctl_at "trust add"' -l limited -d 'For a service: it may answer requests, and no more'
complete -c pvmctl -n '__pvmctl_at "trust add"' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at "trust add"' -F
complete -c pvmctl -n '__pvmctl_at "scope match"' -l tree -d 'With all that is beneath it'
complete -c pvmctl -n '__pvmctl_at "scope match"' -F

complete -c pvmctl -n '__pvmctl_at "audit list"' -l last -x -d 'So many'
complete -c pvmctl -n '__pvmctl_at "audit list"' -l all -d 'All of them'
complete -c pvmctl -n '__pvmctl_at "audit list"' -l no-fold -d 'A line for each'
complete -c pvmctl -n '__pvmctl_at "audit list"' -l summary -d 'What each agent removed, and who approved'
complete -c pvmctl -n '__pvmctl_at "audit search"' -l path -r -F -d 'Only those about this path'
complete -c pvmctl -n '__pvmctl_at "audit list" "audit search"' -l agent -x -d 'Only those of one agent'
complete -c pvmctl -n '__pvmctl_at "audit list" "audit search"' -l since -x -d 'Only those of the last while'
complete -c pvmctl -n '__pvmctl_at "audit search"' -l type -x -d 'Only one type' \
    -a 'init request decision outcome approve deny cancel expire stale allow revoke lock unlock trust export error reset backup restore migrate'
complete -c pvmctl -n '__pvmctl_at "audit export"' -l format -x -a 'jsonl csv' -d 'jsonl or csv'
complete -c pvmctl -n '__pvmctl_at "audit export"' -l output -r -F -d 'A file that is not there yet'
complete -c pvmctl -n '__pvmctl_at "audit verify" "audit prove"' -l checkpoint -r -F -d 'A checkpoint that was kept'
complete -c pvmctl -n '__pvmctl_at "audit verify"' -l proof -r -F -d 'Judge this proof instead'
complete -c pvmctl -n '__pvmctl_at "audit verify" "audit prove"' -l record -r -F -d 'The record that the proof is of'
complete -c pvmctl -n '__pvmctl_at "audit checkpoint" "audit prove"' -l out -r -F -d 'A file that is not there yet'
complete -c pvmctl -n '__pvmctl_at "audit checkpoint"' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at "audit prove"' -l entry -x -d 'The entry that the log holds'
complete -c pvmctl -n '__pvmctl_at "audit prove"' -l since -r -F -d 'The checkpoint that the log extends'
complete -c pvmctl -n '__pvmctl_at "audit accept-break" "audit prune"' -l reason -x -d 'A word for the log'
complete -c pvmctl -n '__pvmctl_at "audit accept-break" "audit prune"' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at "audit prune"' -l before -x -d 'Entries older than this'
complete -c pvmctl -n '__pvmctl_at "audit prune"' -l until -x -d 'Entries up to this number'
complete -c pvmctl -n '__pvmctl_at backup restore' -F
complete -c pvmctl -n '__pvmctl_at restore' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at doctor' -l accept-clock -d 'Accept, signed, a clock that is behind the log'
complete -c pvmctl -n '__pvmctl_at doctor' -l reason -x -d 'A word for the log'
complete -c pvmctl -n '__pvmctl_at doctor' -l yes -d 'Do not ask, where the configuration allows that'
complete -c pvmctl -n '__pvmctl_at "shim exec"' -l agent -x -d 'Its name for PVM'
complete -c pvmctl -n '__pvmctl_at "shim install"' -l no-profiles -d 'Leave the files of shells alone'
complete -c pvmctl -n '__pvmctl_at "shim install" "shim remove"' -l system -d 'As root, for every user'
complete -c pvmctl -n '__pvmctl_at "shim env"' -l block -d 'Print the block for the files of shells'
complete -c pvmctl -n '__pvmctl_at "shim remove"' -l all -d 'Out of the files of shells, too'
complete -c pvmctl -n '__pvmctl_at "shim exec" "shim install" "shim env" "shim remove"' -l dir -x -a '(__fish_complete_directories)' -d 'Where the links are'
