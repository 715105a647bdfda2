// What stands on the PATH of a rig of graphics cards that is a folder: a few lines of shell each, whose state are files in that folder,
// `$RIG`. `runs`: its miner is there; `refuses`, `benchmark` and the like: how it misbehaves; `orders`: what it was told, a word a line.

/**
 * `miner`, `wd`, `sreboot` and `screen` of Hive OS, by what its own scripts do: `miner stop` ends with the exit code of its
 * watchdog's stop, `miner start` with 1 where no watchdog is enabled, both with 0 where a benchmark runs and nothing is done.
 */
export const GPU_PROGRAMS: Readonly<Record<string, string>> = {
  miner: `
    [ -n "$RIG_CONF" ] || { echo 'No config'; exit 1; }
    [ -e "$RIG/benchmark" ] && { echo 'Detect running or unfinished benchmark.'; exit 0; }
    case $1 in
      stop)
        echo pause >>"$RIG/orders"
        [ -e "$RIG/runs" ] || { echo 'No miner screens found'; wd stop; exit; }
        [ -e "$RIG/refuses" ] && { printf '\\033[31mit will not\\033[0m\\n'; exit 3; }
        rm -f "$RIG/runs"; wd stop;;
      start)
        echo resume >>"$RIG/orders"
        [ -e "$RIG/runs" ] && echo 'Miner screen is already running'
        [ -e "$RIG/refuses-start" ] && { echo 'it will not'; exit 3; }
        [ -e "$RIG/maintenance" ] && { echo 'Maintenance mode enabled, exiting'; exit 1; }
        : >"$RIG/runs"; [ -e "$RIG/watchdog-enabled" ] && wd start;;
    esac`,
  wd: 'echo "wd $1" >>"$RIG/log"; case $1 in stop) rm -f "$RIG/watchdog";; start) : >"$RIG/watchdog";; esac',
  screen: `
    [ "$1" = -ls ] || exit 1
    if [ -e "$RIG/runs" ]; then printf 'There is a screen on:\\n\\t1234.%s\\t(Detached)\\n1 Socket in /run/screen/S-root.\\n' "$2"; exit 0; fi
    printf 'No Sockets found in /run/screen/S-root.\\n\\n'; exit 1`,
  sreboot:
    'echo "sreboot $1" >>"$RIG/log"; [ "$1" = shutdown ] && echo halt >>"$RIG/orders" || echo reboot >>"$RIG/orders"; printf dark >"$RIG/mood"; [ -e "$RIG/down" ] && . "$RIG/down"; kill -9 0',
  sudo: `
    [ "$1" = -n ] || { echo 'sudo: a terminal is required to read the password' >&2; exit 1; }
    shift
    [ -e "$RIG/sudo-asks" ] && { echo 'sudo: a password is required' >&2; exit 1; }
    [ "$1" = -l ] && exit 0
    echo "sudo $1 $2" >>"$RIG/log"
    exec "$@"`,
  systemctl: `
    echo "systemctl $*" >>"$RIG/log"
    case $1 in
      stop) [ "$2" = miner.service ] || { echo "Failed to stop $2: Unit $2 not loaded." >&2; exit 5; }
        echo pause >>"$RIG/orders"
        [ -e "$RIG/refuses" ] && { echo 'Access denied' >&2; exit 4; }
        [ -e "$RIG/restarts" ] || rm -f "$RIG/runs";;
      start) [ "$2" = miner.service ] || { echo "Failed to start $2: Unit $2 not found." >&2; exit 5; }
        echo resume >>"$RIG/orders"
        [ -e "$RIG/refuses-start" ] && { echo 'Access denied' >&2; exit 4; }
        : >"$RIG/runs";;
      is-active) [ -e "$RIG/runs" ] && { echo active; exit 0; }; echo inactive; exit 3;;
      show) if [ "$6" = miner.service ]; then echo LoadState=loaded; else echo LoadState=not-found; fi
        if [ -e "$RIG/runs" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi;;
      poweroff | reboot)
        [ "$1" = poweroff ] && echo halt >>"$RIG/orders" || echo reboot >>"$RIG/orders"
        printf dark >"$RIG/mood"; [ -e "$RIG/down" ] && . "$RIG/down"; exit 0;;
    esac`,
  'nvidia-smi': `
    [ -e "$RIG/smi-hangs" ] && sleep 60
    [ -e "$RIG/smi-fails" ] && { echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9; }
    case "$*" in
      '--query-gpu=uuid,power.draw,temperature.gpu,power.limit,power.min_limit,power.max_limit --format=csv,noheader,nounits')
        for c in "$RIG"/cards/*; do
          read -r id watts idle limit least most <"$c"
          [ -e "$RIG/lost-$id" ] && continue
          draw=$idle; { [ -e "$RIG/runs" ] || [ -e "$RIG/zombie" ]; } && draw=$watts
          [ "$draw" -gt "\${limit%%.*}" ] && draw=\${limit%%.*}
          [ -e "$RIG/mute-$id" ] && draw='[N/A]'
          echo "$id, $draw.40, 61, $limit, $least.00, $most.00" | sed 's/\\[N\\/A\\].40/[N\\/A]/'
        done;;
      '-pm 1') exit 0;;
      '-i '*' -pl '*)
        for c in "$RIG"/cards/*; do
          read -r id watts idle limit least most <"$c"
          [ "$id" = "$2" ] || continue
          whole=\${4%%.*}
          { [ "$whole" -ge "$least" ] && [ "$whole" -le "$most" ]; } || { echo 'not a valid power limit'; exit 1; }
          [ -e "$RIG/limit-sticks" ] || echo "$id $watts $idle $whole.00 $least $most" >"$c"
        done;;
      *) echo "Invalid combination of input arguments: $*"; exit 2;;
    esac`,
};

/** The programs as files: what a shell finds, by their names. */
export function gpuProgram(name: string, folder: string): string {
  return `#!/bin/sh\nRIG='${folder}'\n${GPU_PROGRAMS[name] ?? ''}\n`;
}
