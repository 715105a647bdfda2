// The depth of a battery: which source is believed, how fast it moves, and that it does not rise on battery.
import { describe, expect, it } from '@jest/globals';
import { advance, type Battery, type BatteryMoment, type BatterySetting, depthNow, runtimeAt } from '../../src/core/battery.ts';
import { absorb } from '../../src/core/battery-told.ts';
import { linearCurve, tableCurve } from '../../src/core/capacity.ts';
import { admitReading } from '../../src/core/gate.ts';
import type { UpsFigures } from '../../src/model/ups.ts';

const SETTING: BatterySetting = { staleMs: 6000, nominalWatts: 3000 };

/** A battery, second by second. */
class Bench {
  nowMs = 0;
  battery: Battery = {};
  readonly setting: BatterySetting;
  steppedAtMs: number | undefined;
  watts = 1000;

  constructor(setting: BatterySetting = SETTING) {
    this.setting = setting;
  }

  /** One second, with these figures heard at its end; without any it is silence. */
  second(line: 'OL' | 'OB', figures?: UpsFigures, steppedDown = false): this {
    this.nowMs += 1000;
    const moment: BatteryMoment = {
      nowMs: this.nowMs,
      draining: line === 'OB',
      silent: figures === undefined && line === 'OB',
      watts: this.watts,
      steppedDown,
      ...(this.steppedAtMs === undefined ? {} : { steppedAtMs: this.steppedAtMs }),
    };
    this.battery = advance(this.battery, this.setting, moment);
    if (figures === undefined) return this;
    const reading = { ups: 'rack', takenAtMs: this.nowMs, words: new Set([line]), figures, nameplate: {} };
    this.battery = absorb(this.battery, this.setting, moment, admitReading(reading, { nominalWatts: 3000, rigsDraw: false }));
    return this;
  }

  seconds(count: number, line: 'OL' | 'OB', figures?: (second: number) => UpsFigures): this {
    for (let second = 1; second <= count; second += 1) this.second(line, figures?.(second));
    return this;
  }

  get depth(): number {
    return depthNow(this.battery) ?? -1;
  }
}

const calm = (setting?: BatterySetting): Bench =>
  new Bench(setting).seconds(60, 'OL', () => ({ charge: 100, runtime: 600, loadWatts: 1000 }));

describe('the curve of a battery', () => {
  it('in watt-hours falls as 1/P', () => {
    expect(linearCurve(1000)(2000)).toBe(1800);
  });

  const table = tableCurve([
    [600, 60],
    [1500, 21],
    [3000, 9],
  ]);
  it.each([
    [600, 3600],
    [1500, 1260],
    [3000, 540],
  ])('from a table gives back the point at %d W', (watts, seconds) => {
    expect(table(watts)).toBeCloseTo(seconds, 6);
  });

  it('from a table lies between the points, goes on with the last slope above, and below is never better than 1/P', () => {
    expect(table(1000)).toBeGreaterThan(1260);
    expect(table(1000)).toBeLessThan(3600);
    expect(table(6000) / table(3000)).toBeCloseTo(table(3000) / table(3000 * (1500 / 3000)), 1);
    expect(table(300)).toBeCloseTo(7200, 6);
  });

  it('from one point alone is 1/P below it, and above it falls faster, as that of most batteries does', () => {
    const one = tableCurve([[1000, 10]]);
    expect([one(500), one(1000), one(2000)].map(Math.round)).toEqual([1200, 600, Math.round(600 / 2 ** 1.15)]);
  });
});

