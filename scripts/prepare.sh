# Sourced by the other scripts: a Node that is new enough, the packages of package-lock.json, and a build. Says what it does.

# How this machine gets a Node that is new enough: from its own packages where they have it, else from nodejs.org.
way_to_node() {
  local offered arch
  offered=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/^ *Candidate: \([0-9][^ ]*\).*/\1/p')
  if [ "${offered%%.*}" -ge 20 ] 2>/dev/null; then
    echo "  sudo apt-get install nodejs npm        (this system has $offered)" >&2
    return
  fi
  arch=$(dpkg --print-architecture 2>/dev/null || uname -m)
  case $arch in
  amd64 | x86_64) arch=x64 ;;
  aarch64) arch=arm64 ;;
  armhf) arch=armv7l ;;
  esac
  if [ -n "$offered" ]; then echo "  the package nodejs of this system is too old ($offered)" >&2; fi
  echo "  take the archive node-v22...-linux-$arch.tar.gz from https://nodejs.org/en/download, then:" >&2
  echo "  sudo tar -xzf node-v22*-linux-$arch.tar.gz -C /usr/local --strip-components=1" >&2
}

need_node() {
  if ! command -v node >/dev/null 2>&1; then
    echo "lastwatt needs Node 20 or newer, and $(id -un) finds no node here (one in somebody's home folder does not count): install one" >&2
    way_to_node
    exit 2
  fi
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  if [ "$major" -lt 20 ]; then
    echo "lastwatt needs Node 20 or newer, this is $(node --version): install a newer one" >&2
    way_to_node
    exit 2
  fi
}

# npm ci only where something is missing or the lock file is newer than what is installed.
need_packages() {
  if [ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then return; fi
  if ! command -v npm >/dev/null 2>&1; then
    echo "npm is missing, which Debian has in a package of its own: sudo apt-get install npm" >&2
    exit 2
  fi
  echo "installing the packages of package-lock.json (about half a minute) ..."
  if ! npm ci --no-audit --no-fund --loglevel=error; then
    echo "npm ci failed: look at the lines above; the npm registry must be reachable" >&2
    exit 1
  fi
  as_owner node_modules
}

# Root, as under sudo, leaves nothing in somebody's clone that he cannot remove.
as_owner() {
  if [ "$(id -u)" -eq 0 ]; then chown -R --reference=package.json "$@"; fi
}

# A build of its own of a program in a folder, with the sources, into $built: what others build or remove meanwhile changes
# nothing. Types are checked by npm run typecheck.
build_apart() {
  built=node_modules/.cache/${1##*/}-$$
  trap 'rm -rf "$built"' EXIT
  mkdir -p "$built"
  cp package.json "$built/"
  node node_modules/typescript/bin/tsc -p "$1/tsconfig.json" --noCheck --outDir "$built"
}

# A build where a source is newer than the last one.
need_build() {
  if [ -f dist/main.js ] && [ -z "$(find src package.json tsconfig.json -newer dist/main.js -type f -print -quit)" ]; then return; fi
  echo "building ..."
  rm -rf dist
  npm run --silent build
  as_owner dist
}
