// Nights in which the UPS says nothing, or nothing true.
import { describe, expect, it } from '@jest/globals';
import { siteOf } from '../../src/sim/site-settings.ts';
import { farm, RACK, RIGS, rig } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;

/** A short outage that ended: battery was seen a moment ago. */
async function flap(): Promise<void> {
  night = await scenario(farm());
  await night.at(CALM, () => night.loseMains());
  await night.at(CALM + 6, () => night.returnMains());
}

async function allQuietInTime(): Promise<void> {
  await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
  expect(night.depth()).toBeLessThan(1);
  expect(night.world.ups.get('rack')?.live).toBe(true);
}

describe('a UPS that falls silent', () => {
  it('on battery is taken to drain, and all is down before it is empty', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.at(CALM + 20, () => night.ups({ silent: true }));
    await allQuietInTime();
    expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
  });

  it('in the second of the transfer is taken to be on battery', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.until('one look at battery', () => night.events('outage-began').length === 1, 5);
    night.ups({ silent: true });
    await allQuietInTime();
  });

  it('after a flap is taken to be on battery, though its last word was mains', async () => {
    await flap();
    await night.at(CALM + 10, () => night.ups({ stale: true }));
    await night.at(CALM + 11, () => night.loseMains());
    await allQuietInTime();
  });

  it('after a flap is taken to be on battery by a service that was killed and started again meanwhile', async () => {
    await flap();
    await night.at(CALM + 12, () => night.kill());
    night.ups({ stale: true });
    await night.at(CALM + 15, () => night.start());
    night.loseMains();
    await allQuietInTime();
  });

  it('after a flap and a word of mains is taken to be on battery by a service that saw no battery itself', async () => {
    await flap();
    await night.at(CALM + 12, () => night.kill());
    await night.at(CALM + 15, () => night.start());
    await night.at(CALM + 25, () => night.ups({ stale: true }));
    await night.at(CALM + 26, () => night.loseMains());
    await allQuietInTime();
  });

  it('in the life of a service after one that saw the battery minutes ago keeps mining', async () => {
    await flap();
    await night.at(CALM + 100, () => night.kill());
    night.ups({ stale: true });
    await night.at(CALM + 105, () => night.start());
    await night.run(600);
    expect([night.orders, night.edges]).toEqual([[], []]);
  });

  it('on mains keeps mining, and says so', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.ups({ silent: true }));
    await night.run(7_200);
    expect([night.orders, night.edges]).toEqual([[], []]);
    expect(night.hashing()).toEqual(['a', 'b', 'c', 'd']);
    expect(night.engine.status().ups[0]).toMatchObject({ line: 'unknown', alarms: ['silent'] });
    night.ups({ silent: undefined });
    await night.run(30);
    expect(night.events('heard')).toHaveLength(1);
    expect(night.engine.status().ups[0]?.line).toBe('mains');
  });

  it('on mains is told with what its source says of it', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.ups({ stale: true }));
    await night.run(60);
    expect(night.events('blind')).toMatchObject([{ ups: 'rack', last: 'mains', why: expect.stringContaining('DATA-STALE') }]);
  });

  it('on mains is taken to drain where its owner wants that', async () => {
    night = await scenario(farm({ ups: { rack: { ...RACK, site: { blindOnMains: 'shed' } } } }));
    await night.at(CALM, () => night.loseMains());
    night.ups({ silent: true });
    await allQuietInTime();
  });

  it('for a moment is no event at all', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.ups({ stale: true }));
    await night.at(CALM + 5, () => night.ups({ stale: undefined }));
    await night.run(300);
    expect([night.orders, night.events('blind')]).toEqual([[], []]);
  });
});

/** `m` and so many more hang on no UPS; the one there is was lost on mains, half an hour ago. */
async function lostInCalm(more: number): Promise<void> {
  const bare = ['m', 'n', 'o'].slice(0, 1 + more).map((id) => [id, rig(5, { fedBy: ['mains'], cutBy: [`k${id}`] })]);
  night = await scenario(farm({ rigs: { ...RIGS, ...Object.fromEntries(bare) } }));
  await night.at(CALM, () => night.ups({ silent: true }));
  await night.run(1_800);
}

describe.each([[0], [1], [2]])('a UPS that fell silent on mains, beside a rig on mains alone and %d more', (more) => {
  it('is not taken to drain because a person takes that rig down', async () => {
    await lostInCalm(more);
    await night.submit({ kind: 'hold', as: 'down', rigs: ['m'] });
    await night.run(900);
    expect(night.edges.map((edge) => edge.switch)).toEqual(['km']);
    await night.submit({ kind: 'release', rigs: ['m'] });
    await night.run(900);
    expect([night.events('outage-began'), night.asked('pause')]).toEqual([[], ['m']]);
    expect(night.hashing()).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']));
  });

  it('is not taken to drain because that rig does not answer for 18 s', async () => {
    await lostInCalm(more);
    night.rig('m', { hangs: true });
    await night.run(18);
    night.rig('m', { hangs: false });
    await night.run(600);
    expect([night.events('outage-began'), night.orders, night.edges]).toEqual([[], [], []]);
  });

  it('is taken to drain when all of them fall silent with the grid', async () => {
    await lostInCalm(more);
    night.loseMains();
    await allQuietInTime();
    expect(night.events('outage-began')).toMatchObject([{ ups: 'rack', silent: true }]);
  });
});

