#!/usr/bin/env bash
# Removes lastwatt and leaves only the configuration and the state: /etc/lastwatt and /var/lib/lastwatt. Moves no relay.
set -euo pipefail

root=''
case ${1:-} in
'') ;;
--root) root=${2:?--root wants a folder} ;;
*)
  echo "usage: $0 [--root DIR]" >&2
  exit 2
  ;;
esac

if [ -z "$root" ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "this wants root: sudo $0" >&2
    exit 2
  fi
  systemctl disable --now lastwatt.service >/dev/null 2>&1 || true
fi

rm -rf "$root/opt/lastwatt"
rm -f "$root/usr/local/bin/lastwatt" "$root/usr/local/bin/lastwattd" \
  "$root/etc/systemd/system/lastwatt.service" "$root/etc/modules-load.d/lastwatt.conf"
if [ -z "$root" ]; then systemctl daemon-reload; fi

echo 'lastwatt is gone. Left as they are: /etc/lastwatt (configuration), /var/lib/lastwatt (state and journal), the user and group lastwatt.'
echo 'What it had paused or cut stays so: bring those rigs back by hand.'
