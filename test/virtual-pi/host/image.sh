# Sourced by scripts/virtual-pi: the disk of the virtual Pi and the small system that mounts it. No loop device is needed.

# The packages that lastwatt runs with, as they stand in this checkout: copy_packages FOLDER
copy_packages() {
  local into=$1 at
  mkdir -p "$into/node_modules"
  node -p 'Object.entries(require("./package-lock.json").packages).filter(([at, { dev }]) => at && !dev).map(([at]) => at).join("\n")' |
    grep -E '^node_modules/(@[^/]+/)?[^/]+$' | while read -r at; do
    if [ ! -d "$at" ]; then continue; fi
    mkdir -p "$(dirname "$into/$at")"
    cp -a "$at" "$into/$at"
  done
}

# What a person would have cloned, ready to be installed from: lay_checkout ROOT
lay_checkout() {
  local at=$1/srv/lastwatt
  mkdir -p "$at/src" "$at/node_modules" "$at/docs"
  cp -a dist scripts systemd package.json package-lock.json tsconfig.json .npmrc README.md ARCHITECTURE.md CHANGELOG.md "$at/"
  cp docs/*.md docs/*.svg "$at/docs/"
  touch "$at/node_modules/.package-lock.json" "$at/dist/main.js"
  chown -R 0:0 "$at"
}

# The real scripts/install.sh, run live as root on the disk that is being made. There is no network in there: for npm stands a
# program that copies the packages which npm put into this checkout. npm itself is the business of the end-to-end tests.
run_install() {
  local root=$1
  copy_packages "$root/usr/local/lib/packages"
  cat >"$root/usr/local/bin/npm" <<'N'
#!/bin/sh
[ "$1" = ci ] || exit 1
mkdir -p node_modules
cp -a /usr/local/lib/packages/node_modules/. node_modules/
touch node_modules/.package-lock.json
N
  chmod 0755 "$root/usr/local/bin/npm"
  # In a mount namespace of its own: nothing that is mounted here is seen outside or left behind.
  unshare --mount sh -c 'mount --bind /dev "$1/dev" && mount -t proc proc "$1/proc" && exec chroot "$1" /usr/bin/env -i SYSTEMD_OFFLINE=1 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp /srv/lastwatt/scripts/install.sh' sh "$root"
}

# Everything that is not lastwatt's: lay_system ROOT KERNEL
lay_system() {
  local root=$1 kernel=$2 krel unit modules
  krel=$(cat "$kernel/krel")
  install -m 0755 "$(readlink -f "$(command -v node)")" "$root/usr/bin/node"
  modules=$root/lib/modules/$krel
  mkdir -p "$modules/kernel"
  cp "$kernel"/modules/*.ko "$modules/kernel/"
  depmod -b "$root" "$krel" 2>/dev/null
  cp -R test/virtual-pi/lay/. "$root/"
  chmod 0755 "$root"/opt/virtual-pi/*.sh
  # What costs emulated time and shows nothing.
  for unit in nut-driver-enumerator.service nut-driver-enumerator.path nut-monitor.service apt-daily.timer apt-daily-upgrade.timer \
    dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-hwdb-update.service \
    systemd-journal-catalog-update.service getty@tty1.service serial-getty@ttyS0.service systemd-random-seed.service \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-logind.service dbus.service dbus.socket \
    modprobe@dm_mod.service modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service modprobe@loop.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-fs-fuse-connections.mount systemd-sysctl.service \
    systemd-sysusers.service systemd-user-sessions.service systemd-journal-flush.service systemd-machine-id-commit.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  # Of udev's own rules only those that give nodes their groups and tell systemd of devices; the rest looks at hardware that is not there.
  find "$root/usr/lib/udev/rules.d" "$root/lib/udev/rules.d" -name '*.rules' ! -name 50-udev-default.rules ! -name 99-systemd.rules -delete
  mkdir -p "$root/etc/systemd/system/nut-driver.target.wants" "$root/etc/systemd/system/virtual-pi.target.wants"
  ln -sf /lib/systemd/system/nut-driver@.service "$root/etc/systemd/system/nut-driver.target.wants/nut-driver@rack.service"
  ln -sf ../virtual-pi.service "$root/etc/systemd/system/virtual-pi.target.wants/"
  ln -sf virtual-pi.target "$root/etc/systemd/system/default.target"
  # Without a hosts file the look-up of localhost hangs in NUT's tools.
  printf '127.0.0.1 localhost\n127.0.1.1 virtual-pi\n' >"$root/etc/hosts"
  : >"$root/etc/resolv.conf"
  : >"$root/etc/fstab"
  echo virtual-pi >"$root/etc/hostname"
  echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
}

# The scenarios with the figures of the site they play on: lay_scenarios ROOT BUILT
lay_scenarios() {
  local root=$1 built=$2
  mkdir -p "$root/opt/virtual-pi/scenarios"
  cp -R "$built/." "$root/opt/virtual-pi/scenarios/"
  node "$built/test/virtual-pi/lay-site.js" "$root"
  chroot "$root" chown -R root:nut /etc/nut
  chmod 0640 "$root"/etc/nut/*
  chroot "$root" chown root:lastwatt /etc/lastwatt/lastwatt.yaml
  chmod 0640 "$root/etc/lastwatt/lastwatt.yaml"
}

# busybox and the modules that mount the disk: make_initrd KERNEL OUT
make_initrd() {
  local kernel=$1 out=$2 work module
  work=$(mktemp -d "$scratch/initrd.XXXXXX")
  mkdir -p "$work"/{bin,lib,proc,sys,dev,newroot}
  cp "$(command -v busybox)" "$work/bin/busybox"
  while read -r module; do
    if [ "$module" != configfs.ko ]; then
      cp "$kernel/modules/$module" "$work/lib/"
      echo "$module" >>"$work/lib/order"
    fi
  done <"$kernel/modules/order"
  cat >"$work/init" <<'I'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs d /dev
while read -r module; do /bin/busybox insmod "/lib/$module"; done </lib/order
i=0
while [ ! -b /dev/vda ] && [ $i -lt 200 ]; do /bin/busybox usleep 50000; i=$((i+1)); done
/bin/busybox mount -t ext4 -o rw,noatime /dev/vda /newroot || { echo 'not ok - the disk is not mounted'; /bin/busybox poweroff -f; }
/bin/busybox mount --move /dev /newroot/dev
exec /bin/busybox switch_root /newroot /sbin/init
I
  chmod 0755 "$work/init"
  (cd "$work" && find . | cpio -o -H newc --quiet | gzip -1) >"$out"
}

# make_disk ROOT OUT
make_disk() {
  rm -f "$2"
  truncate -s 900M "$2"
  mke2fs -q -t ext4 -O '^has_journal,^metadata_csum' -d "$1" -F "$2"
}

# A tidy stop that gives the lines back, as a careless unit or service would: every relay that is open falls. break_it ROOT
break_it() {
  mkdir -p "$1/etc/systemd/system/lastwatt.service.d"
  cat >"$1/etc/systemd/system/lastwatt.service.d/broken.conf" <<'B'
[Service]
ExecStopPost=+/bin/sh -c 'for at in /sys/class/gpio/gpio[0-9]*; do echo "$${at##*/gpio}" >/sys/class/gpio/unexport; done'
B
}
