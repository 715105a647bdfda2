# Sourced by scripts/virtual-pi: the programs that the host needs, the emulated machine, and what it said.

TOOLS='qemu-system-x86 mmdebstrap e2fsprogs kmod cpio busybox-static xz-utils gcc make'

PROGRAMS='qemu-system-x86_64 mmdebstrap mke2fs depmod cpio busybox xz gcc make unshare chroot'

have_programs() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null 2>&1 || return 1; done
}

# Skips the run where the machine can have none.
need_machine() {
  export PATH=$PATH:/usr/sbin:/sbin
  if [ "$(id -u)" -ne 0 ]; then skip 'it wants root, for apt-get and for the owners of the files on its disk'; fi
  if [ "$(uname -m)" != x86_64 ]; then skip "it emulates a PC with a kernel for amd64, and this machine is $(uname -m)"; fi
  if ! have_programs apt-get; then skip 'it is made of Debian packages, and there is no apt-get here'; fi
}

# need_tools PACKAGES PROGRAM...: installs the packages where one of the programs is missing.
need_tools() {
  local packages=$1
  shift
  if have_programs "$@"; then return; fi
  say "installing Debian packages: $packages ..."
  # shellcheck disable=SC2086
  if ! { timeout 300 apt-get update -qq && DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
    --no-install-recommends $packages; } >/dev/null 2>&1 || ! have_programs "$@"; then
    skip "not all of these could be installed: $packages"
  fi
}

# The scenarios as plain JavaScript, in a folder of their own, with the fakes that they use: $built
build_scenarios() {
  built=$scratch/scenarios
  mkdir -p "$built"
  cp package.json "$built/"
  node node_modules/typescript/bin/tsc -p test/virtual-pi/tsconfig.json --noCheck --outDir "$built"
}

# Seconds for boot and scenarios together; on a quiet machine they take about a third. What CI does not play may take longer.
most_seconds() { if $all || [ "$series" != 6.12 ]; then echo 1800; else echo 600; fi; }

# boot KERNEL SCRATCH; what it says comes out as it comes. No KVM: emulation runs everywhere, and as slowly everywhere;
# without the wide vectors of a newer processor Node takes a fifth less. Without rdrand it would wait for chance at its first start.
boot() {
  local kernel=$1 at=$2 code=0 machine most
  most=$(most_seconds)
  : >"$at/console"
  timeout -k 5 "$most" qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu Nehalem,+rdrand -smp 2 -m 1024 \
    -nodefaults -no-user-config -no-reboot -display none -monitor none \
    -kernel "$kernel" -initrd "$at/initrd" \
    -append "console=ttyS0 root=/dev/vda rw quiet panic=-1 mitigations=off net.ifnames=0 systemd.show_status=0 selinux=0 apparmor=0" \
    -drive "file=$at/disk,if=virtio,format=raw,cache=unsafe" -serial "file:$at/console" -device virtio-rng-pci &
  machine=$!
  tail -n +1 -s 0.2 --pid="$machine" -f "$at/console" | sed -u 's/\r//' | grep --line-buffered -aE '^(ok |not ok |#)' || true
  wait "$machine" || code=$?
  if [ "$code" -ne 0 ]; then echo "# the emulator ended with $code (124: not over after $most s)"; fi
  return "$code"
}

# verdict CONSOLE: the last line, from what the machine itself counted; one that never came to its end has failed.
verdict() {
  local counted
  counted=$(tr -d '\r' <"$1" | grep -aE '^[0-9]+ passed, [0-9]+ failed$' | tail -n 1)
  if [ -z "$counted" ] || ! grep -aq '^### virtual Pi over, exit code' "$1"; then
    echo '# it did not come to its end; the last of its console:'
    tail -n 40 "$1" | tr -d '\r' | grep -avE '^(ok |not ok |#)' | sed 's/^/# /'
    echo "$(grep -ac '^ok ' "$1" || true) passed, $(($(grep -ac '^not ok ' "$1" || true) + 1)) failed"
    return 1
  fi
  echo "$counted"
  case $counted in *', 0 failed') ;; *) return 1 ;; esac
}
