import { describe, expect, it } from '@jest/globals';
import { SimSite, type SimSiteOptions } from '../../src/sim/site.ts';
import { placeOf } from '../../src/sim/site-settings.ts';

const never = new AbortController().signal;

/** Two rigs of 1,500 W and a controller of 40 W on 10 minutes at 3,000 W; a third rig on bare mains. */
function barn(change: Partial<SimSiteOptions> = {}): SimSite {
  return new SimSite(
    placeOf({
      ups: { rack: { battery: { carries: { watts: 3_000, minutes: 10 } }, nominalWatts: 4_000, houseWatts: 40 } },
      rigs: {
        best: { perDay: 6, watts: 1_500, fedBy: ['rack'], cutBy: ['k1'] },
        worst: { perDay: 2, watts: 1_500, fedBy: ['rack'], cutBy: ['k2'] },
        bare: { perDay: 9, watts: 3_000, fedBy: ['mains'] },
      },
      ...change,
    }),
  );
}

describe('a simulated site', () => {
  it('hangs its rigs on their supplies', async () => {
    const site = barn();
    expect(site.hashing()).toEqual(['best', 'worst', 'bare']);
    expect(site.ups.get('rack')?.loadWatts).toBe(3_040);
    site.loseMains();
    expect(site.hashing()).toEqual(['best', 'worst']);
    await site.clock.advance(300_000);
    expect(site.ups.get('rack')?.depth).toBeCloseTo((300 / 600) * (3_040 / 3_000), 6);
    site.returnMains();
    await site.clock.advance(60_000);
    expect(site.hashing()).toEqual(['best', 'worst', 'bare']);
  });

  it('goes dark at the very moment that its battery is empty, however seldom anybody looks', async () => {
    const site = barn();
    site.loseMains();
    await site.clock.advance(3_600_000);
    expect(site.hashing()).toEqual([]);
    const emptyMs = (600 * 1_000 * 3_000) / 3_040;
    expect(site.rigs.get('best')?.log.at(-1)?.what).toBe('cut');
    expect(site.rigs.get('best')?.log.at(-1)?.atMs).toBeCloseTo(emptyMs, 2);
  });

  it('carries out what the engine asks of it, and lightens the load by it', async () => {
    const site = barn();
    const world = site.boot();
    expect(await world.rigs.get('worst')?.pause?.(never)).toMatchObject({ ok: true });
    await site.clock.advance(10_000);
    expect(site.ups.get('rack')?.loadWatts).toBe(1_500 + 25 + 40);
    await world.switches.get('k2')?.set('cut', never);
    expect(site.ups.get('rack')?.loadWatts).toBe(1_500 + 40);
    expect(site.watts('worst')).toBe(0);
    expect(site.edges).toMatchObject([{ atMs: 10_000, switch: 'k2', to: 'cut', by: 'order', watts: 25 }]);
    expect(site.orders).toMatchObject([{ rig: 'worst', what: 'pause', atMs: 0 }]);
  });

  it('does not let go of a rig before all its contacts are open, and shares a rig between its supplies', async () => {
    const ups = { battery: { carries: { watts: 3_000, minutes: 10 } }, nominalWatts: 4_000 };
    const site = barn({
      ups: { a: ups, b: ups },
      rigs: { twin: { perDay: 1, watts: 2_000, fedBy: ['a', 'b'], cutBy: ['ka', 'kb'] } },
      switches: { ka: { interrupts: 'a' }, kb: { interrupts: 'b' } },
    });
    expect([...site.ups.values()].map((one) => one.loadWatts)).toEqual([1_000, 1_000]);
    const world = site.boot();
    await world.switches.get('ka')?.set('cut', never);
    expect([...site.ups.values()].map((one) => one.loadWatts)).toEqual([0, 2_000]);
    expect(site.hashing()).toEqual(['twin']);
    await world.switches.get('kb')?.set('cut', never);
    expect(site.hashing()).toEqual([]);
  });

  it('lets only the UPS that lost its own input run on battery', () => {
    const ups = { battery: { carries: { watts: 3_000, minutes: 10 } }, nominalWatts: 4_000 };
    const site = barn({ ups: { a: ups, b: ups }, rigs: { bare: { perDay: 1, watts: 100, fedBy: ['mains'] } } });
    site.loseMains('b');
    expect([...site.ups.values()].map((one) => one.onMains)).toEqual([true, false]);
    expect(site.hashing()).toEqual(['bare']);
  });

  it('pays for what was truly hashed', async () => {
    const site = barn();
    await site.clock.advance(86_400_000 / 2);
    site.loseMains();
    expect(site.earned).toBeCloseTo((6 + 2 + 9) / 2, 6);
  });

  it('gives a killed engine no more say and no more answers, and keeps what its journal had made safe', async () => {
    const site = barn();
    const dead = site.boot();
    let woke = false;
    void dead.clock.sleep(1_000).then(() => {
      woke = true;
    });
    dead.journal.append([{ event: 'noted', say: 'safe' }]);
    await site.clock.advance(100);
    dead.journal.append([{ event: 'noted', say: 'lost' }]);
    site.kill();
    dead.journal.append([{ event: 'noted', say: 'too late' }]);
    void dead.switches.get('k1')?.set('cut', never);
    void dead.rigs.get('best')?.pause?.(never);
    await site.clock.advance(10_000);
    expect(woke).toBe(false);
    expect(site.edges).toEqual([]);
    expect(site.orders).toEqual([]);
    const records = await site.boot().journal.tail({ limit: 10 });
    expect(records.map((record) => record['say'])).toEqual(['safe']);
  });

  it('lets every contact fall to rest when the controller dies', async () => {
    const site = barn();
    await site.boot().switches.get('k1')?.set('cut', never);
    expect(site.watts('best')).toBe(0);
    site.killController();
    expect(site.edges.at(-1)).toMatchObject({ switch: 'k1', to: 'fed', by: 'rest' });
    await site.clock.advance(120_000);
    expect(site.hashing()).toContain('best');
  });

  it('asks nothing of a rig that can be asked nothing', () => {
    const site = barn({ rigs: { old: { perDay: 1, watts: 1_350, fedBy: ['rack'], mute: true } } });
    expect(site.site.rigs.get('old')?.can).toEqual({ read: false, pause: false, resume: false, halt: false });
    expect(Object.keys(site.boot().rigs.get('old') ?? {})).toEqual(['close']);
  });
});
