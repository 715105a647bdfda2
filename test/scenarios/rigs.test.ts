// Nights with rigs and contacts that do not do what they are told.
import { describe, expect, it } from '@jest/globals';
import { farm, RIGS, rig } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;
const GRACE = 30;

describe('in an outage', () => {
  it('a rig that says paused and goes on drawing is cut at its deadline', async () => {
    night = await scenario(farm());
    night.rig('d', { lies: true });
    await night.at(CALM, () => night.loseMains());
    await night.until('the liar is cut', () => night.edges.length > 0, 900);
    const cut = night.edges[0];
    expect(cut).toMatchObject({ switch: 'kd', to: 'cut' });
    expect(cut?.watts).toBeGreaterThan(1_000);
    expect((cut?.at ?? 0) - night.askedAt('pause', 'd')).toBeGreaterThanOrEqual(GRACE);
    expect((cut?.at ?? 0) - night.askedAt('pause', 'd')).toBeLessThan(GRACE + 5);
    expect(night.world.watts('d')).toBe(0);
  });

  it('a rig that refuses is asked again and again, then cut at its deadline', async () => {
    night = await scenario(farm());
    night.rig('d', { refuses: true });
    await night.at(CALM, () => night.loseMains());
    await night.until('it is cut', () => night.edges.length > 0, 900);
    expect(night.orders.filter((order) => order.rig === 'd').length).toBeGreaterThanOrEqual(3);
    expect((night.edges[0]?.at ?? 0) - night.askedAt('pause', 'd')).toBeGreaterThanOrEqual(GRACE);
  });

  it('a rig that hangs delays no other and goes by its switch', async () => {
    night = await scenario(farm());
    night.rig('d', { hangs: true });
    night.ups({ lowBattery: 'early' });
    await night.at(CALM, () => night.loseMains());
    await night.run(4);
    expect(night.asked('pause').toSorted()).toEqual(['a', 'b', 'c', 'd']);
    for (const { at, rig: id } of night.orders) if (id !== 'd') expect(at - CALM).toBeLessThan(3);
    await night.until('the rig that hangs is cut', () => night.edges.some((edge) => edge.switch === 'kd'), GRACE + 10);
  });

  it('a rig that takes its time to pause is left to finish within its grace', async () => {
    night = await scenario(farm({ policy: { cutPaused: 'always' } }));
    night.rig('d', { pauseSeconds: 25 });
    await night.at(CALM, () => night.loseMains());
    await night.until('its switch is open', () => night.edges.some((edge) => edge.switch === 'kd'), 900);
    expect(night.edges[0]?.watts).toBeLessThan(40);
  });

  it('a rig that can be asked nothing goes in its turn by a switch that it shares with one that is paused', async () => {
    const rigs = { ...RIGS, c: rig(4, { cutBy: ['kcd'], mute: true }), d: rig(2, { cutBy: ['kcd'] }) };
    night = await scenario(farm({ rigs }));
    await night.at(CALM, () => night.loseMains());
    await night.until('the worst is asked', () => night.orders.length > 0, 900);
    await night.until('their switch is open', () => night.edges.some((edge) => edge.switch === 'kcd'), 900);
    expect(night.asked('pause')).toEqual(['d']);
    expect(night.hashing()).toEqual(['a', 'b']);
  });

  it('a rig that can be asked nothing goes by its switch, in its turn', async () => {
    const rigs = { ...RIGS, d: rig(2, { cutBy: ['kd'], mute: true }) };
    night = await scenario(farm({ rigs }));
    await night.at(CALM, () => night.loseMains());
    await night.until('another is asked', () => night.orders.length > 0, 900);
    expect(night.edges[0]).toMatchObject({ switch: 'kd', to: 'cut' });
    expect(night.edges[0]?.at).toBeLessThanOrEqual(night.orders[0]?.at ?? 0);
    expect(night.orders[0]).toMatchObject({ rig: 'c', what: 'pause' });
  });

  it('a welded contact is named, and what hangs on it is counted as drawing', async () => {
    night = await scenario(farm());
    night.rig('d', { lies: true });
    night.world.switches.get('kd')?.misbehave({ welded: true });
    await night.at(CALM, () => night.loseMains());
    await night.until('every rig but that one is quiet', () => night.hashing().length === 1, 1_800);
    expect(night.hashing()).toEqual(['d']);
    expect(night.faults().length).toBeGreaterThan(0);
    expect(night.depth()).toBeLessThan(0.95);
  });
});

