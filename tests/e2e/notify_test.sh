# SPDX-License-Identifier: Apache-2.0
# pvmctl notify test: every channel says its message in its service's form, to peers that look at it as the services do; what is
# not who it should be gets nothing; and no secret is in what is said, in argv, or in the environment of a program.
. "$(dirname "$0")/lib.sh"
: "${PVM_TEST_PROGRAMS:?where notify_try is}"
peers=$box/peers
mkdir -p "$peers" "$PVM_HOME"
chmod 700 "$PVM_HOME"

# ---- certificates: an authority of ours, one of its for us, one of its for another name, and one that is nobody's ----
certificate() { # NAME SUBJECT-ALT-NAME
  openssl req -quiet -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$peers/$1.key" -out "$peers/$1.csr" -subj "/CN=$1" 2>/dev/null ||
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$peers/$1.key" -out "$peers/$1.csr" -subj "/CN=$1" 2>/dev/null
  openssl x509 -req -in "$peers/$1.csr" -CA "$peers/ca.crt" -CAkey "$peers/ca.key" -CAcreateserial -days 2 -out "$peers/$1.crt" \
    -extfile <(echo "subjectAltName=$2") 2>/dev/null
  cat "$peers/$1.crt" "$peers/$1.key" >"$peers/$1.pem"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$peers/ca.key" -out "$peers/ca.crt" -subj /CN=ours 2>/dev/null
certificate good IP:127.0.0.1
certificate other DNS:other.example
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$peers/self.key" -out "$peers/self.crt" \
  -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
cat "$peers/self.crt" "$peers/self.key" >"$peers/self.pem"

python3 -B "$here/support/services.py" "$peers" 2>"$peers/err" &
peer=$!
trap 'kill "$peer" 2>/dev/null; "$REAL" -rf --one-file-system -- "$box"' EXIT
for _ in $(seq 1 300); do
  [ -e "$peers/ports" ] && break
  kill -0 "$peer" 2>/dev/null || { cat "$peers/err"; exit 1; }
  sleep 0.05
done
. "$peers/ports"
ok "the peers are there" [ -n "${http-}" -a -n "${smtps-}" ]

# ---- the channels ----
export SLACK=xoxb-slack HOOK=secret DISCORD=discord TELEGRAM=12:telegram BLUE_ID=blue-id NTFY=tk_ntfy MAIL=mail-secret
export KEY=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
(umask 077 && echo blue-key >"$box/blue")
cat >"$box/told" <<END
#!/bin/sh
{ echo "\$@"; cat; env; } >"$box/told.\$1"
END
cat >"$box/notify-send" <<END
#!/bin/sh
printf '%s\n' "\$@" >"$box/desktop"
END
chmod +x "$box/told" "$box/notify-send"
at=http://127.0.0.1:$http
mail="type: email
    user: pvm
    password: cmd:printf %s mail-secret
    from: pvm@example.org
    to:
      - alice@example.org
      - bob@example.org"
cat >"$PVM_HOME/config.yaml" <<END
approve_without_terminal: true
channels:
  slack:
    type: slack
    bot_token: \${SLACK}
    channel: '#ops'
    base_url: $at
  slack-hook:
    type: slack
    webhook: $at/slack-hook/T/B/\${HOOK}
  discord:
    type: discord
    bot_token: \${DISCORD}
    channel: 42
    base_url: $at
  discord-hook:
    type: discord
    webhook: $at/discord-hook/\${HOOK}
  telegram:
    type: telegram
    bot_token: \${TELEGRAM}
    chat: -100123
    base_url: $at
  sendblue:
    type: sendblue
    key_id: \${BLUE_ID}
    secret_key: file:$box/blue
    from: +15550100000
    to:
      - +15550100001
      - +15550100002
    base_url: $at
  ntfy:
    type: ntfy
    topic: pvm-topic
    token: \${NTFY}
    base_url: $at/
  webhook:
    type: webhook
    base_url: cmd:printf %s $at/hook
    signing_keys: \${KEY}
  tls:
    type: telegram
    bot_token: \${TELEGRAM}
    chat: -100123
    base_url: https://127.0.0.1:$https
    ca_file: $peers/ca.crt
  starttls:
    $mail
    base_url: smtp://127.0.0.1:$starttls
    ca_file: $peers/ca.crt
  smtps:
    $mail
    base_url: smtps://127.0.0.1:$smtps
    ca_file: $peers/ca.crt
  desktop:
    type: desktop
    program: $box/notify-send
  command:
    type: command
    command:
      - $box/told
      - command
  busy:
    type: telegram
    bot_token: \${TELEGRAM}
    chat: -100123
    base_url: $at/x-busy
  no-ca:
    type: telegram
    bot_token: \${TELEGRAM}
    chat: -100123
    base_url: https://127.0.0.1:$https
  wrong-name:
    type: telegram
    bot_token: \${TELEGRAM}
    chat: -100123
    base_url: https://127.0.0.1:$wrong
    ca_file: $peers/ca.crt
  self-signed:
    type: telegram
    bot_token: \${TELEGRAM}
    chat: -100123
    base_url: https://127.0.0.1:$self
    ca_file: $peers/ca.crt
  no-tls:
    $mail
    base_url: smtp://127.0.0.1:$plain
    ca_file: $peers/ca.crt
  mail-self-signed:
    $mail
    base_url: smtps://127.0.0.1:$smtps_self
    ca_file: $peers/ca.crt
  mail-no-ca:
    $mail
    base_url: smtp://127.0.0.1:$starttls
  redirect:
    type: webhook
    base_url: cmd:printf %s $at/x-redirect/hook
    signing_keys: \${KEY}
  huge:
    type: webhook
    base_url: cmd:printf %s $at/x-huge/hook
    signing_keys: \${KEY}
  broken:
    type: webhook
    base_url: cmd:printf %s $at/x-broken/hook
    signing_keys: \${KEY}
  bad-token:
    type: slack
    bot_token: \${HOOK}
    channel: C1
    base_url: $at
  no-program:
    type: command
    command: /nonexistent/program
  fails:
    type: command
    command: /bin/false
serve:
  public_url: https://pvm.example.org
END

good="slack slack-hook discord discord-hook telegram sendblue ntfy webhook tls starttls smtps desktop command busy"
seen() { grep -c "\"service\": \"$1\"" "$peers/seen"; }

ends 0 pvmctl notify test $good
for name in ${good% busy}; do says "$name: sent"; done
says "busy: sent (attempt 2)"
ok "nothing is wrong with what was sent" [ "$(grep -cv '"faults": \[\]' "$peers/seen")" = 0 ]
for name in slack slack_hook discord discord_hook ntfy webhook starttls smtps busy; do ok "one went to $name" [ "$(seen "$name")" = 1 ]; done
ok "one went to each number" [ "$(seen sendblue)" = 2 ]
ok "Telegram got one plain, one by TLS, and one that was busy" [ "$(seen telegram)" = 3 ]
# Each peer's message holds what a person needs.
while IFS= read -r line; do
  ok "there is all in it: ${line:0:60}" [ "$(grep -cE 'notify.{0,2}-test' <<<"$line")$(grep -cF -e 'to see that messages arrive' <<<"$line")" = 11 ]
done < <(grep -v '"busy"' "$peers/seen")
ok "mail goes to all, from us" grep -qF '"sender": "pvm@example.org", "to": ["alice@example.org", "bob@example.org"]' "$peers/seen"
ok "the desktop was told" grep -qF 'notify-test wants rm' "$box/desktop"
ok "a command is told in JSON" grep -qF '"agent":"notify-test"' "$box/told.command"

# ---- what is not who it should be ----
bad="no-ca wrong-name self-signed no-tls mail-self-signed mail-no-ca redirect huge broken bad-token no-program fails"
before=$(wc -l <"$peers/seen")
ends 1 pvmctl notify test $bad
for name in $bad; do says "$name: failed: "; done
says "broken: failed: status 500 (attempt 4)"
says "redirect: failed: status 302"
says "huge: failed: its answer is too large"
says "no-ca: failed: SSL peer certificate"
says "wrong-name: failed: SSL peer certificate"
says "self-signed: failed: SSL peer certificate"
says "bad-token: failed: Slack says: invalid_blocks"
says "fails: failed: it ended with status 1"
ok "who was not sure to be the right one got nothing" [ "$(tail -n +$((before + 1)) "$peers/seen" | grep -cv '"broken"\|"slack"')" = 0 ]
ok "what is out of order was tried four times" [ "$(seen broken)" = 4 ]
ok "no mail went without TLS" [ "$(seen plain)" = 0 ]

# ---- secrets ----
cat "$box/out" "$box/err" "$box/told.command" "$box/desktop" >"$box/public"
for secret in xoxb-slack 12:telegram blue-key mail-secret tk_ntfy "$KEY" /hook; do
  ok "nobody is shown $secret" sh -c '! grep -qF -e "$1" "$2"' - "$secret" "$box/public"
done

# ---- what people answer with: buttons that are taken away once it is decided, a press, a mail ----
cat >"$box/buttons.yaml" <<END
channels:
  slack:
    type: slack
    bot_token: \${SLACK}
    channel: C1
    base_url: $at
    signing_secrets: \${HOOK}
  discord:
    type: discord
    bot_token: \${DISCORD}
    channel: 42
    base_url: $at
    public_keys: $(printf '%064d' 7)
  discord-hook:
    type: discord
    webhook: $at/discord-hook/\${HOOK}
  telegram:
    type: telegram
    bot_token: \${TELEGRAM}
    chat: -100123
    base_url: $at
    updates: poll
END
: >"$peers/seen"
ends 0 "$PVM_TEST_PROGRAMS/notify_try" send "$box/buttons.yaml"
for name in slack discord discord-hook telegram; do
  says "told $name sent"
  says "edited $name sent"
done
ok "nothing is wrong with them" [ "$(grep -cv '"faults": \[\]' "$peers/seen")" = 0 ]
for code in Once Time Deny; do
  ok "$code is a button of three" [ "$(grep -c "$code-1234567890" "$peers/seen")" = 3 ]
done
ok "what was decided stands in their place" [ "$(grep -c 'approved once by alice' "$peers/seen")" = 4 ]

cat >"$box/inbox.yaml" <<END
channels:
  telegram:
    type: telegram
    bot_token: \${TELEGRAM}
    chat: -100123
    base_url: $at
    updates: poll
  mail:
    $mail
    base_url: smtps://127.0.0.1:$smtps
    mailbox: imaps://127.0.0.1:$imaps
    ca_file: $peers/ca.crt
approvers:
  alice:
    email: alice@example.org
END
a_mail() { # NAME FROM TEXT
  printf 'From: %s\r\nTo: pvm@example.org\r\nSubject: Re: PVM\r\n\r\n%s\r\n\r\n> approve Quoted-quoted-quoted\r\n' "$2" "$3" >"$peers/mail-$1"
}
a_mail 1 'Mallory <mallory@example.org>' 'approve Mallory-1234_5678'
a_mail 2 'Alice <alice@example.org>' 'I am on holiday.'
a_mail 3 'Alice <alice@example.org>' 'deny Abcdefgh-9999_0000 ask me on Monday'
head -c 100000 /dev/zero | tr '\0' x >"$peers/mail-4"
ends 0 timeout 60 "$PVM_TEST_PROGRAMS/notify_try" listen "$box/inbox.yaml" 4
says "heard telegram 1 Abcdefgh-1234_5678 123456789 "
says "heard mail 2 Abcdefgh-9999_0000 alice@example.org ask me on Monday"
says "trouble mail a mail: its sender is nobody's"
says "trouble mail its answer is too large"
ok "a press is confirmed" [ "$(seen telegram_confirm)" = 1 ]
ok "nothing is wrong with what was asked for" [ "$(grep -cv '"faults": \[\]' "$peers/seen")" = 0 ]
sed "s/mail-secret/wrong/; /telegram:/,/poll/d" "$box/inbox.yaml" >"$box/wrong.yaml"
ends 0 timeout 60 "$PVM_TEST_PROGRAMS/notify_try" listen "$box/wrong.yaml" 1
says "trouble mail Login denied"

# ---- words ----
ends 1 pvmctl notify test --json fails desktop
ok "JSON: each channel" [ "$(json 'channels[0].channel')$(json 'channels[0].sent')$(json 'channels[1].sent')" = fails01 ]
ends 2 pvmctl notify test nosuch
complains "'nosuch' is no channel of config.yaml"
ends 2 pvmctl notify test --nosuch
unset SLACK
ends 125 pvmctl notify test desktop
complains "config.yaml line 5, column 16: names the variable 'SLACK', which is not set"
printf 'use_ssh_agent: true\n' >"$PVM_HOME/config.yaml"
ends 125 pvmctl notify test
complains "config.yaml has no channel"
finish
