# SPDX-License-Identifier: Apache-2.0
# pvmctl serve with many who listen while others ask: nobody misses an event, and memory does not grow. For the whole of
# what it is made for: PVM_THOROUGH=1, as packaging/soak has it.
. "$(dirname "$0")/lib.sh"
. "$here/serve.sh"
set_up
listeners=200 asked=100 seconds=4
if [ -n "${PVM_THOROUGH-}" ]; then listeners=1000 asked=200 seconds=60; fi
serve_it
log_in
cookie=$(awk '/pvm-/ { print $6 "=" $7 }' "$box/jar")
authority=${url#http://}
run python3 "$here/page/load.py" "${authority%:*}" "${authority##*:}" "$cookie" "$key" "$server" \
  "$listeners" "$asked" "$seconds"
cat "$box/out"
ok "it holds" [ "$status" = 0 ]
end_serving
ok "nothing was complained of" [ ! -s "$box/serving.err" ]
finish
