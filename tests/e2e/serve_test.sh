# SPDX-License-Identifier: Apache-2.0
# pvmctl serve and pvmctl login: the whole path through the API, and what must not get through: other hosts and origins,
# missing proofs, GETs that would decide, logins that are replayed or forged, a second instance.
. "$(dirname "$0")/lib.sh"
. "$here/serve.sh"
set_up
ends 125 pvmctl login --yes
complains 'does not run'
serve_it
ends 1 pvmctl serve --listen 127.0.0.1:0
complains 'runs already'
ok "the socket is the owner's alone" [ "$(stat -c %a "$PVM_HOME/serve.sock")" = 600 ]

a_tree build
run env PVM_WAIT=0 PVM_REASON='clean build' safe-rm -rf build
ends 0 pvmctl pending --json
id=$(json 'requests[0].id')
ok "a request waits" [ ${#id} = 32 ]
is_pending() {
  pvmctl show "$id" --json >"$box/shown"
  ok "after $1 it is pending" grep -q '"state": "pending"' "$box/shown"
}

# ---- who is not logged in ----
key=none
: >"$box/jar"
for path in status requests "requests/$id" grants decisions audit events session; do api 401 "/api/v1/$path"; done
api 401 "/api/v1/requests/$id/deny" -d '{}'
api 401 "/api/v1/panic" -d '{}'
api 200 /healthz
says ok
api 200 /metrics
says 'pvm_requests_pending 1'
for path in / /login /style.css /app.js /requests.js /session.js /shared.js /view.js /icon.svg; do api 200 "$path"; done
for header in "content-security-policy: default-src 'none'" 'x-content-type-options: nosniff' 'referrer-policy: no-referrer' 'cache-control: no-store' 'cross-origin-opener-policy: same-origin'; do
  ok "it says $header" grep -qi "^$header" "$box/head"
done
ok "and nothing inline is let run" sh -c '! grep -qi unsafe "$1"' - "$box/head"
api 404 /nosuch
api 400 /../vault.db --path-as-is
api 400 /%2e%2e/vault.db --path-as-is

# ---- logging in ----
log_in
ok "the cookie is for no script and no other site" grep -q '^#HttpOnly_' "$box/jar"
api 200 /api/v1/session
says '"unattended":true'
api 200 /api/v1/requests
says '"reason":"clean build"'
api 200 "/api/v1/requests/$id"
says '"largest":[{'
cookie=$(awk '/pvm-/ { print $6 "=" $7 }' "$box/jar")

# ---- what is described is there ----
paths=$(sed -n 's/^  \(\/[a-z/{}]*\):$/\1/p' "$PVM_STAGE/share/doc/pvm/openapi.yaml")
ok "the description has paths" [ "$(wc -l <<<"$paths")" -ge 15 ]
for path in ${paths//\/events/}; do
  case $path in
    /grants/*) continue ;; # there is none yet
    */deny | */approve | /login | /logout | /lock | /panic) wanted=405 ;;
    *) wanted=200 ;;
  esac
  api "$wanted" "/api/v1${path/'{id}'/$id}" -X GET
done

# ---- one proof is missing, or is another's ----
deny=(-X POST -d '{"note":"no"}')
try() {
  local wanted=$1
  shift
  local type=(-H 'Content-Type: application/json')
  case "$*" in *Content-Type*) type=() ;; esac
  status=$(curl -s -o "$box/out" -w '%{http_code}' "${deny[@]}" "${type[@]}" "$@" "$url/api/v1/requests/$id/deny")
  ok "status $wanted with $* (was $status)" [ "$status" = "$wanted" ]
}
o=(-H "Origin: $url")
c=(-H "Cookie: $cookie")
k=(-H "X-PVM-Key: $key")
try 401 "${o[@]}" "${c[@]}"
try 401 "${o[@]}" "${k[@]}"
try 403 "${c[@]}" "${k[@]}"
try 403 "${c[@]}" "${k[@]}" -H 'Origin: https://evil.example'
try 403 "${c[@]}" "${k[@]}" -H 'Origin: null'
try 403 "${c[@]}" "${k[@]}" -H "Origin: ${url%:*}:1"
try 403 "${o[@]}" "${c[@]}" "${k[@]}" -H 'Host: evil.example'
try 403 "${o[@]}" "${c[@]}" "${k[@]}" -H 'Sec-Fetch-Site: same-site'
try 415 "${o[@]}" "${c[@]}" "${k[@]}" -H 'Content-Type: text/plain'
try 401 "${o[@]}" -H "Cookie: $cookie; $cookie" "${k[@]}"
try 400 "${o[@]}" "${c[@]}" "${k[@]}" -H 'Transfer-Encoding: chunked'
for path in "requests/$id/deny" "requests/$id/approve" lock panic; do api 405 "/api/v1/$path" -X GET; done
for method in PUT DELETE PATCH HEAD OPTIONS; do
  status=$(curl -s -m 5 -o /dev/null -w '%{http_code}' -X "$method" "${o[@]}" "${c[@]}" "${k[@]}" "$url/api/v1/requests/$id/deny")
  ok "$method is none of ours (was $status)" [ "$status" = 405 ]
