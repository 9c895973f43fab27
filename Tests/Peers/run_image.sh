#!/bin/bash
# Serves from an OCI archive as a container does: run_image.sh ARCHIVE FOLDER, as root and under `unshare -m -p -f -n`.
# The root is read-only, the user isn't root, has no capabilities and gets none. Prints the settings, then what was seen.
set -euo pipefail
archive=$1 folder=$2
mkdir -p "$folder"/{layout,root}
tar -C "$folder/layout" -xf "$archive"
blob() { echo "$folder/layout/blobs/${1/://}"; }
digest() { # Every blob has the hash that it is named by.
  [ "$(sha256sum < "$(blob "$1")" | cut -d' ' -f1)" = "${1#sha256:}" ] || { echo "$1 isn't what its name says"; exit 1; }
}
manifest=$(jq -r '.manifests[0].digest' "$folder/layout/index.json")
digest "$manifest"
settings=$(jq -r '.config.digest' "$(blob "$manifest")")
digest "$settings"
jq -c . "$(blob "$settings")"
for layer in $(jq -r '.layers[].digest' "$(blob "$manifest")"); do
  digest "$layer"
  tar -C "$folder/root" -xzf "$(blob "$layer")"
done
root=$folder/root
mount --bind "$root" "$root"
mount -t tmpfs -o mode=0700,uid=65532,gid=65532 data "$root/var/lib/cascade"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -o remount,bind,ro "$root"
ip link set lo up 2> /dev/null || true
mapfile -t environment < <(jq -r '.config.Env[]' "$(blob "$settings")")
export "${environment[@]}"
setpriv --no-new-privs chroot --userspec=65532:65532 "$root" /usr/bin/cascade serve --no-specs --lanes 1 > "$folder/log" 2>&1 &
host=$!
mapfile -t check < <(jq -r '.config.Healthcheck.Test[1:][]' "$(blob "$settings")")
for _ in $(seq 600); do
  if chroot --userspec=65532:65532 "$root" "${check[@]}" > /dev/null 2>&1; then break; fi
  kill -0 $host 2> /dev/null || { cat "$folder/log"; exit 1; }
  sleep 0.1
done
chroot --userspec=65532:65532 "$root" "${check[@]}" || { cat "$folder/log"; exit 1; }
curl -sf http://127.0.0.1:8181/v1/decisions/tier.assign -d '{"input":{"social_class":"Nobili"}}' | jq -r .result.tier
awk '/^(Uid|NoNewPrivs)/ { print $1, $2 }' "$root/proc/$host/status"
kill $host
wait $host
if chroot --userspec=65532:65532 "$root" "${check[@]}" > /dev/null 2>&1; then echo "healthy without a host"; fi
echo "stopped"
