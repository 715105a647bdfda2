# Sourced by scripts/virtual-pi: what the virtual Pi is made of, and where it comes from. Everything is fetched through the mirror
# that this machine uses for Debian, with lists of its own, and kept in $cache; the machine's own apt set-up stays as it is.

# The address of Debian's main archive in this machine's own sources.
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 2>/dev/null | awk '$1 == "Debian/Debian" { print $2; exit }'
}

# The way there that this machine was given, as options for mmdebstrap, which reads no apt.conf of its host.
apt_way() {
  apt-config dump 2>/dev/null | grep -E '^Acquire::https?::(Proxy|Proxy-Auto-Detect|CAInfo|Verify-Peer) ' | sed 's/^/--aptopt=/' || true
}

# apt for one suite, in a folder: apt_for FOLDER SUITE [ARCHITECTURE], then APT_CONFIG=FOLDER/apt.conf apt-get …
apt_for() {
  local at=$1 suite=$2 arch=${3:-amd64} keys=/usr/share/keyrings/debian-archive-keyring.gpg signed=''
  mkdir -p "$at/lists/partial" "$at/cache/archives/partial"
  : >"$at/status"
  if [ -f "$keys" ]; then signed=" signed-by=$keys"; fi
  echo "deb [arch=$arch$signed] $mirror $suite main" >"$at/sources.list"
  cat >"$at/apt.conf" <<A
Dir::Etc::sourcelist "$at/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$at/lists";
Dir::State::status "$at/status";
Dir::Cache "$at/cache";
APT::Architecture "$arch";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
A
  APT_CONFIG=$at/apt.conf timeout 300 apt-get -qq update
}

# A kernel of Debian with its gpio-sim: fetch_kernel SERIES. Debian's kernels hold no simulated chip, so it is compiled from the same
# version's own source package. Leaves krel, vmlinuz, gpio-sim.ko and the few modules of the machine in $cache/kernel-SERIES.
fetch_kernel() {
  local series=$1 into=$cache/kernel-$1 suite work krel version kbuild
  if [ -f "$into/krel" ]; then return; fi
  case $series in
  6.12) suite=bookworm-backports ;;
  6.1) suite=bookworm ;;
  esac
  work=$(mktemp -d "$cache/kernel-$series.XXXXXX")
  (
    cd "$work"
    apt_for "$work/apt" "$suite" || exit 77
    export APT_CONFIG=$work/apt/apt.conf
    krel=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-\(.*\)/\1/p' | head -n 1)
    [ -n "$krel" ] || exit 77
    version=${krel%-amd64}
    kbuild=$(apt-cache depends "linux-headers-$krel" | sed -n 's/.*Depends: \(linux-kbuild-.*\)/\1/p' | head -n 1)
    timeout 600 apt-get -qq download "linux-image-$krel" "linux-headers-$krel" "linux-headers-$version-common" \
      "$kbuild" "linux-source-$series" >/dev/null || exit 77
    say "kernel $krel fetched"
    build_gpio_sim "$krel" "$version" "$series" || exit 1
    keep_modules "$krel" || exit 1
    rm -rf "$into"
    mkdir "$into"
    cp "kern/boot/vmlinuz-$krel" "$into/vmlinuz"
    mv modules "$into/modules"
    echo "$krel" >"$into/krel"
  )
  local code=$?
  rm -rf "$work"
  return "$code"
}

