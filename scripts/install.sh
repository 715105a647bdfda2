#!/usr/bin/env bash
# Installs lastwatt as a systemd service: user, group, directories, unit. Run it again to upgrade; it moves no relay.
#   sudo scripts/install.sh                 on this machine
#   scripts/install.sh --root DIR           into a folder, for a look or a package; touches nothing else
set -euo pipefail
# The service runs as its own user and must be able to read all of it, whatever mask root has.
umask 022
cd "$(dirname "$0")/.."
. scripts/prepare.sh

root=''
while [ $# -gt 0 ]; do
  case $1 in
  --root)
    root=${2:?--root wants a folder}
    shift 2
    ;;
  *)
    echo "usage: $0 [--root DIR]" >&2
    exit 2
    ;;
  esac
done

need_node
node_path=$(command -v node)
live=false
if [ -z "$root" ]; then
  live=true
  if [ "$(id -u)" -ne 0 ]; then
    echo "this installs for the whole machine and wants root: sudo $0" >&2
    exit 2
  fi
  # ProtectHome=yes in the unit: a Node kept in a home folder would never start there.
  case $(readlink -f "$node_path") in
  /home/* | "${HOME:-/nowhere}"/*)
    echo "node is $node_path, in a home folder that the service cannot see: install Node 20 or newer for the whole machine (the package nodejs)" >&2
    exit 2
    ;;
  esac
fi

need_packages
need_build

say() { echo "  $*"; }
echo "installing lastwatt $(node -p 'require("./package.json").version') with Node $(node --version)"

if $live; then
  if ! getent group lastwatt >/dev/null; then groupadd --system lastwatt; say 'group lastwatt made'; fi
  if ! getent passwd lastwatt >/dev/null; then
    useradd --system --gid lastwatt --home-dir /var/lib/lastwatt --no-create-home --shell /usr/sbin/nologin lastwatt
    say 'user lastwatt made'
  fi
  # The unit names these groups; a laptop without GPIO has none.
  for group in gpio dialout; do
    getent group "$group" >/dev/null || { groupadd --system "$group"; say "group $group made"; }
  done
fi

target=$root/opt/lastwatt
install -d -m 0755 "$target" "$root/usr/local/bin" "$root/etc/systemd/system" "$root/etc/modules-load.d"
install -d -m 0750 "$root/etc/lastwatt" "$root/etc/lastwatt/secrets.d" "$root/var/lib/lastwatt"
rm -rf "$target/dist.new"
cp -R dist "$target/dist.new"
cp package.json package-lock.json .npmrc README.md ARCHITECTURE.md CHANGELOG.md "$target/"
# What the README points to; the figures of the proof stay in the sources.
rm -rf "$target/docs"
install -d -m 0755 "$target/docs"
install -m 0644 docs/*.md docs/*.svg "$target/docs/"
say 'installing the packages it runs with ...'
(cd "$target" && npm ci --omit=dev --no-audit --no-fund --loglevel=error)
rm -rf "$target/dist"
mv "$target/dist.new" "$target/dist"

# Resolved where they run, so that a --root tree can be moved to its place.
for pair in lastwatt:cli.js lastwattd:main.js; do
  printf '#!/bin/sh\nexec node /opt/lastwatt/dist/%s "$@"\n' "${pair#*:}" >"$root/usr/local/bin/${pair%%:*}"
  chmod 0755 "$root/usr/local/bin/${pair%%:*}"
done

sed "s#/usr/bin/node#$node_path#" systemd/lastwatt.service >"$root/etc/systemd/system/lastwatt.service"
install -m 0644 systemd/lastwatt.modules "$root/etc/modules-load.d/lastwatt.conf"

if [ ! -e "$root/etc/lastwatt/lastwatt.yaml" ]; then
  install -m 0640 systemd/lastwatt.example.yaml "$root/etc/lastwatt/lastwatt.yaml"
  say '/etc/lastwatt/lastwatt.yaml written as an example: put your UPS and rigs in it'
fi

loads() { (cd "$target" && node -e "require('$1')") >/dev/null 2>&1; }
if ! loads epoll; then
  if loads koffi; then
    say 'note: epoll does not load here, so GPIO goes through the character device (koffi); lastwatt check says what that means for your relays. For sysfs: apt-get install make g++ python3, then run this again'
  else
    say 'note: neither epoll nor koffi loads here: GPIO relays and the panel need one of them (apt-get install make g++ python3, then run this again); everything else works'
  fi
fi
if ! loads @serialport/bindings-cpp; then
  say 'note: @serialport/bindings-cpp does not load here: serial boards need it (apt-get install make g++ python3, then run this again); everything else works'
fi

if $live; then
  chown -R root:lastwatt /etc/lastwatt
  chown lastwatt:lastwatt /var/lib/lastwatt
  if [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
    usermod -aG lastwatt "$SUDO_USER"
    say "$SUDO_USER is now in group lastwatt and may use the lastwatt command after logging in again"
  fi
  systemctl daemon-reload
  systemctl enable lastwatt.service >/dev/null 2>&1
  if cmp -s systemd/lastwatt.example.yaml /etc/lastwatt/lastwatt.yaml; then
    say 'service enabled; it is not started on the example'
  # As for a reload: a site that is merely in a bad way (exit 1) is served all the same.
  elif lastwatt --config /etc/lastwatt/lastwatt.yaml check --offline >/dev/null 2>&1 || [ $? -eq 1 ]; then
    systemctl restart lastwatt.service
    say 'service enabled and started; a new one is disarmed until you arm it'
  else
    say 'service enabled, and not started: lastwatt check --offline says what is wrong in /etc/lastwatt/lastwatt.yaml'
  fi
fi

cat <<'END'
next, once /etc/lastwatt/lastwatt.yaml names your UPS and rigs, and after: sudo systemctl restart lastwatt
  lastwatt check          contacts every UPS, rig and switch; moves nothing
  lastwatt drill RIG      pauses one rig for real, on mains, and brings it back
  lastwatt arm            from here it acts by itself
END
