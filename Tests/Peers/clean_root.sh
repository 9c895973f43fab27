#!/bin/bash
# Installs, upgrades and purges a package in a clean Debian system: clean_root.sh PACKAGE ROOT.tar FOLDER, as root. The
# system is made when ROOT.tar isn't there. Under `unshare -m`. Ends with the first thing that is wrong.
set -euo pipefail
package=$1 folder=$3
root=$folder/root
needed=$(dpkg-deb -f "$package" Depends | tr -d ' ' | sed 's/([^)]*)//g')
# One for each list of packages that it needs.
archive=${2%.tar}-$(echo "$needed" | sha256sum | cut -c1-8).tar
if [ ! -e "$archive" ]; then
  mmdebstrap --quiet --mode=root --format=tar --variant=essential --dpkgopt=force-unsafe-io \
    --aptopt='Acquire::Languages "none"' --include="$needed" bookworm "$archive.new" > /dev/null
  mv "$archive.new" "$archive"
fi
mkdir -p "$root"
tar -C "$root" --exclude='./dev/*' -xf "$archive"
# Here the mount is nobody else's: the test runs this in a namespace of its own.
mount -t proc proc "$root/proc"
mknod -m 666 "$root/dev/null" c 1 3
cp "$package" "$root/new.deb"
# Its predecessor: the same files under an earlier version.
dpkg-deb -R "$package" "$folder/old"
sed -i 's/^Version: .*/Version: 0.0.1/' "$folder/old/DEBIAN/control"
echo '# of before' >> "$folder/old/etc/cascade/cascade.toml"
(cd "$folder/old" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
  > "$folder/old/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Znone --build "$folder/old" "$root/old.deb" > /dev/null

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
install() { inside dpkg --force-unsafe-io --force-confdef -i "$1" > "$folder/dpkg.log" 2>&1 || { cat "$folder/dpkg.log"; exit 1; }; }
files() { (cd "$root" && find . -path ./var/lib/dpkg -prune -o -path ./var/log -prune -o -path ./proc -prune -o -print | sort); }
fail() { echo "$*"; exit 1; }

files > "$folder/before"
install /old.deb
[ "$(inside dpkg-query -W -f '${Version} ${Status}' cascade)" = '0.0.1 install ok installed' ] || fail "not installed"
grep -q 'of before' "$root/etc/cascade/cascade.toml" || fail "the settings weren't installed"
echo secret > "$root/etc/cascade/credentials/stripe-key"
install /new.deb
inside dpkg-query -W -f '${Status}\n' cascade | grep -q '^install ok installed$' || fail "not upgraded"
! grep -q 'of before' "$root/etc/cascade/cascade.toml" || fail "settings that nobody changed stayed old"
[ -e "$root/etc/cascade/credentials/stripe-key" ] || fail "a secret is gone by an upgrade"
inside cascade --version
inside cascade check --rulebook /usr/share/cascade/rulebook || fail "the rulebook doesn't load"
inside cascade config check /etc/cascade/cascade.toml || fail "the settings can't be used"
# What somebody changed stays.
echo 'lanes = 3' >> "$root/etc/cascade/cascade.toml"
install /old.deb
install /new.deb
grep -q 'lanes = 3' "$root/etc/cascade/cascade.toml" || fail "somebody's settings were replaced"
mkdir -p "$root/var/lib/cascade/ledger"
touch "$root/var/lib/cascade/ledger/ledger.sqlite"
inside dpkg --purge cascade > "$folder/dpkg.log" 2>&1 || { cat "$folder/dpkg.log"; exit 1; }
[ -e "$root/var/lib/cascade/ledger/ledger.sqlite" ] || fail "a ledger is gone by a purge"
rm -r "$root/var/lib/cascade"
files > "$folder/after"
diff "$folder/before" "$folder/after" || fail "left behind, or gone"
echo "clean after purge"
