// Every outage is kept, and comes to the same when it is played again.
import { describe, expect, it, jest } from '@jest/globals';
import { failed } from '../../src/model/outcome.ts';
import { replay } from '../../src/outages/replay.ts';
import { placeOf } from '../../src/sim/site-settings.ts';
import { farm, RACK, RIGS, rig } from '../support/farm.ts';
import { nights, type RecordedNight } from '../support/recorded.ts';

jest.setTimeout(60_000);
const begin = nights((wrong) => expect(wrong).toEqual([]));

const CALM = 60;

async function outage(night: RecordedNight, from: number, seconds: number): Promise<void> {
  await night.at(from, () => night.loseMains());
  await night.at(from + seconds, () => night.returnMains());
}

const allBack = (night: RecordedNight): Promise<void> => night.until('all are back', () => night.hashing().length === 4, 4_000);

describe('an outage', () => {
  it('is kept in one record from its first tick until every rig is back and at speed', async () => {
    const night = await begin(placeOf(farm()));
    await outage(night, CALM, 900);
    await allBack(night);
    await night.run(400);
    const [record, ...more] = night.records();
    expect(more).toEqual([]);
    expect(record).toMatchObject({ end: 'over', skipped: 0 });
    expect(record?.stretches).toHaveLength(1);
    expect(record?.stretches[0].ticks[0]?.events).toContainEqual(expect.objectContaining({ event: 'outage-began' }));
    expect(record?.stretches[0].ticks.flatMap(({ due }) => due.map(({ step }) => step.kind))).toEqual(
      expect.arrayContaining(['pause', 'cut', 'feed', 'resume']),
    );
    expect(night.store.pruned).toBe(1);
  });

  it.each(['threshold', 'outage-aware'] as const)(
    'under %s comes to the same steps and events when it is played again, to the last of them',
    async (kind) => {
      const night = await begin(placeOf(farm({ ups: { rack: { ...RACK, houseWatts: 80 } }, policy: { kind } })));
      await outage(night, CALM, 900);
      await allBack(night);
      await night.run(400);
      const [record] = night.records();
      const again = record && replay(record);
      expect(again).toMatchObject({ unthinking: 0 });
      expect(again?.difference).toBeUndefined();
      expect(again?.steps).toBeGreaterThan(5);
      expect([again?.sameSteps, again?.sameEvents]).toEqual([again?.steps, again?.events]);
    },
  );

  it('under another policy does not, and it says from when on', async () => {
    const night = await begin(placeOf(farm()));
    await outage(night, CALM, 900);
    await allBack(night);
    await night.run(400);
    const [record] = night.records();
    if (record === undefined) throw new Error('nothing was kept');
    const [first] = record.stretches;
    const policy = { ...first.site.policy, shedBelowSeconds: 30, cutBelowSeconds: 20 };
    const again = replay({ ...record, stretches: [{ ...first, site: { ...first.site, policy } }] });
    expect(again.sameSteps).toBeLessThan(again.steps);
    expect(again.difference?.tick.due.length).toBeGreaterThan(0);
  });

  it('that is a blip is not kept', async () => {
    const night = await begin(placeOf(farm()));
    await outage(night, CALM, 3);
    await night.run(600);
    expect(night.records()).toEqual([]);
  });

  it('with another before all are back is one night', async () => {
    const night = await begin(placeOf(farm()));
    await outage(night, CALM, 700);
    await outage(night, CALM + 900, 300);
    await allBack(night);
    await night.run(400);
    expect(night.records()).toHaveLength(1);
    expect(replay(night.records()[0] ?? bug()).difference).toBeUndefined();
  });

  it('is written as it goes: a crash in mid-outage costs some seconds, and the next life goes on with the file', async () => {
    const night = await begin(placeOf(farm()));
    await night.at(CALM, () => night.loseMains());
    await night.at(CALM + 301, () => night.kill());
    const [before] = night.records();
    const told = before?.stretches[0].ticks.at(-1)?.nowMs ?? 0;
    expect((night.msAt(CALM + 301) - told) / 1000).toBeLessThan(6.5);
    night.renew();
    await night.run(2);
    await night.start();
    await night.run(200);
    night.returnMains();
    await allBack(night);
    await night.run(400);
    const [record, ...more] = night.records();
    expect(more).toEqual([]);
    expect(record?.stretches).toHaveLength(2);
    expect(record && replay(record).difference).toBeUndefined();
  });

  it('in which the card refuses for a while is played again from where it takes again', async () => {
    const night = await begin(placeOf(farm()));
    await night.at(CALM, () => night.loseMains());
    await night.at(CALM + 100, () => {
      night.store.refuses = failed('refused', 'no room');
    });
    await night.at(CALM + 200, () => {
      night.store.refuses = undefined;
    });
    await night.at(CALM + 600, () => night.returnMains());
    await allBack(night);
    await night.run(400);
    const [record] = night.records();
    expect(record?.stretches).toHaveLength(2);
    expect(record && replay(record).difference).toBeUndefined();
    expect(night.said).toEqual(['the record of this outage is not whole: no room']);
  });

  it('that began while the folder could not be read is kept from where it can', async () => {
    const night = await begin(placeOf(farm()));
    night.store.unreadable = true;
    await night.at(CALM, () => night.loseMains());
    await night.at(CALM + 100, () => {
      night.store.unreadable = false;
    });
    await night.at(CALM + 600, () => night.returnMains());
    await allBack(night);
    await night.run(400);
    const [record] = night.records();
    expect(record?.end).toBe('over');
    expect(record && replay(record).difference).toBeUndefined();
    expect(night.said).toEqual(['the record of this outage is not whole: EACCES']);
  });

  it('that is too much for a file ends there, and says so', async () => {
    const night = await begin(placeOf(farm()));
    night.store.fileBytes = 60_000;
    await outage(night, CALM, 900);
    await allBack(night);
    await night.run(400);
    const [record] = night.records();
    expect(record?.end).toBe('too-big');
    expect(record && replay(record).difference).toBeUndefined();
  });

  it('of a disarmed site, of two supplies, and of one that falls silent is played again alike', async () => {
    const two = farm({
      ups: { rack: RACK, shelf: RACK },
      rigs: { ...RIGS, e: rig(5, { fedBy: ['rack', 'shelf'] }), m: rig(5, { fedBy: ['mains'], cutBy: ['km'] }) },
    });
    for (const options of [{ ...farm(), armed: false }, two]) {
      const night = await begin(placeOf(options));
      await night.at(CALM, () => night.loseMains());
      await night.at(CALM + 60, () => night.ups({ silent: true }));
      await night.at(CALM + 90, () => night.ups({ silent: undefined }));
      await night.at(CALM + 150, () => night.returnMains());
      await night.run(2_000);
      const [record] = night.records();
      expect(record?.end).toBe('over');
      expect(record && replay(record)).toMatchObject({ unthinking: 0 });
      expect(record && replay(record).difference).toBeUndefined();
    }
  });
});

function bug(): never {
  throw new Error('nothing was kept');
}