describe('on the way back', () => {
  async function outage(seconds: number): Promise<void> {
    await night.at(CALM, () => night.loseMains());
    await night.run(seconds);
    night.returnMains();
  }

  it('a rig that will not wake is named for a person and holds up no other', async () => {
    night = await scenario(farm());
    night.rig('b', { willNotWake: true });
    await outage(900);
    await night.until('the others hash', () => night.hashing().length === 3, 3_600);
    await night.until('it is named', () => night.faults().length > 0, 1_800);
    expect(night.events('fault').map((record) => record['rig'])).toEqual(['b']);
    const asked = night.orders.filter((order) => order.rig === 'b' && order.what === 'resume').length;
    expect(asked).toBeGreaterThanOrEqual(1);
    await night.run(3_600);
    expect(night.orders.filter((order) => order.rig === 'b' && order.what === 'resume').length).toBeLessThan(12);
  });

  it('a rig that was asleep before is left alone, and named', async () => {
    const rigs = { ...RIGS, c: rig(4, { cutBy: ['kc'], sim: { startsAs: 'paused' } }) };
    night = await scenario(farm({ rigs }));
    await night.run(60);
    expect(JSON.stringify(night.events('noted'))).toContain('lastwatt up c');
    await night.at(120, () => night.loseMains());
    await night.run(900);
    night.returnMains();
    await night.until('the others hash', () => night.hashing().length === 3, 3_600);
    await night.run(1_200);
    expect(night.asked('resume')).not.toContain('c');
    expect(night.hashing()).toEqual(['a', 'b', 'd']);
  });

  it('a rig that was asleep, held down, and that a power cut woke is paused, and hashes again once it is released', async () => {
    const bare = rig(7, { fedBy: ['mains'], sim: { startsAs: 'paused', pausePersists: false } });
    night = await scenario(farm({ rigs: { ...RIGS, bare } }));
    await night.run(CALM);
    await night.submit({ kind: 'hold', as: 'down', rigs: ['bare'] });
    await outage(20);
    await night.until('it is paused', () => night.asked('pause').includes('bare'), 600);
    await night.run(GRACE);
    expect(night.hashing()).not.toContain('bare');
    await night.submit({ kind: 'release', rigs: ['bare'] });
    await night.until('it hashes', () => night.hashing().includes('bare'), 600);
    expect(night.asked('resume')).toContain('bare');
  });

  it('a rig that forgets its pause over a cut is brought back all the same, and only in its turn', async () => {
    const rigs = { ...RIGS, d: rig(2, { cutBy: ['kd'], sim: { pausePersists: false } }) };
    night = await scenario(farm({ rigs, policy: { cutPaused: 'always' } }));
    await outage(900);
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
    const fed = night.edges.filter(({ to }) => to === 'fed').map((edge) => edge.switch);
    expect(fed).toEqual(['ka', 'kb', 'kc', 'kd']);
  });
});

it('a rig on bare mains that a moment without the grid leaves silent is named to a person', async () => {
  night = await scenario(farm({ rigs: { ...RIGS, bare: rig(7, { fedBy: ['mains'] }) } }));
  await night.at(CALM, () => night.loseMains());
  night.rig('bare', { hangs: true });
  await night.at(CALM + 3, () => night.returnMains());
  await night.until('it is named', () => night.faults().includes('will-not-wake'), 1_800);
});
