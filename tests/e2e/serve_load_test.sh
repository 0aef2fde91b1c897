# SPDX-License-Identifier: Apache-2.0
# pvmctl serve with many who listen while others ask: nobody misses an event, and memory does not grow. For the whole of
# what it is made for: LISTENERS=1000 ASKED=200 LOAD_SECONDS=60 (packaging/soak does that).
. "$(dirname "$0")/lib.sh"
. "$here/serve.sh"
set_up
serve_it
log_in
cookie=$(awk '/pvm-/ { print $6 "=" $7 }' "$box/jar")
authority=${url#http://}
run python3 "$here/page/load.py" "${authority%:*}" "${authority##*:}" "$cookie" "$key" "$server" \
  "${LISTENERS:-200}" "${ASKED:-100}" "${LOAD_SECONDS:-4}"
cat "$box/out"
ok "it holds" [ "$status" = 0 ]
end_serving
ok "nothing was complained of" [ ! -s "$box/serving.err" ]
finish
