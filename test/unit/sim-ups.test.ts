import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimUps, type SimUpsTraits } from '../../src/sim/ups.ts';
import { simUpsSource } from '../../src/sim/ups-source.ts';

/** 3,000 W for ten minutes, linear. */
function bench(traits: Partial<SimUpsTraits> = {}) {
  const time = { ms: 50_000 };
  const ups = new SimUps(
    { id: 'rack', battery: { carries: { watts: 3_000, minutes: 10 } }, nominalWatts: 4_000, ...traits },
    () => time.ms,
  );
  const pass = (seconds: number): void => {
    time.ms += seconds * 1_000;
  };
  const says = (name: string): string | undefined => ups.variables().get(name);
  return { ups, pass, says };
}

describe('a simulated UPS', () => {
  it('says what it carries and for how long', () => {
    const { ups, says } = bench();
    ups.load(2_000);
    expect(says('ups.status')).toBe('OL');
    expect([says('ups.load'), says('ups.realpower'), says('battery.charge'), says('battery.runtime')]).toEqual([
      '50',
      '2000',
      '100',
      '900',
    ]);
  });

  it('drains on battery, flags low by charge or by runtime, dies when empty and lives again with the mains', () => {
    const { ups, pass, says } = bench({ runtimeLow: 120 });
    ups.load(3_000);
    ups.mains(false);
    pass(300);
    expect([says('ups.status'), says('battery.charge'), says('battery.runtime')]).toEqual(['OB DISCHRG', '50', '300']);
    expect(ups.endsAtMs).toBeCloseTo(50_000 + 600_000, 3);
    pass(181);
    expect(says('ups.status')).toBe('OB DISCHRG LB');
    ups.load(300);
    expect(says('ups.status')).toBe('OB DISCHRG');
    ups.load(3_000);
    pass(200);
    expect([ups.live, ups.depth, ups.variables().size, ups.loadWatts]).toEqual([false, 1, 0, 0]);
    ups.mains(true);
    expect([ups.live, says('ups.status')]).toEqual([true, 'OL CHRG LB']);
    pass(3_600);
    expect(says('battery.charge')).toBe('20');
  });

  it('keeps a forced shutdown standing, whatever the line does', () => {
    const { ups, says } = bench();
    ups.force(true);
    expect(says('ups.status')).toBe('FSD OL');
    ups.mains(false);
    expect(says('ups.status')).toBe('FSD OB DISCHRG');
    ups.force(false);
    expect(says('ups.status')).toBe('OB DISCHRG');
  });

  it('cries overload above what it can carry', () => {
    const { ups, says } = bench();
    ups.load(4_200);
    expect([says('ups.status'), says('ups.load')]).toEqual(['OL OVER', '105']);
  });

  it('recomputes its runtime late after a load step, when told to', () => {
    const { ups, pass, says } = bench();
    ups.misbehave({ runtimeLagSeconds: 30 });
    ups.load(3_000);
    pass(60);
    ups.mains(false);
    pass(60);
    ups.load(1_000);
    expect(says('battery.runtime')).toBe('540');
    pass(29);
    expect(Number(says('battery.runtime'))).toBeLessThan(540);
    pass(2);
    expect(Number(says('battery.runtime'))).toBeGreaterThan(1_500);
  });

  it('lies as it is told to, and is honest again when that is taken back', () => {
    const { ups, pass, says } = bench();
    ups.load(3_000);
    ups.mains(false);
    ups.misbehave({ says: { 'battery.runtime': '65535', 'battery.charge': '' }, frozen: ['ups.load'], runtimeFactor: 3 });
    pass(60);
    ups.load(1_500);
    expect([says('battery.runtime'), says('battery.charge'), says('ups.load')]).toEqual(['65535', '', '75']);
    ups.misbehave({ says: undefined, frozen: undefined });
    expect([says('battery.runtime'), says('battery.charge'), says('ups.load')]).toEqual(['3240', '90', '38']);
    ups.misbehave({ runtimeFactor: undefined, chargeBias: 30 });
    expect([says('battery.runtime'), says('battery.charge')]).toEqual(['1080', '100']);
  });

  it('can die without a word of warning, or warn with the first second', () => {
    const { ups, pass, says } = bench();
    ups.load(3_000);
    ups.misbehave({ lowBattery: 'early' });
    expect(says('ups.status')).toBe('OL');
    ups.mains(false);
    expect(says('ups.status')).toBe('OB DISCHRG LB');
    ups.misbehave({ lowBattery: 'never' });
    pass(599);
    expect(says('ups.status')).toBe('OB DISCHRG');
  });

  it('lacks what its model does not have', () => {
    const { ups } = bench({ lacks: ['battery.runtime', 'ups.realpower'] });
    expect(ups.variables().has('battery.runtime')).toBe(false);
    expect(ups.variables().get('ups.load')).toBe('0');
  });
});

describe('the source over a simulated UPS', () => {
  it('reads the words as a set and the figures as written', async () => {
    const clock = new VirtualClock();
    const { ups } = bench({ lacks: ['battery.runtime'] });
    ups.load(2_000);
    ups.mains(false);
    const asked = { commands: [] };
    const source = simUpsSource(ups, clock, asked);
    expect(await source.read(new AbortController().signal)).toEqual({
      ok: true,
      value: {
        ups: 'rack',
        takenAtMs: 0,
        words: new Set(['OB', 'DISCHRG']),
        figures: { charge: '100', loadPercent: '50', loadWatts: '2000' },
        nameplate: {
          nominalWatts: '4000',
          runtimeLow: '60',
          chargeLow: '10',
          deviceType: 'ups',
          serial: 'sim-rack',
          model: 'sim 4000 W',
        },
      },
    });
    source.stayLoggedIn?.(true);
    await source.instantCommand?.('test.battery.start.quick', new AbortController().signal);
    expect(asked).toEqual({ loggedIn: true, commands: ['test.battery.start.quick'] });
  });

  it('is unreachable when stale, and silent until the deadline when silent', async () => {
    const clock = new VirtualClock();
    const { ups } = bench();
    const source = simUpsSource(ups, clock, { commands: [] });
    ups.misbehave({ stale: true });
    expect(await source.read(new AbortController().signal)).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    ups.misbehave({ stale: undefined, silent: true });
    const deadline = new AbortController();
    clock.at(3_000, () => deadline.abort());
    const answer = await clock.settle(source.read(deadline.signal), 10_000);
    expect(answer).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    expect(clock.monotonicMs()).toBe(3_000);
  });
});