describe('on battery', () => {
  it.each([
    ['reported', { runtime: 300, loadWatts: 1000 }, 0.5],
    ['charge', { charge: 40, runtime: 590, loadWatts: 1000 }, 0.6],
    ['charge', { charge: 70 }, 0.3],
  ])('the deepest source is believed and named: %s', (from, figures, depth) => {
    // A sudden fall that another figure contradicts is believed when it is said twice.
    const bench = calm().second('OB', figures).second('OB', figures);
    expect(bench.depth).toBeCloseTo(depth, 2);
    expect(bench.battery.from).toBe(from);
  });

  it('one absurd runtime among sane charges is not believed; a second one is', () => {
    const bench = calm().seconds(5, 'OB', (s) => ({ charge: 100, runtime: 600 - s, loadWatts: 1000 }));
    bench.second('OB', { charge: 99, runtime: 2, loadWatts: 1000 });
    expect(bench.depth).toBeLessThan(0.05);
    bench.second('OB', { charge: 99, runtime: 2, loadWatts: 1000 });
    expect(bench.depth).toBeGreaterThan(0.95);
  });

  it('a charge that sags in the first moments tells of no worn battery', () => {
    const bench = calm().seconds(30, 'OB', () => ({ charge: 80, runtime: 480, loadWatts: 1000 }));
    expect(bench.depth).toBeLessThan(0.25);
  });

  it('depth grows with the load while nothing is heard, a quarter faster than time', () => {
    const bench = calm().second('OB', { charge: 99, runtime: 594, loadWatts: 1000 });
    const before = bench.depth;
    bench.seconds(100, 'OB');
    expect(bench.depth - before).toBeGreaterThan((1.15 * 100) / 600);
    expect(bench.depth - before).toBeLessThan((1.3 * 100) / 600);
  });

  it('a battery whose charge fell thrice as fast as its size allows is counted so in a silence, where nothing else will show it', () => {
    // It tells thrice the runtime that it has, and is heard for half a minute.
    const bench = calm().seconds(30, 'OB', (s) => ({ charge: 100 - Math.floor(s / 2), runtime: 600 - 3 * s, loadWatts: 1000 }));
    const before = bench.depth;
    expect(before).toBeLessThan(0.2);
    bench.seconds(60, 'OB');
    expect(bench.depth - before).toBeGreaterThan((2 * 60) / 600);
    expect(bench.depth - before).toBeLessThan((4 * 60) / 600);
  });

  it.each([
    ['sags when the load comes on it and then falls as it should', (s: number) => 88 - Math.floor(s / 6)],
    ['falls as it should', (s: number) => 100 - Math.floor(s / 6)],
  ])('a charge that %s has no pace of its own in a silence', (_, charge) => {
    const bench = calm().seconds(60, 'OB', (s) => ({ charge: charge(s), runtime: 600 - s, loadWatts: 1000 }));
    const before = bench.depth;
    bench.seconds(60, 'OB');
    expect(bench.depth - before).toBeLessThan((1.3 * 60) / 600);
  });

  it.each([
    ['a runtime and a charge', { runtime: 590, charge: 98, loadWatts: 1000 }],
    ['a charge', { charge: 98 }],
    ['a runtime', { runtime: 590, loadWatts: 1000 }],
  ])('%s that stand still while a tenth of the battery must have gone are believed no longer', (_, figures) => {
    const bench = calm().seconds(300, 'OB', () => figures);
    expect(bench.depth).toBeGreaterThan(0.35);
  });

  it('a declared table goes on counting beside a charge that falls too slowly', () => {
    const setting = { ...SETTING, declared: linearCurve(1000 / 6) };
    const bench = calm(setting).seconds(300, 'OB', (s) => ({ charge: 100 - Math.floor(s / 20) }));
    expect(bench.depth).toBeCloseTo(0.5, 1);
    expect(bench.battery.from).toBe('declared');
  });

  /** A step down to 500 W, and what is told in the half minute after it. */
  const afterAStep = (runtime: (second: number) => number): Bench => {
    const bench = calm().seconds(10, 'OB', (s) => ({ charge: 99, runtime: 600 - s, loadWatts: 1000 }));
    bench.steppedAtMs = bench.nowMs;
    bench.watts = 500;
    bench.second('OB', { charge: 98, runtime: runtime(0), loadWatts: 500 }, true);
    return bench.seconds(20, 'OB', (s) => ({ charge: 98, runtime: runtime(s), loadWatts: 500 }));
  };

  it('a runtime that lags a load step is not taken for one at the new load', () => {
    const bench = afterAStep((s) => 588 - s);
    expect(bench.depth).toBeLessThan(0.06);
    bench.seconds(20, 'OB', (s) => ({ charge: 97, runtime: 300 - s, loadWatts: 500 }));
    expect(bench.depth).toBeGreaterThan(0.6);
  });

  it('so much is gone at least as a runtime tells at the most that it carried of late, though steps follow on each other', () => {
    const bench = calm().seconds(40, 'OB', (s) => ({ charge: 100, runtime: 600 - s, loadWatts: 1000 }));
    for (let rigs = 9; rigs > 3; rigs -= 1) {
      bench.steppedAtMs = bench.nowMs;
      bench.watts = 100 * rigs;
      bench.seconds(20, 'OB', (s) => ({ charge: 100, runtime: 50 * rigs - s, loadWatts: 100 * rigs }));
    }
    // 180 s at 400 W or at the 600 W of a minute before: 0.88 or 0.82, and not the fifth that the model alone counts.
    expect(bench.depth).toBeGreaterThan(0.7);
    expect(bench.depth).toBeLessThan(0.9);
  });

  it('met in the middle of an outage, its runtime counts once it is known what the UPS carried of late', () => {
    const bench = new Bench({ staleMs: 6000, declared: linearCurve(1000 / 6) });
    const goOn = (): Bench => {
      bench.steppedAtMs = bench.nowMs;
      return bench.seconds(20, 'OB', (s) => ({ runtime: 200 - s, loadWatts: 1000 }));
    };
    expect(goOn().depth).toBeLessThan(0.05);
    goOn();
    expect(goOn().depth).toBeGreaterThan(0.65);
  });

  it('met in the middle of an outage just after a load step, a battery is as deep as its charge tells', () => {
    const bench = new Bench();
    bench.steppedAtMs = 0;
    expect(bench.second('OB', { charge: 40, runtime: 600, loadWatts: 1000 }).depth).toBeCloseTo(0.6, 2);
  });

  it('what something else on it drew for some seconds is in the runtime that it tells just after', () => {
    const bench = calm().seconds(10, 'OB', (s) => ({ charge: 100, runtime: 600 - s, loadWatts: 1000 }));
    bench.seconds(15, 'OB', (s) => ({ charge: 98, runtime: 290 - 2 * s, loadWatts: 2000 }));
    bench.steppedAtMs = bench.nowMs;
    bench.seconds(10, 'OB', (s) => ({ charge: 97, runtime: 260 - s, loadWatts: 1000 }));
    expect(bench.depth).toBeLessThan(0.2);
  });

  it('a charge that is all that it tells is believed at its first word, also just after a load step: it may be the last', () => {
    const bench = new Bench({ staleMs: 6000, nominalWatts: 3000 }).seconds(60, 'OL', () => ({ charge: 100, loadWatts: 1000 }));
    bench.seconds(5, 'OB', () => ({ charge: 99, loadWatts: 1000 }));
    bench.steppedAtMs = bench.nowMs;
    expect(bench.second('OB', { charge: 30, loadWatts: 1000 }).depth).toBeCloseTo(0.7, 2);
  });

  it('while no runtime is for the load of now, a charge that promises more takes back nothing of what is drawn', () => {
    const bench = calm().seconds(5, 'OB', (s) => ({ charge: 99, runtime: 300 - s, loadWatts: 1000 }));
    const before = bench.depth;
    bench.steppedAtMs = bench.nowMs;
    bench.seconds(30, 'OB', (s) => ({ charge: 99 - s / 10, runtime: 590 - s, loadWatts: 1000 }));
    expect(bench.depth - before).toBeCloseTo(30 / 600, 2);
  });

  it('what a runtime told is counted on from where it is told no more, and not given back by the count of the model from the beginning', () => {
    // Its size is declared twice too large; at the load that remains, under a tenth of its rating, a runtime says nothing.
    const bench = calm({ ...SETTING, declared: linearCurve(2 * (1000 / 6)) });
    bench.seconds(60, 'OB', (s) => ({ runtime: 400 - s, loadWatts: 1000 }));
    bench.watts = 250;
    bench.second('OB', { runtime: 1300, loadWatts: 250 }, true);
    const before = bench.depth;
    bench.seconds(120, 'OB', (s) => ({ runtime: 1300 - s, loadWatts: 250 }));
    expect(bench.depth - before).toBeCloseTo((120 * 250) / 3600 / (2 * (1000 / 6)), 3);
  });

  it('a figure that leaps with a load step is believed when it is said twice', () => {
    const bench = calm().seconds(10, 'OB', (s) => ({ runtime: 600 - s, loadWatts: 1000 }));
    bench.steppedAtMs = bench.nowMs;
    bench.second('OB', { runtime: 4, loadWatts: 1000 });
    expect(bench.depth).toBeLessThan(0.03);
    bench.second('OB', { runtime: 3, loadWatts: 1000 });
    expect(bench.depth).toBeGreaterThan(0.98);
  });

  it('after a step down a hundredth of the battery a minute is given back, and no more', () => {
    const bench = calm();
    bench.seconds(10, 'OB', (s) => ({ charge: 50, runtime: 300 - s, loadWatts: 1000 }));
    bench.second('OB', { charge: 49, runtime: 290, loadWatts: 1000 }, true);
    const before = bench.battery.depth ?? 0;
    bench.seconds(60, 'OB', (s) => ({ charge: 60 - (s % 2), runtime: 900 + (s % 2), loadWatts: 500 }));
    expect(before - (bench.battery.depth ?? 0)).toBeGreaterThan(0.008);
    expect(before - (bench.battery.depth ?? 0)).toBeLessThan(0.0105);
  });

  it('without a step down nothing is given back', () => {
    const bench = calm().seconds(10, 'OB', (s) => ({ charge: 50, runtime: 300 - s, loadWatts: 1000 }));
    const before = bench.battery.depth ?? 0;
    bench.seconds(60, 'OB', (s) => ({ charge: 90 - (s % 2), runtime: 580 + (s % 2), loadWatts: 1000 }));
    expect(bench.battery.depth ?? 0).toBeGreaterThanOrEqual(before);
  });

  it('a charge that falls twice as fast as the size allows tells of a worn battery', () => {
    const bench = calm().seconds(150, 'OB', (s) => ({ charge: 100 - Math.floor(s / 3), loadWatts: 1000 }));
    expect(bench.battery.from).toBe('slope');
    expect(bench.depth).toBeGreaterThan(0.6);
  });
});

