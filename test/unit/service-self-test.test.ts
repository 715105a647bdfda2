// The scheduled self-tests of several UPSes.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DONE, failed } from '../../src/model/outcome.ts';
import type { StatusView, UpsView } from '../../src/model/view.ts';
import { testEach } from '../../src/service/self-test.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import type { UpsSource } from '../../src/ups/port.ts';

let clock: VirtualClock;
let begun: string[];
let notes: string[];
let views: Record<string, Partial<UpsView>>;
let outage: StatusView['outage'];
let ups: Map<string, UpsSource>;
let end: AbortController;

function source(id: string, change: Partial<UpsSource> = {}): UpsSource {
  const instantCommand = async (name: string) => {
    begun.push(`${clock.monotonicMs() / 1000} ${id} ${name}`);
    return DONE;
  };
  return { read: () => Promise.reject(new Error('nobody reads here')), instantCommand, close: () => Promise.resolve(), ...change };
}

async function run(): Promise<void> {
  const status = () =>
    ({ outage, ups: Object.entries(views).map(([id, view]) => ({ id, line: 'mains', fits: true, ...view })) }) as unknown as StatusView;
  const done = testEach({ clock, ups: () => ups, status, note: (say) => void notes.push(say), end: end.signal });
  await clock.advance(3_600_000);
  await done;
}

beforeEach(() => {
  clock = new VirtualClock();
  [begun, notes, outage, end] = [[], [], null, new AbortController()];
  views = { rack: {}, house: {}, attic: {} };
  ups = new Map(Object.keys(views).map((id) => [id, source(id)]));
});

describe('the self-tests of several UPSes', () => {
  it('begin one after the other, so that each has a witness for mains in the others', async () => {
    await run();
    expect(begun).toEqual(['0 rack', '180 house', '360 attic'].map((what) => `${what} test.battery.start.quick`));
    expect(notes).toEqual(['rack', 'house', 'attic'].map((id) => `self-test of ${id} started`));
  });

  it('are skipped where they might end badly, with the reason, and nobody waits for one that was', async () => {
    views = { rack: { line: 'battery' }, house: { fits: null }, attic: {} };
    await run();
    expect(begun).toEqual(['0 attic test.battery.start.quick']);
    expect(notes.slice(0, 2)).toEqual([
      'self-test of rack skipped: it is not on mains',
      'self-test of house skipped: its rigs might not survive it',
    ]);
  });

  it('end with an outage that comes between, and with a source that knows no tests or refuses one', async () => {
    const { instantCommand: _, ...plain } = source('rack');
    ups.set('rack', plain);
    ups.set('house', source('house', { instantCommand: async () => failed('refused', 'no such command') }));
    clock.after(60_000, () => {
      outage = { ups: ['rack'], seconds: 1 };
    });
    await run();
    expect(notes).toEqual([
      'self-test of rack skipped: its source knows no instant commands',
      'self-test of house failed: no such command',
      'self-test of attic skipped: an outage is on',
    ]);
  });

  it('know the devices of a reload, and end with the service', async () => {
    clock.after(60_000, () => ups.delete('house'));
    clock.after(200_000, () => end.abort());
    await run();
    expect(begun).toEqual(['0 rack test.battery.start.quick']);
  });
});
