// The contract of rig drivers, over every family that can be asked.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCgminerFake } from '../../src/fakes/cgminer-rig.ts';
import { startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { against, familyBench, kindOf, scratchFolder } from './rig-bench.ts';
import { describeRigDriver, type Mouth, rigKit } from './rig-driver.ts';

describeRigDriver('luxos', {
  bench: familyBench('luxos', { pausePersists: true }, (rig, nowMs) => startLuxosFake({ rig, nowMs })),
  limitTo: 2_000,
  against: (mouth) => against('luxos', mouth),
  saysPaused:
    '{"STATUS":[{"STATUS":"S","Code":33,"Msg":"x"}],"CONFIG":[{"CurtailMode":"Sleep","IsPowerSupplyOn":false,"Profile":"290MHz"}],"SUMMARY":[{"GHS 5s":0}],"id":1}',
});

describeRigDriver('cgminer', {
  bench: familyBench('cgminer', { pausePersists: false }, (rig) => startCgminerFake({ rig })),
  against: (mouth) => against('cgminer', mouth),
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
