#!/bin/sh
# Plays the scenarios on the console, and ends the virtual Pi.
echo "# Linux $(uname -r), systemd $(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p'), up $(cut -d' ' -f1 /proc/uptime) s"
/usr/bin/node --enable-source-maps /opt/virtual-pi/scenarios/test/virtual-pi/guest.js
code=$?
if [ "$code" -ne 0 ]; then
  journalctl -b --no-pager -o short-monotonic -u virtual-header -u lastwatt -u 'nut*' | grep -v 'Set variable' | tail -n 200 | sed 's/^/# /'
fi
echo "### virtual Pi over, exit code $code, up $(cut -d' ' -f1 /proc/uptime) s"
sync
systemctl poweroff -ff
