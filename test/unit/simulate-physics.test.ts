import { describe, expect, it } from '@jest/globals';
import type { Site } from '../../src/model/site.ts';
import { FULL_BATTERY, secondsLeft } from '../../src/sim/battery.ts';
import { type Ground, groundOf } from '../../src/simulate/physics.ts';
import { edited, FULL, SMALLEST } from '../support/config-text.ts';
import { CARELESS, HOME, siteOfText } from '../support/simulated-site.ts';

const ground = (text: string, seed = 1): Ground => groundOf(siteOfText(text), seed);

function minutesOf({ place }: Ground, ups: string, watts: number): number {
  const traits = place.ups.get(ups);
  if (traits === undefined) throw new Error(`no ups ${ups}`);
  return secondsLeft(traits.battery, FULL_BATTERY, watts) / 60;
}

describe('what hangs on the wires of a configured site', () => {
  it('is the site itself, armed, with whatever its owner set', () => {
    const site = siteOfText(FULL);
    expect(groundOf(site, 1).place.site).toEqual({ ...site, armed: true } satisfies Site);
    expect(ground(HOME).assumed).toContain('the file says armed: false; here it acts all the same');
    expect(ground(edited(HOME, ['site:', 'armed: true\nsite:'])).assumed).toEqual([]);
  });

  it('has batteries as they are declared, by lines of a data sheet or by watt-hours', () => {
    const declared = ground(FULL);
    expect([500, 1_500, 3_000].map((watts) => minutesOf(declared, 'shelf', watts))).toEqual(
      [70, 20.5, 8].map((one) => expect.closeTo(one, 6)),
    );
    expect(minutesOf(declared, 'solar', 2_400)).toBeCloseTo(60, 6);
    expect(minutesOf(declared, 'solar', 240)).toBeCloseTo(600, 6);
    expect(ground(HOME).fullSeconds.get('rack')).toBeCloseTo((140 / 830) * 3_600, 6);
  });

  it('says so where nothing tells what a battery holds, and takes five minutes of its rating, or of what hangs on it', () => {
    const rated = ground(edited(HOME, [', batteryWh: 140', '']));
    expect(minutesOf(rated, 'rack', 1_200)).toBeCloseTo(5, 6);
    expect(minutesOf(rated, 'rack', 600)).toBeGreaterThan(10);
    expect(rated.assumed).toContain(
      'nothing says what the battery of rack holds: taken to carry 1,200 W for 5 min; say minutesAtWatts or batteryWh under ups.rack',
    );
    const bare = ground(CARELESS);
    expect(minutesOf(bare, 'rack', 1_350)).toBeCloseTo(5, 6);
    expect(bare.place.ups.get('rack')?.nominalWatts).toBe(1_690);
    expect(bare.assumed.join('\n')).toMatch(/what rack carries: taken to be 1,690 W; say nominalWatts/);
  });

  it('counts with the Pi and the network on the UPS that feeds them, and with nothing on another', () => {
    expect(ground(HOME).place.houseWatts.get('rack')).toBe(30);
    const untold = ground(edited(HOME, [' baseWatts: 30,', '']));
    expect(untold.place.houseWatts.get('rack')).toBe(20);
    expect(untold.assumed.join('\n')).toMatch(/besides rigs: taken to be 20 W; say baseWatts/);
    expect(ground(CARELESS).place.houseWatts.get('rack')).toBe(0);
  });

  it('has rigs that draw, pause, boot and forget as they are configured, or as their driver has it', () => {
    const { rigs } = ground(FULL).place;
    expect(rigs.get('north')).toMatchObject({ watts: 3_000, pausedWatts: 30, pausePersists: false, hashRate: 100e12 });
    expect(rigs.get('south')).toMatchObject({ watts: 3_000, pausedWatts: 25, pausePersists: true });
    expect(rigs.get('stove')).toMatchObject({ pausePersists: false });
    for (const { id, graceSeconds, resumeMinutes, restartMinutes } of siteOfText(FULL).rigs.values()) {
      const { pauseSeconds = 0, wakeSeconds = 0, bootSeconds = 0 } = rigs.get(id) ?? {};
      expect(pauseSeconds).toBeLessThan(Math.max(1.5, graceSeconds / 2));
      expect(wakeSeconds).toBeLessThan(Math.max(1.5, 80 * resumeMinutes));
      expect(bootSeconds).toBeLessThan(Math.max(6, 80 * restartMinutes));
    }
    expect(ground(FULL).assumed).toContain('nothing says whether a pause of stove survives a power cut: taken not to; say pausePersists');
    expect(ground(FULL).assumed).toContain('nothing says what stove earns: counted as nothing, and ranked with the worst');
  });

  it('is the same for the same seed, and for another only a little different', () => {
    expect(ground(FULL, 7)).toEqual(ground(FULL, 7));
    const [one, other] = [7, 8].map((seed) => ground(SMALLEST, seed).place.rigs.get('m30')?.pauseSeconds ?? 0);
    expect(one).not.toBe(other);
    expect(one).toBeGreaterThanOrEqual(7);
    expect(one).toBeLessThanOrEqual(13);
  });
});
