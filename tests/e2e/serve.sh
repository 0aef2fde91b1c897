# SPDX-License-Identifier: Apache-2.0
# What the tests of pvmctl serve share: starting and ending it, logging in, and calling its API.

# await COMMAND…: at most ten seconds.
await() {
  for _ in $(seq 1 200); do
    "$@" 2>/dev/null && return
    sleep 0.05
  done
  ok "in ten seconds: $*" "$@"
}

# serve_it OPTION…: starts one at a free port; its number is in $server, its page at $url. It may have $descriptors, and reads $input.
serve_it() {
  "$REAL" -f "$box/serving"
  (
    [ -z "${descriptors-}" ] || ulimit -n "$descriptors"
    exec pvmctl serve --listen 127.0.0.1:0 "$@"
  ) <"${input:-/dev/null}" >"$box/serving" 2>"$box/serving.err" &
  server=$!
  await grep -q '^serving ' "$box/serving"
  url=$(sed -n 's/^serving //p' "$box/serving")
}

end_serving() {
  kill -TERM "$server"
  wait "$server"
  status=$?
  ok "serve ended well (was $status)" [ "$status" = 0 ]
}

# log_in: by a link; the session is in $box/jar and $key.
log_in() {
  local link
  link=$(pvmctl login --yes 2>"$box/err" | grep -o 'http[^ ]*')
  curl -s -c "$box/jar" -H "Origin: $url" -H 'Content-Type: application/json' -d "{\"token\":\"${link#*#}\"}" \
    "$url/api/v1/login" >"$box/out"
  key=$(json key)
  ok "logged in" [ "${#key}" = 43 ]
}

# api STATUS PATH CURL-OPTION…: the answer is in $box/out, its head in $box/head.
api() {
  local wanted=$1 path=$2
  shift 2
  status=$(curl -s -o "$box/out" -D "$box/head" -w '%{http_code}' -b "$box/jar" -H "X-PVM-Key: $key" -H "Origin: $url" \
    -H 'Content-Type: application/json' "$@" "$url$path")
  ok "status $wanted of $path $* (was $status)" [ "$status" = "$wanted" ]
}
