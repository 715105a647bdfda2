# Sourced by the other scripts: a Node that is new enough, the packages of package-lock.json, and a build. Says what it does.

need_node() {
  if ! command -v node >/dev/null 2>&1; then
    echo "lastwatt needs Node 20 or newer, and there is no node on this machine: install the package nodejs, or see nodejs.org" >&2
    exit 2
  fi
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  if [ "$major" -lt 20 ]; then
    echo "lastwatt needs Node 20 or newer, this is $(node --version): install a newer one (Debian 13 has 20; for others see nodejs.org)" >&2
    exit 2
  fi
}

# npm ci only where something is missing or the lock file is newer than what is installed.
need_packages() {
  if [ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then return; fi
  echo "installing the packages of package-lock.json (about half a minute) ..."
  if ! npm ci --no-audit --no-fund --loglevel=error; then
    echo "npm ci failed: look at the lines above; the npm registry must be reachable" >&2
    exit 1
  fi
}

# A build where a source is newer than the last one.
need_build() {
  if [ -f dist/main.js ] && [ -z "$(find src package.json tsconfig.json -newer dist/main.js -type f -print -quit)" ]; then return; fi
  echo "building ..."
  rm -rf dist
  npm run --silent build
}
