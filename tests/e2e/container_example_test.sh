# SPDX-License-Identifier: Apache-2.0
# share/examples/agents/container: in a root directory that has safe-rm, rm and shells, and of PVM nothing but what
# devcontainer.json mounts, rm is refused, waits for the human outside, and runs on their grant.
. "$(dirname "$0")/own_root.sh"
. "$(dirname "$0")/lib.sh"
unset PVM_AGENT PVM_HOME
set_up
example=$PVM_STAGE/share/doc/pvm/examples/agents/container
# Not in $box, which is removed at the end: what is mounted here is not the test's own. It goes with the namespace.
root=/mnt/image
app=$box/real/app
a_tree "$app/build"

# ---- the image, by the Dockerfile ----
mkdir -p "$root"/{bin,etc/profile.d,proc,opt/pvm/bin,opt/pvm/shims,home/dev/.local/state/pvm,home/dev/.config/pvm} "$root$app"
for program in sh bash rm env; do
  cp -L "/bin/$program" "$root/bin/$program"
  ldd "/bin/$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root$(dirname "$library")" && cp -L "$library" "$root$library"
  done
done
cp /etc/profile "$root/etc/profile"
cp "$PVM_STAGE/bin/safe-rm" "$root/opt/pvm/bin/safe-rm"
cp "$example/pvm.sh" "$root/etc/profile.d/pvm.sh"
ok "the Dockerfile makes this link" grep -qF 'ln -s ../bin/safe-rm /opt/pvm/shims/rm' "$example/Dockerfile"
ln -s ../bin/safe-rm "$root/opt/pvm/shims/rm"

# ---- the container, by devcontainer.json ----
of_json() { sqlite3 :memory: "SELECT $1 FROM json_each(CAST(readfile('$example/devcontainer.json') AS TEXT), '\$.$2')"; }
while IFS=, read -r _ source target options; do
  source=${source#source=} target=$root${target#target=}
  # shellcheck disable=SC2016
  source=${source/'${localEnv:HOME}'/"$HOME"}
  [ -d "$source" ] || : >"$target"
  mount --bind "$source" "$target" || exit 99
  if [ "$options" = readonly ]; then mount -o remount,bind,ro "$target" || exit 99; fi
done < <(of_json value mounts)
mount --bind "$app" "$root$app" && mount --rbind /proc "$root/proc" || exit 99
ok "nothing is mounted in what is removed at the end" sh -c '! cut -d" " -f5 /proc/self/mountinfo | grep -q "^$1/"' - "$box"
path=$(sed -n 's/^ENV PATH=\([^ ]*\).*/\1/p' "$example/Dockerfile")
# shellcheck disable=SC2016
mapfile -t variables < <(
  of_json "key || '=' || value" containerEnv
  of_json "key || '=' || value" remoteEnv
)
variables=("${variables[@]//'${localWorkspaceFolderBasename}'/app}")
variables=("${variables[@]//'${containerEnv:PATH}'/$path}")
ok "the variables are those of the example" [ "${#variables[@]}" = 3 ]
inside() { env -i HOME=/home/dev "${variables[@]}" chroot "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' - "$app" "$@"; }

# ---- refused, by whatever shell ----
for launcher in 'sh -c' 'sh -lc' 'bash -c' 'bash -lc'; do
  # shellcheck disable=SC2086
  ends 1 inside $launcher 'rm -rf build'
  complains "denied: agent 'devcontainer@app' has no grant to rm '$app/build'"
  exists "$app/build/one"
done
ends 1 inside env -u BASH_ENV PATH=/usr/bin:/bin bash -lc 'rm -rf build'
complains "denied: agent 'devcontainer@app'"

# ---- the key stays outside, and trust cannot be written ----
exists "$HOME/.config/pvm/approver_key"
ends 1 inside sh -c 'test -e /home/dev/.config/pvm/approver_key'
run inside sh -c 'echo "eve ssh-ed25519 AAAA" >>/home/dev/.config/pvm/allowed_signers'
ok "allowed_signers is read-only in there (was $status)" [ "$status" != 0 ]

# ---- asked inside, answered outside ----
ends 75 inside env PVM_WAIT=1 PVM_REASON='clean build' sh -c 'rm -rf build'
complains 'has no answer yet'
exists "$app/build/one"
ends 0 pvmctl pending --json
id=$(json 'requests[0].id')
ends 0 pvmctl approve "$id" --yes
ends 0 inside sh -c 'rm -rf build'
is_quiet
is_gone "$app/build"
a_tree "$app/build"
ends 1 inside sh -c 'rm -rf build'
exists "$app/build/one"

# ---- without its vault it refuses ----
umount "$root/home/dev/.local/state/pvm"
ends 125 inside sh -c 'rm -rf build'
exists "$app/build/one"

finish
