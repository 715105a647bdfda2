// What real UPSes say, recorded and made up, in any order under one name: nothing crashes, no figure becomes NaN, and nobody leaves on
// mains. The recorded ones (nut-ddl, 20 files) are read where they lie beside the source, and are no part of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { viewOf } from '../../src/core/views.ts';
import { whyOf } from '../../src/core/why.ts';
import { known } from '../../src/model/known.ts';
import { ok } from '../../src/model/outcome.ts';
import type { UpsFigures, UpsNameplate } from '../../src/model/ups.ts';
import { Desk, siteOf, ups } from '../support/core-desk.ts';

jest.setTimeout(180_000);

interface Dump {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

const FOLDER = fileURLToPath(new URL('../../../shared/data/nut/', import.meta.url));

function dumpOf(name: string, text: string): Dump {
  const rows = text.split('\n').flatMap((line) => {
    const found = /^([a-zA-Z][\w.]*):\s*(.*?)\s*(\s#.*)?$/.exec(line);
    return found === null ? [] : [[found[1] ?? '', found[2] ?? ''] as const];
  });
  return { name, values: new Map(rows) };
}

function recorded(): readonly Dump[] {
  const folder = process.env['NUT_DUMPS'] ?? FOLDER;
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.dev'))
    .map((file) => dumpOf(file, readFileSync(`${folder}/${file}`, 'utf8')));
}

/** In the manner of what was reported, and worse. */
const MADE_UP = [
  'ups.status: OL\nbattery.charge: 255\nbattery.runtime: 3932100\nups.load: 0',
  'ups.status: OL CHRG\nbattery.charge: 0.00\nbattery.runtime: 0.00\nbattery.voltage: 54.1\nbattery.voltage.nominal: 48',
  'ups.status: OL\nbattery.charge: 100\nbattery.voltage: 9.1\nbattery.voltage.nominal: 12',
  'ups.status: OL\nbattery.charge: -197.6\nbattery.runtime: -60\nups.load: 562020',
  'ups.status: OL\nbattery.runtime: 36:00\nups.load: 1e200\nups.realpower: NaN\nups.realpower.nominal: 0',
  'ups.status: OL\nbattery.voltage: 2.27\nbattery.voltage.nominal: 12\nbattery.voltage.low: 20',
  'ups.status: OL\nbattery.voltage: 41.0\nbattery.voltage.nominal: 36',
  'ups.status: ALARM OL RB OVER\nups.load: 410\nups.power.nominal: -650',
  'ups.status: OL LB\nbattery.charge: 3\nbattery.charge.low: 200\nbattery.runtime.low: -5',
  'ups.status: OL\nbattery.runtime: 65535\nups.load: 3\nups.realpower.nominal: 900',
  'ups.status: OL BYPASS CAL TEST',
  'ups.status: OL\nups.realpower: 999999999999999999\nbattery.voltage.nominal: 0\nbattery.voltage: 0',
].map((text, i) => dumpOf(`made up ${i + 1}`, text));

const DUMPS = [...recorded(), ...MADE_UP];

const figuresOf = (values: Dump['values']): UpsFigures =>
  known<UpsFigures>({
    charge: values.get('battery.charge'),
    runtime: values.get('battery.runtime'),
    loadPercent: values.get('ups.load'),
    loadWatts: values.get('ups.realpower') ?? values.get('output.realpower'),
    batteryVolts: values.get('battery.voltage'),
  });

const nameplateOf = (values: Dump['values']): UpsNameplate =>
  known<UpsNameplate>({
    nominalWatts: values.get('ups.realpower.nominal'),
    nominalVoltAmps: values.get('ups.power.nominal'),
    runtimeLow: values.get('battery.runtime.low'),
    chargeLow: values.get('battery.charge.low'),
    batteryVolts: values.get('battery.voltage.nominal'),
    batteryVoltsLow: values.get('battery.voltage.low'),
    deviceType: values.get('device.type'),
    model: values.get('device.model') ?? values.get('ups.model'),
  });

interface Look {
  readonly dump: Dump;
  readonly words: string;
  readonly seconds: number;
}

/** A second each, as often as is said; then whatever is wrong with what came of it. */
function live(desk: Desk, { dump, words, seconds }: Look): void {
  for (let second = 0; second < seconds; second += 1) {
    desk.nowMs += 1000;
    const reading = {
      ups: 'rack',
      takenAtMs: desk.nowMs,
      words: new Set(words.split(/\s+/).filter((word) => word !== '')),
      figures: figuresOf(dump.values),
      nameplate: nameplateOf(dump.values),
    };
    desk.tick({ kind: 'ups', ups: 'rack', atMs: desk.nowMs, outcome: ok(reading) });
  }
}

/** Numbers that are none, by where they stand. */
function nonsenseIn(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (value instanceof Map) return [...value].flatMap(([key, one]) => nonsenseIn(one, `${path}.${key}`));
  if (value instanceof Set || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => nonsenseIn(one, `${path}.${key}`));
}

function faultsOf(desk: Desk): readonly string[] {
  const { battery, load } = desk.supply();
  return [
    ...nonsenseIn({ battery, load }),
    ...nonsenseIn(viewOf(desk.state, desk.site, desk.nowMs)),
    ...nonsenseIn(whyOf(desk.state, desk.site, desk.nowMs, undefined, new Map())),
    ...nonsenseIn(desk.events.map(({ event }) => event)),
  ];
}

const SITES = [{}, { minutesAtWatts: [[4060, 10]] as const }, { batteryWh: 700 }] as const;
const deskOf = (declared: (typeof SITES)[number]): Desk => {
  const { nominalWatts: _, ...rack } = ups('rack', declared);
  return new Desk(siteOf({ ups: [rack] }));
};

const anyDump = fc.constantFrom(...DUMPS);
const onMains = (words: string): boolean => {
  const set = new Set(words.split(/\s+/));
  return !set.has('OB') && !set.has('FSD');
};

describe('the dumps of real UPSes, and some that were made up', () => {
  it('are there: the made-up ones at least', () => expect(DUMPS.length).toBeGreaterThanOrEqual(MADE_UP.length));

  it.each(DUMPS.map((dump) => [dump.name, dump] as const))('%s: alone for a while on mains, nobody leaves', (_, dump) => {
    for (const declared of SITES) {
      const desk = deskOf(declared);
      const words = (dump.values.get('ups.status') ?? '').replace(/\bOB\b/, 'OL');
      live(desk, { dump, words, seconds: 90 });
      expect(faultsOf(desk)).toEqual([]);
      expect(desk.steps.filter(({ due }) => ['pause', 'cut', 'halt'].includes(due.step.kind))).toEqual([]);
    }
  });

  it('in any order on mains cost nobody a second, and tell no nonsense', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SITES),
        fc.array(fc.record({ dump: anyDump, seconds: fc.integer({ min: 1, max: 40 }) }), { minLength: 1, maxLength: 12 }),
        (declared, order) => {
          const desk = deskOf(declared);
          for (const { dump, seconds } of order) {
            const words = dump.values.get('ups.status') ?? '';
            if (onMains(words)) live(desk, { dump, words, seconds });
          }
          expect(faultsOf(desk)).toEqual([]);
          expect(desk.steps.map(({ due }) => due.step.kind)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('in any order, on mains and on battery, crash nothing; who leaves leaves in an outage, or at a forced shutdown', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SITES),
        fc.array(
          fc.record({
            dump: anyDump,
            words: fc.option(fc.constantFrom('OB', 'OB DISCHRG', 'OB LB', 'OL', ''), { nil: undefined }),
            seconds: fc.integer({ min: 1, max: 60 }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        (declared, order) => {
          const desk = deskOf(declared);
          for (const { dump, words, seconds } of order) {
            const before = desk.steps.length;
            live(desk, { dump, words: words ?? dump.values.get('ups.status') ?? '', seconds });
            const { line, draining, forced } = desk.supply();
            const left = desk.steps.slice(before).filter(({ due }) => due.step.kind === 'pause');
            if (line === 'mains' && !draining && !forced && seconds > 10)
              expect(left.filter(({ atMs }) => atMs > desk.nowMs - 5_000)).toEqual([]);
            expect(faultsOf(desk)).toEqual([]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