describe('the only UPS, lost in an outage that is over since', () => {
  const AFTER = { m: rig(5, { fedBy: ['mains'], cutBy: ['km'] }) };
  const SILENT = /rack has been silent for \d+ min and its last word was battery/;
  const WAY_OUT = 'get it heard again, or, if it is gone, take it out of the file (ups: {}) and restart the service';

  async function lostInOutage(): Promise<void> {
    night = await scenario(farm({ rigs: { ...RIGS, ...AFTER } }));
    await night.at(CALM, () => night.loseMains());
    await night.at(CALM + 40, () => night.ups({ silent: true }));
    await night.at(CALM + 50, () => night.returnMains());
    await night.run(3_600);
    expect([night.hashing(), night.events('outage-ended')]).toEqual([[], []]);
  }

  it('keeps every rig out, and every word of it says why and what to do', async () => {
    await lostInOutage();
    for (const id of ['m', 'a']) {
      const up = await night.submit({ kind: 'hold', as: 'up', rigs: [id] });
      expect(up).toEqual({ ok: false, refused: expect.stringMatching(SILENT) });
      expect(up).toEqual({ ok: false, refused: expect.stringContaining(WAY_OUT) });
      const drill = await night.submit({ kind: 'drill', rig: id, cut: false });
      expect(drill).toEqual({ ok: false, refused: expect.stringMatching(SILENT) });
      const { say } = night.engine.why(id) ?? { say: [] };
      expect(say).toContainEqual(expect.stringMatching(SILENT));
      expect(say).toContain(WAY_OUT);
      expect(night.engine.status().rigs.find((one) => one.id === id)?.next).toMatch(SILENT);
      const released = await night.submit({ kind: 'release', rigs: [id] });
      expect(released).toMatchObject({ ok: true, say: [expect.stringMatching(SILENT)] });
      expect(released).toMatchObject({ ok: true, say: [expect.stringContaining(WAY_OUT)] });
    }
    expect(night.engine.why(undefined)?.say[0]).toMatch(SILENT);
    night.ups({ silent: false });
    await night.until('all are back', () => night.hashing().length === 5, 1_800);
  });

  it('gives every rig back once it is taken out of the file and the service is started again', async () => {
    await lostInOutage();
    night.kill();
    const bare = Object.fromEntries(Object.entries(RIGS).map(([id, one]) => [id, { ...one, fedBy: ['mains'] }]));
    await night.start(siteOf({ ...farm(), ups: {}, rigs: { ...bare, ...AFTER }, controllerFedBy: ['mains'], networkFedBy: ['mains'] }));
    await night.until('all are back', () => night.hashing().length === 5, 1_800);
    expect(night.engine.why(undefined)?.say).toEqual(['no UPS stands in the file: an outage would not be seen']);
    expect(night.engine.status()).toMatchObject({ ready: false, notReady: ['no UPS stands in the file: an outage would not be seen'] });
  });
});

describe('a UPS that does not say what is true', () => {
  it('and recomputes its runtime late after a load step sheds nobody further', async () => {
    night = await scenario(farm());
    night.ups({ runtimeLagSeconds: 30 });
    await night.at(CALM, () => night.loseMains());
    await night.until('the worst is asked', () => night.asked('pause').length > 0, 900);
    const first = night.nowSeconds;
    await night.run(45);
    expect(night.asked('pause')).toEqual(['d']);
    await allQuietInTime();
    expect(night.askedAt('pause', 'c') - first).toBeGreaterThan(45);
    expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
  });

  it.each([['65535'], ['-1'], [''], ['36:00'], ['nan']])(
    'and says a runtime of "%s" all night does not cost the farm its end',
    async (text) => {
      night = await scenario(farm());
      night.ups({ says: { 'battery.runtime': text } });
      await night.at(CALM, () => night.loseMains());
      await allQuietInTime();
      expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
    },
  );

  it('and says a runtime three times too long still warns by its charge', async () => {
    night = await scenario(farm());
    night.ups({ runtimeFactor: 3 });
    await night.at(CALM, () => night.loseMains());
    await allQuietInTime();
  });

  it('and repeats one runtime for ever is overruled by what was drawn', async () => {
    night = await scenario(farm({ ups: { rack: { ...RACK, sim: { lacks: ['battery.charge'] } } } }));
    await night.at(CALM, () => night.ups({ frozen: ['battery.runtime'], lowBattery: 'never' }));
    await night.at(CALM + 10, () => night.loseMains());
    await allQuietInTime();
  });

  it('and flags low battery on mains sheds nothing', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.ups({ says: { 'ups.status': 'OL LB' } }));
    await night.run(600);
    expect([night.orders, night.edges]).toEqual([[], []]);
  });

  it.each([['OL OB'], [''], ['WAIT'], ['OL DISCHRG TEST']])('and whose status reads "%s" for a minute sheds nothing', async (words) => {
    night = await scenario(farm());
    await night.at(CALM, () => night.ups({ says: { 'ups.status': words } }));
    await night.at(CALM + 60, () => night.ups({ says: undefined }));
    await night.run(300);
    expect([night.orders, night.edges]).toEqual([[], []]);
  });
});
