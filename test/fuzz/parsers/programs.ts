// What the owner's programs print, for a UPS, a rig and a switch, and the file that upsmon reads.

import { admitReading } from '../../../src/core/gate.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import type { RigReading } from '../../../src/model/rig.ts';
import type { UpsReading } from '../../../src/model/ups.ts';
import { readingFrom } from '../../../src/rigs/command.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import { stateIn } from '../../../src/switches/command.ts';
import { readingOf } from '../../../src/ups/command.ts';
import { parseUpsmonConf, type UpsmonConf } from '../../../src/wire/upsmon-conf.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, MIB, must, mustBeShowable, ofJson, textOf } from '../parser.ts';

const TOKENS = [
  ...[
    '"line"',
    '"mains"',
    '"battery"',
    '"off"',
    '"unknown"',
    '"chargePercent":',
    '"runtimeSeconds":',
    '"loadWatts":',
    '"watts":',
    '"hashing":true',
  ],
  ...['"paused":true', '"hashRate":', '"mode":', '"__proto__":{"paused":true}', 'null', 'true', 'false', '{', '}', '\n', 'fed', 'cut'],
];
/** What runChild lets through. */
const GRAIN: Grain = { tokens: TOKENS, cutAt: ',', most: 65_536 };

function printed(chance: Chance, corpus: readonly Uint8Array[]): Uint8Array {
  const text = chance.happens(0.6) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
  return text === undefined ? mutated(chance, corpus, GRAIN) : Buffer.from(text.slice(0, GRAIN.most));
}

/** The object that a strict reader sees, with the last of two keys; undefined where there is none. */
function strictly(input: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(textOf(input));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

const own = (value: Readonly<Record<string, unknown>> | undefined, key: string): unknown =>
  value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;

export const upsCommand = fuzzParser<Outcome<UpsReading>>({
  name: 'ups-command',
  about: 'what the program of a UPS prints',
  allocates: ofJson,
  make: printed,
  read: (input) => readingOf(textOf(input), { ups: 'house', argv: ['/usr/local/bin/victron', 'read'] }, 5),
  judge: (input, outcome) => {
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 250, 'the fault');
    const words = new Map<unknown, string>([
      ['mains', 'OL'],
      ['battery', 'OB'],
      ['off', 'OFF'],
      ['unknown', ''],
    ]);
    must([...outcome.value.words].join() === words.get(own(strictly(input), 'line')), 'a line that was not printed');
    const sample = admitReading(outcome.value, { rigsDraw: false });
    const { chargePercent = 0, runtimeSeconds = 0, loadWatts = 0 } = sample;
    must(
      chargePercent >= 0 && chargePercent <= 100 && runtimeSeconds >= 0 && runtimeSeconds <= 21_600,
      'a figure that the gate should stop',
    );
    must(Number.isFinite(loadWatts) && loadWatts >= 0, `a load of ${loadWatts} W`);
    for (const { found, why } of sample.rejected) must(`${found} ${why}`.length <= 100, 'more of a bad figure than anybody reads');
  },
});

export const rigCommand = fuzzParser<Outcome<RigReading>>({
  name: 'rig-command',
  about: 'what the program of a rig prints',
  allocates: ofJson,
  make: printed,
  read: (input) => readingFrom(textOf(input), { rig: 'heater', takenAtMs: 5, program: '/usr/local/bin/heater' }),
  judge: (input, outcome) => {
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 250, 'the fault');
    const { state, watts, hashRate, mode } = outcome.value;
    const said = strictly(input);
    must(said !== undefined, 'a reading of what is no JSON object');
    must(state !== 'paused' || (own(said, 'paused') === true && own(said, 'hashing') !== true), 'paused, and the program did not say so');
    must(state !== 'hashing' || own(said, 'hashing') === true, 'hashing, and the program did not say so');
    must(watts === undefined || (watts >= 0 && watts <= 1e6 && watts === own(said, 'watts')), `${watts} W`);
    must(hashRate === undefined || (hashRate >= 0 && hashRate <= 1e21 && hashRate === own(said, 'hashRate')), `${hashRate} H/s`);
    mustBeShowable(mode ?? '', 64, 'the mode');
  },
});

export const switchCommand = fuzzParser<Outcome<'fed' | 'cut'>>({
  name: 'switch-command',
  about: 'what the program of a switch prints',
  allocates: () => MIB,
  make: (chance, corpus) => mutated(chance, corpus, { tokens: ['fed', 'cut', '\n', ' ', 'FED', 'not '], cutAt: '\n', most: 4_096 }),
  read: (input) => stateIn(textOf(input), '/usr/local/bin/k2'),
  judge: (input, outcome) => {
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 400, 'the fault');
    must(textOf(input).trim() === outcome.value, `${outcome.value}, and the program did not say just that`);
  },
});

const CONF: Grain = {
  tokens: ['MONITOR ', 'SHUTDOWNCMD ', 'POWERDOWNFLAG ', 'primary', 'secondary', 'master', '@', ':3493', '"', '\\"', '\\', '#', '\n', '""'],
  cutAt: '\n',
  most: 200_000,
};

export const upsmonConf = fuzzParser<UpsmonConf>({
  name: 'upsmon-conf',
  about: "upsmon's configuration",
  make: (chance, corpus) => mutated(chance, corpus, CONF),
  read: (input) => parseUpsmonConf(textOf(input)),
  judge: (input, { monitors, shutsDown, dropsOutput }) => {
    const text = textOf(input);
    // A word may be written with a backslash before any letter.
    const names = text.replaceAll('\\', '').split('MONITOR').length - 1;
    must(monitors.length <= names, `${monitors.length} monitors of ${names}`);
    // Words may be written with a backslash inside.
    must(!shutsDown || text.replaceAll('\\', '').includes('SHUTDOWNCMD'), 'it shuts down, and nobody said so');
    must(!dropsOutput || text.replaceAll('\\', '').includes('POWERDOWNFLAG'), 'it drops the output, and nobody said so');
    for (const { ups, host } of monitors) must(ups.length + host.length <= text.length, 'a name longer than the file');
  },
});
