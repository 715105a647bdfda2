// A recorded night in a world that was fitted to it: near to what was under the same rules, and another night under others.
import { describe, expect, it, jest } from '@jest/globals';
import { accountOf } from '../../src/outages/account.ts';
import { livedOtherwise } from '../../src/outages/another.ts';
import type { OutageRecord } from '../../src/outages/file.ts';
import { fittedTo } from '../../src/outages/fit.ts';
import { depthPerHour } from '../../src/sim/battery.ts';
import { placeOf } from '../../src/sim/site-settings.ts';
import { farm, RACK, RIGS, rig } from '../support/farm.ts';
import { nights } from '../support/recorded.ts';

jest.setTimeout(120_000);
const begin = nights((wrong) => expect(wrong).toEqual([]));

async function recorded(seconds: number, options = farm()): Promise<OutageRecord> {
  const night = await begin(placeOf(options));
  const count = Object.keys(options.rigs).length;
  await night.at(60, () => night.loseMains());
  await night.at(60 + seconds, () => night.returnMains());
  await night.until('all are back', () => night.hashing().length === count, 30_000);
  await night.run(400);
  const [record] = night.records();
  if (record === undefined) throw new Error('nothing was kept');
  return record;
}

describe('the world that is fitted to a night', () => {
  it('has batteries that carry what they were seen to carry, by several loads', async () => {
    const record = await recorded(1_200);
    const { course, told } = fittedTo(record, record.stretches[0].site, 1);
    const battery = course.place.ups.get('rack')?.battery;
    if (battery === undefined) throw new Error('no battery');
    for (const watts of [2_000, 3_500, 6_060]) {
      const ratio = depthPerHour(battery, watts) / depthPerHour(RACK.battery, watts);
      expect(ratio).toBeGreaterThan(0.85);
      expect(ratio).toBeLessThan(1.15);
    }
    expect(told[0]).toMatch(/^rack: full, it carries .* W for .*: fitted to how its depth was believed to go$/);
  });

  it('has rigs that pause and wake as they were seen to', async () => {
    const slow = { pauseSeconds: 9, wakeSeconds: 120, pausedWatts: 60 };
    const record = await recorded(900, farm({ rigs: { ...RIGS, d: rig(2, { cutBy: ['kd'], sim: slow, site: { graceSeconds: 40 } }) } }));
    const { course } = fittedTo(record, record.stretches[0].site, 1);
    const fitted = course.place.rigs.get('d');
    expect(fitted?.pauseSeconds).toBeGreaterThan(7);
    expect(fitted?.pauseSeconds).toBeLessThan(13);
    expect(fitted?.wakeSeconds).toBeGreaterThan(100);
    expect(fitted?.wakeSeconds).toBeLessThan(150);
  });

  it('is without mains from the beginning of a record that begins in an outage', async () => {
    const whole = await recorded(300);
    const [first] = whole.stretches;
    const began = first.ticks.findIndex(({ events }) => events.some(({ event }) => event === 'outage-began'));
    const outage = { beganAtMs: first.ticks[began]?.nowMs ?? 0 };
    const memory = { ...first.state.memory, supplies: new Map([['rack', { relapses: 0, faults: [], outage }]]) };
    const late = { ...first, ticks: first.ticks.slice(began + 1), state: { ...first.state, memory } };
    expect(fittedTo({ ...whole, stretches: [late] }, first.site, 1).course.troubles).toEqual([
      { kind: 'mains-gone', fromSeconds: 60, toSeconds: expect.closeTo(360, -1) },
    ]);
  });

  it('has the mains go and come as they did: the grid, or what comes to one UPS', async () => {
    const grid = await recorded(300, farm({ rigs: { ...RIGS, m: rig(5, { fedBy: ['mains'], cutBy: ['km'] }) } }));
    expect(fittedTo(grid, grid.stretches[0].site, 1).course.troubles).toEqual([
      { kind: 'mains-gone', fromSeconds: 60, toSeconds: expect.closeTo(360, -1) },
    ]);
    const night = await begin(placeOf(farm({ ups: { rack: RACK, shelf: RACK }, rigs: { ...RIGS, e: rig(5, { fedBy: ['shelf'] }) } })));
    await night.at(60, () => night.loseMains('rack'));
    await night.at(260, () => night.returnMains('rack'));
    await night.run(900);
    const [one] = night.records();
    expect(one && fittedTo(one, one.stretches[0].site, 1).course.troubles).toEqual([
      { kind: 'mains-gone', on: 'rack', fromSeconds: 60, toSeconds: expect.closeTo(260, -1) },
    ]);
  });
});

describe('a night under other rules', () => {
  it.each([420, 900])('of %d s comes near to what was under the same ones, and to another end under others', async (seconds) => {
    const record = await recorded(seconds);
    const [{ site }] = record.stretches;
    const policy = { ...site.policy, shedBelowSeconds: 150, cutBelowSeconds: 100 };
    const { before, other, good } = await livedOtherwise(record, { policy, seed: 1 });
    const { sumOnUps, rigs } = accountOf(record);
    const whole = sumOnUps.kept + sumOnUps.lost;
    expect(Math.abs(before.lost - sumOnUps.lost) / whole).toBeLessThan(0.05);
    expect(before.stops).toBe(rigs.filter(({ left }) => left !== undefined).length);
    // Later sheds: less is lost in a short outage.
    if (seconds === 420) expect(other.lost).toBeLessThan(before.lost);
    expect(good).toBe(true);
  });

  it('may be one under a policy of another kind, whose chances of an outage are then those of a new site', async () => {
    const record = await recorded(420);
    const [{ site }] = record.stretches;
    const kind = site.policy.kind === 'threshold' ? 'outage-aware' : 'threshold';
    const { before, other, good, told } = await livedOtherwise(record, { policy: { ...site.policy, kind }, seed: 1 });
    expect(good).toBe(true);
    expect(other.lost).not.toBeCloseTo(before.lost, 6);
    expect(told).toContainEqual(expect.stringContaining('how long outages last is taken as on a new site'));
  });

  it('may be one with a rig or a supply that the record does not know', async () => {
    const record = await recorded(420);
    const [{ site }] = record.stretches;
    const { site: more } = placeOf(farm({ rigs: { ...RIGS, z: rig(1, { watts: 800 }) } }));
    const { other, told } = await livedOtherwise(record, { site: { ...more, armed: true }, seed: 1 });
    expect(site.rigs.has('z')).toBe(false);
    expect(other.night.film.rigs.map(({ id }) => id)).toContain('z');
    expect(told).toContainEqual('not in the record, and taken as the file has them: z');
  });

  it('is the same night for the same seed', async () => {
    const record = await recorded(300);
    const rules = { policy: { ...record.stretches[0].site.policy, shedBelowSeconds: 200 }, seed: 3 };
    expect(await livedOtherwise(record, rules)).toEqual(await livedOtherwise(record, rules));
  });
});