# In the folder of the fetched packages: build_gpio_sim KREL VERSION SERIES
build_gpio_sim() {
  local krel=$1 version=$2 source=linux-source-$3 headers deb
  for deb in linux-headers-*.deb linux-kbuild-*.deb; do dpkg-deb -x "$deb" hdr; done
  # Of the modules only where those that are kept may lie: to look through all 4,000 takes longer than to unpack them.
  mkdir kern
  dpkg-deb --fsys-tarfile linux-image-*.deb | tar -x --wildcards --no-wildcards-match-slash -C kern './boot/vmlinuz-*' './lib/modules/*/modules.*' \
    './lib/modules/*/kernel/lib' './lib/modules/*/kernel/crypto' './lib/modules/*/kernel/arch' './lib/modules/*/kernel/fs' \
    './lib/modules/*/kernel/drivers/virtio' './lib/modules/*/kernel/drivers/block'
  # Debian 13 has these under /usr.
  if [ ! -d kern/lib/modules ]; then mkdir -p kern/lib && ln -s ../usr/lib/modules kern/lib/modules; fi
  headers=$PWD/hdr/usr/src/linux-headers-$krel
  echo "include $PWD/hdr/usr/src/linux-headers-$version-common/Makefile" >"$headers/Makefile"
  mkdir sim
  # tar ends as soon as it has the three files, which breaks the pipe behind it.
  dpkg-deb --fsys-tarfile linux-source-*.deb 2>/dev/null | tar -xO "./usr/src/$source.tar.xz" 2>/dev/null | xz -dc -T0 2>/dev/null |
    tar -x --occurrence=1 --strip-components=1 -C sim \
      "$source/drivers/gpio/gpio-sim.c" "$source/drivers/gpio/gpiolib.h" "$source/kernel/irq/irq_sim.c" 2>/dev/null || true
  [ -f sim/kernel/irq/irq_sim.c ] || { echo "the source package of kernel $krel holds no irq_sim.c" >&2; return 1; }
  cp sim/drivers/gpio/gpio-sim.c sim/sim-chip.c
  cp sim/drivers/gpio/gpiolib.h sim/kernel/irq/irq_sim.c sim/
  # What Debian does not build (irq_sim) is linked in; irq_to_desc is for the kernel's own use, and the number serves as well.
  sed -i 's/handle_simple_irq(irq_to_desc(irqnum))/generic_handle_irq(irqnum)/' sim/irq_sim.c
  printf 'obj-m := gpio-sim.o\ngpio-sim-y := sim-chip.o irq_sim.o\n' >sim/Makefile
  if ! make -s -C "$headers" M="$PWD/sim" CONFIG_DEBUG_INFO_BTF_MODULES= modules >sim/log 2>&1; then
    cat sim/log >&2
    return 1
  fi
  strip --strip-debug sim/gpio-sim.ko
  say "gpio-sim compiled for $krel"
}

# Only what the virtual Pi loads, with what that needs, flat in modules/, in the order of loading: keep_modules KREL
keep_modules() {
  local krel=$1 at=kern/lib/modules/$1 module line
  depmod -b kern "$krel"
  mkdir modules
  for module in virtio_pci virtio_blk ext4 crc32c_generic configfs; do
    line=$(grep -E "/${module//_/[-_]}\.ko(\.xz)?:" "$at/modules.dep" | head -n 1) || true
    # Not there: built in.
    if [ -z "$line" ]; then continue; fi
    for line in $(echo "${line#*:}" | tr ' ' '\n' | tac) "${line%%:*}"; do
      local name=${line##*/}
      name=${name%.xz}
      if grep -qx "$name" modules/order 2>/dev/null; then continue; fi
      case $line in
      *.xz) xz -dc "$at/$line" >"modules/$name" ;;
      *) cp "$at/$line" "modules/$name" ;;
      esac
      echo "$name" >>modules/order
    done
  done
  cp sim/gpio-sim.ko modules/
}

USERLAND_PACKAGES=passwd,systemd,systemd-sysv,udev,dbus,kmod,nut-server,nut-client,gpiod,libstdc++6,procps,socat

# Debian 12 with systemd, udev, NUT and the GPIO tools, and without apt, as a folder: $cache/userland
fetch_userland() {
  local into=$cache/userland
  if [ "$(cat "$into.packages" 2>/dev/null)" = "$USERLAND_PACKAGES" ]; then return; fi
  rm -rf "$into" "$into.packages" "$into.new"
  local options=()
  mapfile -t options < <(apt_way)
  if ! timeout 600 mmdebstrap --quiet --variant=essential --mode=root --include="$USERLAND_PACKAGES" ${options[@]+"${options[@]}"} \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm "$into.new" "deb $mirror bookworm main" >"$into.log" 2>&1; then
    tail -n 5 "$into.log" >&2
    rm -rf "$into.new"
    return 77
  fi
  mv "$into.new" "$into"
  echo "$USERLAND_PACKAGES" >"$into.packages"
  say 'Debian userland laid out'
}
