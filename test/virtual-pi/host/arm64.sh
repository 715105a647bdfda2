# Sourced by scripts/virtual-pi: every native add-on of the installed packages, loaded by a Node for a 64-bit Pi under qemu-user.

ARM_TOOLS='qemu-user-static mmdebstrap g++-aarch64-linux-gnu'
ARM_PROGRAMS='qemu-aarch64-static mmdebstrap aarch64-linux-gnu-g++'

# Debian 13's Node for arm64 with its libraries, unpacked and not set up: $cache/arm64
fetch_arm64() {
  local into=$cache/arm64 options=()
  if [ -x "$into/usr/bin/node" ]; then return; fi
  rm -rf "$into" "$into.new"
  mapfile -t options < <(apt_way)
  if ! timeout 600 mmdebstrap --quiet --variant=extract --mode=root --architectures=arm64 --include=nodejs ${options[@]+"${options[@]}"} \
    --aptopt='APT::Install-Recommends "false"' trixie "$into.new" "deb $mirror trixie main" >"$into.log" 2>&1; then
    tail -n 5 "$into.log" >&2
    rm -rf "$into.new"
    return 77
  fi
  # Nothing was set up, so nobody made this link.
  if [ ! -e "$into.new/lib" ]; then ln -s usr/lib "$into.new/lib"; fi
  mv "$into.new" "$into"
  say 'Debian 13 for arm64 unpacked'
}

# epoll comes as source and is compiled on a Pi; here across, against this Node's own headers, which are the same on both.
cross_build_epoll() {
  local into=$1/node_modules/epoll headers
  headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")/include/node
  if [ ! -f "$headers/node.h" ]; then
    echo "# no headers of Node at $headers: epoll is left out"
    return 1
  fi
  rm -rf "$into/build"
  mkdir -p "$into/build/Release"
  aarch64-linux-gnu-g++ -std=c++17 -O1 -shared -fPIC -w -DNODE_GYP_MODULE_NAME=epoll -DBUILDING_NODE_EXTENSION \
    -I"$headers" -I"$1/node_modules/nan" -o "$into/build/Release/epoll.node" "$into"/src/*.cc
}

load_on_arm64() {
  local at=$scratch/product passed=0 failed=0 name major
  fetch_arm64 || skip 'Debian 13 for arm64 could not be fetched from the Debian archive of this machine'
  mkdir "$at"
  cp -a dist package.json package-lock.json .npmrc "$at/"
  # As npm chooses on a Pi; what it would compile there is compiled across below.
  if ! (cd "$at" && npm ci --omit=dev --ignore-scripts --os=linux --cpu=arm64 --libc=glibc --no-audit --no-fund --loglevel=error); then
    skip 'npm could not fetch the packages for arm64'
  fi
  arm_node() { timeout 300 qemu-aarch64-static -L "$cache/arm64" "$cache/arm64/usr/bin/node" "$@"; }
  held() {
    local sentence=$1 code=0
    shift
    "$@" >"$scratch/said" 2>&1 || code=$?
    if [ "$code" -eq 0 ]; then
      passed=$((passed + 1))
      echo "ok $((passed + failed)) - $sentence"
    else
      failed=$((failed + 1))
      echo "not ok $((passed + failed)) - $sentence"
      sed 's/^/# /' "$scratch/said" | head -n 20
    fi
  }
  held 'a Node for arm64 of version 20 or newer starts' arm_node -e 'if (process.arch !== "arm64" || parseInt(process.versions.node) < 20) throw new Error(process.version)'
  major=$(arm_node -p process.versions.modules)
  if [ "$major" = "$(node -p process.versions.modules)" ]; then
    held 'epoll is built from its sources for arm64' cross_build_epoll "$at"
  else
    echo "# this Node and that of Debian 13 differ in their add-on interface: epoll is left out"
    rm -rf "$at/node_modules/epoll"
  fi
  for name in epoll onoff @serialport/bindings-cpp serialport koffi; do
    if [ -d "$at/node_modules/$name" ]; then held "$name loads" arm_on "$at" -e "require('$name')"; fi
  done
  held 'the command line reads the example and judges it' arm_check "$at"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

arm_on() {
  local at=$1
  shift
  (cd "$at" && arm_node "$@")
}

# Exit code 1 is a verdict as well: the example's big rig is more than its UPS carries.
arm_check() {
  local code=0
  arm_on "$1" dist/cli.js --config "$PWD/systemd/lastwatt.example.yaml" check --offline || code=$?
  [ "$code" -le 1 ]
}
