// The contract of rig drivers, over every family that can be asked.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCgminerFake } from '../../src/fakes/cgminer-rig.ts';
import { startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import type { RigDriver, RigDriverKind } from '../../src/rigs/port.ts';
import { rigDriver } from '../../src/rigs/registry.ts';
import type { SimRig } from '../../src/sim/rig.ts';
import { describeRigDriver, type Mouth, type RigFamily, rigKit, scratchFolder, tcpBench, tcpMouth } from './rig-driver.ts';

function kindOf(name: string): RigDriverKind {
  const kind = rigDriver(name);
  if (kind === undefined) throw new Error(`no rig driver is named ${name}`);
  return kind;
}

/** A family on TCP: the same bench with another mouth. */
function onTcp(
  name: string,
  start: (rig: SimRig, nowMs: () => number) => Promise<{ port: number; close(): Promise<void> }>,
): RigFamily['bench'] {
  return async () => {
    const traits = { id: 'rig-1', hashRate: 110e12, watts: 3250, pausePersists: name === 'luxos' };
    const bench = await tcpBench(kindOf(name), traits, start);
    return {
      ...bench,
      standsStill: () => bench.rig.look().level === 0,
      refuse: () => bench.rig.misbehave({ refuses: true }),
    };
  };
}

async function againstTcp(name: string, mouth: Mouth): Promise<{ driver: RigDriver; close(): Promise<void> }> {
  const { port, close } = await tcpMouth(mouth);
  return { driver: kindOf(name).open({ host: '127.0.0.1', port }, rigKit()), close };
}

describeRigDriver('luxos', {
  bench: onTcp('luxos', (rig, nowMs) => startLuxosFake({ rig, nowMs })),
  against: (mouth) => againstTcp('luxos', mouth),
  saysPaused:
    '{"STATUS":[{"STATUS":"S","Code":33,"Msg":"x"}],"CONFIG":[{"CurtailMode":"Sleep","IsPowerSupplyOn":false,"Profile":"290MHz"}],"id":1}',
});

describeRigDriver('cgminer', {
  bench: onTcp('cgminer', (rig) => startCgminerFake({ rig })),
  against: (mouth) => againstTcp('cgminer', mouth),
  saysPaused: '{"STATUS":[{"STATUS":"S","Code":9,"Msg":"x"}],"DEVS":[{"ASC":0,"Enabled":"N"},{"ASC":1,"Enabled":"N"}],"id":1}',
});

/** A rig that is a folder: its state is a file in it, and its program a few lines of shell. */
const PROGRAM = `
  case "$2" in
    read) cat "$1/reading";;
    pause) [ -e "$1/refuses" ] && { echo "it will not" >&2; exit 3; }
      : > "$1/still"; printf '{"watts":30,"hashing":false,"paused":true}' > "$1/reading";;
    resume) rm -f "$1/still"; printf '{"watts":1480,"hashing":true,"beside":[1]}' > "$1/reading";;
  esac`;

const MOUTHS: Readonly<Record<Exclude<Mouth, Uint8Array>, string>> = {
  nobody: '',
  silent: 'sleep 30',
  dripping: 'while :; do printf "{"; sleep 1; done',
  flooding: 'while :; do printf "%65536d" 0; done',
};

function commandRig(argv: (verb: string) => readonly string[]): RigDriver {
  return kindOf('command').open({ read: argv('read'), pause: argv('pause'), resume: argv('resume') }, rigKit());
}

describeRigDriver('command', {
  bench: async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder.path, 'reading'), '{"watts":1480,"hashing":true}');
    return {
      driver: commandRig((verb) => ['/bin/sh', '-c', PROGRAM, 'rig', folder.path, verb]),
      standsStill: () => existsSync(join(folder.path, 'still')),
      pass: () => undefined,
      refuse: () => writeFileSync(join(folder.path, 'refuses'), ''),
      close: async () => folder.remove(),
    };
  },
  against: async (mouth) => {
    if (mouth === 'nobody') return { driver: commandRig(() => ['/nowhere/heater']), close: () => Promise.resolve() };
    const folder = scratchFolder();
    const answer = join(folder.path, 'answer');
    if (mouth instanceof Uint8Array) writeFileSync(answer, mouth);
    // It prints its answer to a question, and refuses every order.
    const script = mouth instanceof Uint8Array ? '[ "$2" = read ] && cat "$1"' : MOUTHS[mouth];
    return { driver: commandRig((verb) => ['/bin/sh', '-c', script, 'rig', answer, verb]), close: async () => folder.remove() };
  },
  saysPaused: '{"watts": 30, "hashing": false, "paused": true}',
  // A program answers without its machine.
  unread: 'unreachable',
});
