#!/bin/sh
# The header of the virtual Pi: two simulated chips, and the kernel's own record of every write to a line. Runs before lastwatt.
set -eu
modprobe configfs
modprobe gpio-sim
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing

# Reads are left out: only what drives a line, and what changes its direction.
cd /sys/kernel/tracing
echo mono >trace_clock
echo 4096 >buffer_size_kb
echo 'get == 0' >events/gpio/gpio_value/filter
echo 1 >events/gpio/gpio_value/enable
echo 1 >events/gpio/gpio_direction/enable

# The decoy comes first and is another's: code that takes the first chip, or counts from a fixed base, moves its lines.
chip() {
  at=/sys/kernel/config/gpio-sim/$1
  mkdir -p "$at/bank0"
  echo "$3" >"$at/bank0/num_lines"
  echo "$2" >"$at/bank0/label"
  echo 1 >"$at/live"
}
chip decoy expander-of-another 32
chip header pinctrl-bcm2835 54
ln -sfn "/sys/devices/platform/$(cat /sys/kernel/config/gpio-sim/header/dev_name)/$(cat /sys/kernel/config/gpio-sim/header/bank0/chip_name)" /run/header
ln -sfn "/sys/devices/platform/$(cat /sys/kernel/config/gpio-sim/decoy/dev_name)/$(cat /sys/kernel/config/gpio-sim/decoy/bank0/chip_name)" /run/decoy
cat /sys/kernel/config/gpio-sim/header/bank0/chip_name >/run/header-chip
for at in /sys/class/gpio/gpiochip*; do
  if [ "$(cat "$at/label")" = pinctrl-bcm2835 ]; then cat "$at/base" >/run/header-base; fi
done

# What the wiring holds while nobody drives: gpio 6 (a relay that pulls in at low) and the button (to ground) are pulled up.
for line in 6 23; do echo pull-up >"/run/header/sim_gpio$line/pull"; done
udevadm settle -t 10

# As a kernel without GPIO_SYSFS shows it, to everybody.
if [ -e /opt/virtual-pi/without-sysfs ]; then mount -t tmpfs -o ro none /sys/class/gpio; fi