done
is_pending 'all that'

# ---- events, and what came before them ----
curl -sN -m 60 -H "Cookie: $cookie" -H "X-PVM-Key: $key" -H 'Last-Event-ID: 0' "$url/api/v1/events" >"$box/events" &
listener=$!
await grep -q '^event: created' "$box/events"

# ---- answers ----
api 409 "/api/v1/requests/$id/approve" -d '{}'
says 'approving stays with pvmctl approve'
api 400 "/api/v1/requests/$id/deny" -d '{"note":"no","note":"yes"}'
api 200 "/api/v1/requests/$id/deny" -d '{"note":"use make clean"}'
await grep -q '^event: decided' "$box/events"
ends 1 safe-rm -rf build
complains "their note: 'use make clean'"
exists build/one
api 409 "/api/v1/requests/$id/deny" -d '{}'
api 200 '/api/v1/decisions?q=make+clean'
says '"state":"denied"'
api 200 '/api/v1/audit?q=use%20make'
says '"entry_type":"deny"'

ends 0 pvmctl allow --agent claude rm "$box/real/work/build/" --for 1h --yes
await grep -q '^event: granted' "$box/events"
api 200 /api/v1/grants
grant=$(json 'grants[0].id')
api 200 "/api/v1/grants/$grant/revoke" -d '{}'
await grep -q '^event: revoked' "$box/events"
ends 1 safe-rm -rf build
exists build/one
api 200 /api/v1/lock -d '{"reason":"looking"}'
await grep -q '^event: locked' "$box/events"
ends 0 pvmctl pending --json
ok "locked" [ "$(json locked)" = 1 ]
api 200 /api/v1/status
says '"lock_reason":"looking"'
ends 0 pvmctl unlock --yes

# ---- logging out ends the session and what listens with it ----
api 200 /api/v1/logout -d '{}'
wait "$listener"
ok "the events ended" [ $? = 0 ]
api 401 /api/v1/status

