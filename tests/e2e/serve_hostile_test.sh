# SPDX-License-Identifier: Apache-2.0
# Raw bytes at pvmctl serve: what could be read as two requests, what is too large or too slow, and more connections than
# it may have descriptors. Nothing of it decides anything, and the page stays usable.
. "$(dirname "$0")/lib.sh"
. "$here/serve.sh"
set_up
a_tree build
run env PVM_WAIT=0 PVM_REASON='clean build' safe-rm -rf build
ends 0 pvmctl pending --json
id=$(json 'requests[0].id')
descriptors=1024
serve_it
log_in
cookie=$(awk '/pvm-/ { print $6 "=" $7 }' "$box/jar")
authority=${url#http://}
# shellcheck disable=SC2086
run python3 "$here/page/hostile.py" ${authority%:*} "${authority##*:}" "$cookie" "$key" "$id" 960
cat "$box/out"
ok "the raw checks" [ "$status" = 0 ]
ends 0 pvmctl show "$id" --json
ok "after all of it the request is pending" [ "$(json state)" = pending ]
ends 0 pvmctl pending --json
ok "and nothing is locked" [ "$(json locked)" = 0 ]
end_serving
ok "nothing was complained of" [ ! -s "$box/serving.err" ]
finish