describe('the size of a battery', () => {
  it('is learned in calm from runtime, load and charge', () => {
    expect(runtimeAt(calm().battery, SETTING, 500)).toBeCloseTo(1200, 0);
  });

  it('is learned and assumed also where its label is not known, by what it carries', () => {
    const unlabelled: BatterySetting = { staleMs: 6000 };
    expect(runtimeAt(calm(unlabelled).battery, unlabelled, 500)).toBeCloseTo(1200, 0);
    const charge = new Bench(unlabelled).seconds(10, 'OL', () => ({ charge: 100 }));
    expect(charge.battery.capacityFrom).toBe('assumed');
    expect(runtimeAt(charge.battery, unlabelled, 1000)).toBeCloseTo(240, 0);
  });

  it('is taken from the first runtime where the service starts in mid-outage', () => {
    const bench = new Bench().second('OB', { charge: 50, runtime: 300, loadWatts: 1000 });
    expect(bench.depth).toBeCloseTo(0.5, 2);
    expect(runtimeAt(bench.battery, SETTING, 1000)).toBeCloseTo(300, 0);
  });

  it('that was only assumed is nothing to go by once the UPS is heard in an outage and tells no charge, until it does', () => {
    const bench = new Bench().seconds(60, 'OL', () => ({ charge: 100, loadWatts: 1000 })).seconds(30, 'OB', () => ({ charge: 99 }));
    expect(bench.battery.untold).toBeUndefined();
    expect(bench.seconds(10, 'OB', () => ({ charge: 255 })).battery.untold).toBe(true);
    expect(bench.second('OB', { charge: 95 }).battery.untold).toBeUndefined();
    expect(bench.seconds(30, 'OB', () => ({})).battery.untold).toBe(true);
    expect(bench.second('OL', { charge: 255 }).battery.untold).toBeUndefined();
  });

  it('that was only assumed is counted on for half a minute in which nothing at all is heard, and then for the floor alone', () => {
    const bench = new Bench().seconds(60, 'OL', () => ({ charge: 100, loadWatts: 1000 })).seconds(10, 'OB', () => ({ charge: 99 }));
    const before = runtimeAt(bench.battery, SETTING, 1000) ?? 0;
    expect(bench.seconds(29, 'OB').battery.untold).toBeUndefined();
    expect(bench.second('OB').battery.untold).toBe(true);
    expect(runtimeAt(bench.battery, SETTING, 1000)).toBeLessThan(before - 30);
    expect(bench.second('OB', { charge: 90 }).battery.untold).toBeUndefined();
  });

  it('that was only assumed is counted on through a short silence, also while its charge stands still', () => {
    const bench = new Bench().seconds(60, 'OL', () => ({ charge: 100, loadWatts: 1000 })).seconds(90, 'OB', () => ({ charge: 90 }));
    expect(bench.seconds(20, 'OB').battery.untold).toBeUndefined();
    expect(bench.seconds(10, 'OB').battery.untold).toBe(true);
  });

  it('that was reported at one load holds in proportion at a smaller one, and less than that at a bigger one', () => {
    const { battery } = calm();
    expect(runtimeAt(battery, SETTING, 500)).toBeCloseTo(1200, 0);
    expect(runtimeAt(battery, SETTING, 2000)).toBeCloseTo(300 * 2 ** -0.15, 0);
  });

  it('that was reported and is told no more for a minute holds 0.85 of it, until it is told again', () => {
    const bench = calm().seconds(60, 'OL', () => ({ charge: 100, loadWatts: 1000 }));
    expect(runtimeAt(bench.battery, SETTING, 1000)).toBeCloseTo(600, 0);
    expect(runtimeAt(bench.second('OL', { charge: 100, loadWatts: 1000 }).battery, SETTING, 1000)).toBeCloseTo(0.85 * 600, 0);
    expect(runtimeAt(bench.second('OL', { charge: 100, loadWatts: 1000, runtime: 600 }).battery, SETTING, 1000)).toBeCloseTo(600, 0);
  });

  it('that was reported, or declared, goes on to tell without a figure', () => {
    const reported = calm().seconds(20, 'OB', () => ({}));
    expect([reported.battery.untold, reported.battery.from]).toEqual([undefined, 'elapsed']);
    const sheet: BatterySetting = { ...SETTING, declared: linearCurve(200) };
    const declared = new Bench(sheet).seconds(60, 'OL', () => ({ charge: 100 })).seconds(20, 'OB', () => ({}));
    expect(declared.battery.untold).toBeUndefined();
    expect([calm().seconds(40, 'OB').battery.untold, declared.seconds(40, 'OB').battery.untold]).toEqual([undefined, undefined]);
  });

  it('is assumed small where only a charge is told, until its slope shows', () => {
    const bench = new Bench().seconds(10, 'OL', () => ({ charge: 100 })).seconds(10, 'OB', () => ({ charge: 99 }));
    const assumed = runtimeAt(bench.battery, SETTING, 3000) ?? 0;
    expect(assumed).toBeLessThan(250);
    bench.seconds(600, 'OB', (s) => ({ charge: 99 - Math.floor(s / 20) }));
    expect(bench.battery.capacityFrom).toBe('slope');
  });

  it('is unknown where nothing tells it', () => {
    const bench = new Bench().seconds(10, 'OB', () => ({}));
    expect([depthNow(bench.battery), runtimeAt(bench.battery, SETTING, 1000)]).toEqual([undefined, undefined]);
  });

  it('is not learned from a load below a tenth of the rating', () => {
    const bench = new Bench().seconds(10, 'OL', () => ({ charge: 100, runtime: 20_000, loadWatts: 100 }));
    expect(bench.battery.capacityFrom).toBe('assumed');
  });
});