# ---- links ----
link=$(pvmctl login --yes | grep -o 'http[^ ]*')
token=${link#*#}
spend() {
  status=$(curl -s -o "$box/out" -w '%{http_code}' -c "$box/jar" -H "Origin: $url" -H 'Content-Type: application/json' -d "{\"token\":\"$token\"}" "$url/api/v1/login")
}
spend
key=$(json key)
ok "a link opens (was $status)" [ "$status" = 200 ]
api 200 /api/v1/session
cp "$box/jar" "$box/jar.first"
spend
ok "a second time it does not (was $status)" [ "$status" = 403 ]
cp "$box/jar.first" "$box/jar"
api 401 /api/v1/session
ok "no argument of any process held it" sh -c '! tr "\0" " " </proc/'"$server"'/cmdline | grep -qF -e "$1"' - "$token"

# A link is for a page: what poses as serve gets a statement that serve does not honour.
forged() {
  python3 - "$PVM_HOME/serve.sock" "$@" <<'END'
import hashlib, json, socket, subprocess, sys, time
path, what, key = sys.argv[1:4]
door = socket.socket(socket.AF_UNIX)
door.connect(path)
lines = door.makefile("rw")
hello = json.loads(lines.readline())
now = int(time.time())
fields = {"vault": hello["vault"], "door": hello["door"], "token": hashlib.sha256(b"A" * 43).hexdigest(), "time": now, "until": now + 60,
          "approver": sys.argv[4], "via": "cli"}
fields.update({"vault": {"vault": "00" * 16}, "door": {"door": "http://127.0.0.1:1"}, "late": {"time": now - 120, "until": now - 61},
               "early": {"time": now + 100, "until": now + 160}, "long": {"until": now + 3600}, "stranger": {"approver": "mallory"}}.get(what, {}))
text = "pvm-login/1\n" + "".join(f"{name} {value}\n" for name, value in fields.items())
space = "pvm-grant-v1" if what == "namespace" else "pvm-login-v1"
signed = subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", space], input=text.encode(), capture_output=True).stdout.decode()
if what == "altered":
    text = text.replace(fields["token"], hashlib.sha256(b"B" * 43).hexdigest())
if what == "unsigned":
    signed = ""
message = "x" * 100000 if what == "huge" else "[" * 1000 if what == "deep" else json.dumps({"statement": text, "signature": signed})
try:
    lines.write(message + "\n")
    lines.flush()
    print(lines.readline().strip())
except OSError:
    print("closed")
END
}
mine=$(sed -n 's/^key: //p' "$PVM_HOME/config.yaml")
principal=$(awk '{ print $1 }' "$PVM_HOME/allowed_signers")
ssh-keygen -q -t ed25519 -N '' -f "$box/stranger"
ok "a good one is taken" sh -c 'echo "$1" | grep -q opened' - "$(forged good "$mine" "$principal")"
for what in good vault door late early long stranger namespace altered unsigned huge deep; do
  told=$(forged "$what" "$mine" "$principal")
  ok "a login that is wrong ($what) is refused: $told" sh -c '! echo "$1" | grep -q opened' - "$told"
done
told=$(forged other "$box/stranger" "$principal")
ok "a stranger's key is refused: $told" sh -c 'echo "$1" | grep -q error' - "$told"

# ---- a vault that is put in the place of the other ----
mkdir "$box/copies"
ends 0 pvmctl backup "$box/copies/a.db"
ends 0 pvmctl restore --yes "$box/copies/a.db"
log_in
api 200 /api/v1/audit
says '"entry_type":"restore"'

# ---- the end, with somebody who listens, one who is at it, one who says nothing, and a login that is not finished ----
python3 - "${url##*:}" "$PVM_HOME/serve.sock" >"$box/idle" 2>&1 <<'END' &
import socket, sys
quiet = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
half = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
half.sendall(b"POST /api/v1/lock HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{")
door = socket.socket(socket.AF_UNIX)
door.connect(sys.argv[2])
door.recv(4096)
print("there", flush=True)
for end in (quiet, half, door):
    end.settimeout(20)
    while end.recv(4096):
        pass
END
idle=$!
await grep -q there "$box/idle"
curl -sN -m 60 -b "$box/jar" -H "X-PVM-Key: $key" "$url/api/v1/events" >"$box/events" &
listener=$!
await grep -q retry "$box/events"
end_serving
wait "$listener"
ok "who listened was let go" [ $? = 0 ]
wait "$idle"
ok "and so was everybody else" [ $? = 0 ]
is_gone "$PVM_HOME/serve.sock"
ok "nothing was complained of" [ ! -s "$box/serving.err" ]

# ---- where it may listen ----
ends 2 pvmctl serve --listen 0.0.0.0:0
complains 'in the clear'
ends 2 pvmctl serve --listen 0.0.0.0:0 --behind-proxy
ends 2 pvmctl serve --listen nowhere
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
  -keyout "$box/tls.key" -out "$box/tls.pem" 2>"$box/err"
chmod 644 "$box/tls.key"
ends 125 pvmctl serve --listen 127.0.0.1:0 --tls-certificate "$box/tls.pem" --tls-key "$box/tls.key"
complains 'tls.key'
chmod 600 "$box/tls.key"
serve_it --tls-certificate "$box/tls.pem" --tls-key "$box/tls.key"
ok "it is https" [ "${url%%:*}" = https ]
export CURL_CA_BUNDLE=$box/tls.pem
log_in
ok "the cookie is bound to the host" grep -q '__Host-pvm' "$box/jar"
api 200 /api/v1/requests
api 200 /
status=$(curl -s -m 5 -o /dev/null -w '%{http_code}' "http://${url#https://}/")
ok "no plain HTTP there (was $status)" [ "$status" = 000 ]
end_serving

unit=$PVM_STAGE/share/systemd/user/pvm-serve.service
program=$(sed -n 's/^ExecStart=\([^ ]*\) serve$/\1/p' "$unit")
ok "the service runs what was installed" [ "$program" -ef "$PVM_STAGE/bin/pvmctl" ]
ok "the API is described" grep -q '^openapi: 3' "$PVM_STAGE/share/doc/pvm/openapi.yaml"
finish