describe('on mains again', () => {
  it('a charge that was not heard through a silence is believed at once: it did not stand still', () => {
    const bench = calm().second('OB', { charge: 100 }).seconds(330, 'OB');
    expect(bench.depth).toBeGreaterThan(0.5);
    expect(bench.second('OL', { charge: 100 }).depth).toBeCloseTo(0, 2);
  });

  it('a charge that stood still through the discharge is believed no more than before, until it moves', () => {
    const bench = calm().seconds(200, 'OB', () => ({ charge: 100 }));
    const drawn = bench.depth;
    expect(drawn).toBeGreaterThan(0.2);
    bench.seconds(5, 'OL', () => ({ charge: 100 }));
    expect(bench.depth).toBeCloseTo(drawn, 2);
    bench.second('OL', { charge: 80 });
    expect(bench.depth).toBeCloseTo(0.2, 2);
  });

  it('the charge is believed at once', () => {
    const bench = calm()
      .seconds(30, 'OB', () => ({ charge: 40 }))
      .second('OL', { charge: 42 });
    expect(bench.depth).toBeCloseTo(0.58, 2);
  });

  it('without a charge the battery fills in five hours', () => {
    const bench = new Bench({ ...SETTING, declared: linearCurve(1000 / 6) }).seconds(300, 'OB');
    const before = bench.depth;
    bench.seconds(3600, 'OL');
    expect(before - bench.depth).toBeCloseTo(0.2, 2);
  });
});

describe('what was drawn while nothing told of it', () => {
  it('stays drawn when the charge is told at last, though the runtime moved all the while at next to no load', () => {
    const bench = calm().seconds(60, 'OB');
    bench.watts = 200;
    bench.seconds(60, 'OB', (second) => ({ runtime: 4500 - second }));
    const before = bench.depth;
    bench.seconds(60, 'OB', () => ({ charge: 95 }));
    expect(bench.depth).toBeGreaterThanOrEqual(before);
  });
});
