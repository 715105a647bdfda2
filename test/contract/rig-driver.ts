// What every rig driver must do, whatever it speaks. A family brings a bench: its driver before a rig that behaves, and
// before mouths that do not.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver, RigKit } from '../../src/rigs/port.ts';
import { rigDriver, rigDrivers } from '../../src/rigs/registry.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { benchedBy } from '../support/benched-by.ts';

/** A driver before a rig that behaves. */
export interface RigBench {
  readonly driver: RigDriver;
  /** the truth, not what the rig says */
  standsStill(): boolean;
  /** Time goes by for the rig. */
  pass(seconds: number): void;
  /** The driver of another process before the same rig; of those that can be limited. */
  another?(): RigDriver;
  /** From now on it refuses every order. */
  refuse(): void;
  /** From now on it changes a pool of its owner's with each order; of those that tell settings. */
  meddle?(): void;
  close(): Promise<void>;
}

/** Somebody at the other end who does not behave: nobody; silence; one byte a second; no end; or just these bytes. */
export type Mouth = 'nobody' | 'silent' | 'dripping' | 'flooding' | Uint8Array;

export interface RigFamily {
  bench(): Promise<RigBench>;
  against(mouth: Mouth): Promise<{ readonly driver: RigDriver; close(): Promise<void> }>;
  /** a whole answer to a question for the state, by which the rig is paused */
  readonly saysPaused: string;
  /** W that its bench can be limited to; absent: the policy does not count on a limit of it */
  readonly limitTo?: number;
  /** what an answer that is no reading counts as; absent: garbled, for whoever gives it has power */
  readonly unread?: 'unreachable';
}

/** A kit whose resolver never answers. */
export function rigKit(rig = 'rig-1', secrets: RigKit['secrets'] = new Map()): RigKit {
  return { rig, nowMs: () => performance.now(), addresses: addressBook(() => new Promise(() => undefined)), secrets };
}

export function within(ms = 10_000): AbortSignal {
  return AbortSignal.timeout(ms);
}

const MIB = 1024 * 1024;

/** The families whose readings tell what their owner set. */
const TELL_SETTINGS: ReadonlySet<string> = new Set(
  rigDrivers.flatMap(({ name, can }) => (can.read && !['ssh-host', 'webhook', 'command'].includes(name) ? [name] : [])),
);

/** What its owner set comes with the reading after the one that asked. */
export const secondReading = async ({ read }: RigDriver): Promise<RigReading | undefined> => {
  await read?.(within());
  const reading = await read?.(within());
  return reading?.ok ? reading.value : undefined;
};

function hostileAnswers(saysPaused: string): ReadonlyMap<string, string> {
  return new Map([
    ['nothing', ''],
    ['NULs alone', '\0\0\0\0'],
    ['NULs before a good answer', `\0\0${saysPaused}`],
    ['a login page', '<!DOCTYPE html><html><body><form action="/login">paused</form></body></html>'],
    ['a good answer padded to over a mebibyte', `${saysPaused.slice(0, -1)}${' '.repeat(MIB)}}`],
    ['a mebibyte of open brackets', '['.repeat(MIB - 2)],
    ['broken and as long as allowed', `{"${'\\"'.repeat(MIB / 2 - 8)}`],
    ['a prototype', `{"__proto__":${saysPaused},"constructor":{"prototype":${saysPaused}}}`],
    ['null', 'null'],
    ['a number', '1'],
    ['an array', `[${saysPaused}]`],
    ['a farewell', '{"STATUS":"BYE","id":1}'],
    ['sections of the wrong kind', '{"STATUS":7,"CONFIG":"Sleep","DEVS":{"0":{"Enabled":"N"}},"SUMMARY":null,"paused":"yes"}'],
    ['sections of nonsense', '{"STATUS":[{"STATUS":"S"}],"CONFIG":[null,7,[]],"DEVS":[null,[1]],"watts":"many"}'],
    ['control characters', '\u001b[2J\u0007\u202e{"STATUS"'],
  ]);
}

export function describeRigDriver(name: string, family: RigFamily): void {
  describe(`${name} as a rig driver`, () => {
    const opened: { close(): Promise<void>; readonly driver: RigDriver }[] = [];
    const bench = async (): Promise<RigBench> => {
      const made = await family.bench();
      opened.push(made);
      return made;
    };
    const against = async (mouth: Mouth): Promise<RigDriver> => {
      const made = await family.against(mouth);
      opened.push(made);
      return made.driver;
    };
    afterEach(async () => {
      for (const made of opened.splice(0)) {
        await made.driver.close();
        await made.close();
      }
    });

    it('reads a rig that hashes, and says when it asked', async () => {
      const { driver } = await bench();
      const before = performance.now();
      const reading = await driver.read?.(within());
      expect(reading).toMatchObject({ ok: true, value: { rig: 'rig-1', state: 'hashing' } });
      if (!reading?.ok) return;
      expect(reading.value.takenAtMs).toBeGreaterThanOrEqual(before);
      expect(reading.value.takenAtMs).toBeLessThanOrEqual(performance.now());
      if (reading.value.watts !== undefined) expect(reading.value.wattsFrom).toBeDefined();
    });

    it('pauses a rig, twice without harm, and a later reading shows it', async () => {
      const { driver, pass, standsStill } = await bench();
      expect(await driver.pause?.(within())).toEqual({ ok: true, value: undefined });
      pass(60);
      expect(standsStill()).toBe(true);
      expect(await driver.pause?.(within())).toEqual({ ok: true, value: undefined });
      expect(standsStill()).toBe(true);
      expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'paused' } });
    });

    it('resumes a paused rig, twice without harm', async () => {
      const { driver, pass, standsStill } = await bench();
      await driver.pause?.(within());
      pass(60);
      expect(await driver.resume?.(undefined, within())).toEqual({ ok: true, value: undefined });
      pass(600);
      expect(standsStill()).toBe(false);
      expect(await driver.resume?.(undefined, within())).toEqual({ ok: true, value: undefined });
      expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'hashing' } });
    });

    it('leaves what its owner set as it was, as far as a reading tells it', async () => {
      const { driver, pass } = await bench();
      const settings = async () => (await secondReading(driver))?.settings;
      const before = await settings();
      expect(TELL_SETTINGS.has(name.split(/[ ,]/)[0] ?? name)).toBe(before !== undefined);
      await driver.pause?.(within());
      pass(120);
      const paused = await settings();
      await driver.resume?.(undefined, within());
      pass(600);
      const back = await settings();
      for (const after of [paused, back]) expect({ ...before, ...after }).toEqual(before ?? {});
    });

    it('is benched for a rig whose pools an order changed', async () => {
      const { driver, pass, meddle } = await bench();
      const before = await secondReading(driver);
      if (before?.settings === undefined) return;
      expect(before.settings.pools).toBeDefined();
      meddle?.();
      await driver.pause?.(within());
      pass(60);
      const after = await secondReading(driver);
      expect(benchedBy(before, after)).toEqual(['pools']);
      // Of what is compared nothing can be read.
      expect(JSON.stringify([before, after])).not.toMatch(/stratum|pool\.|farm|worker/);
    });

    it('tells what stood before a limit where it counts as one that can be limited, and another process gives that back', async () => {
      const { driver, another, pass } = await bench();
      const limit = async (by: RigDriver): Promise<string | undefined> => {
        const reading = await by.read?.(within());
        return reading?.ok ? reading.value.limit : undefined;
      };
      const { limitTo } = family;
      expect(rigDriver(name.split(',')[0] ?? name)?.can.limit).toBe(limitTo === undefined ? undefined : true);
      const was = await limit(driver);
      if (limitTo === undefined) return;
      expect(was).toBeDefined();
      expect(await driver.limitWatts?.(limitTo, was, within())).toEqual({ ok: true, value: undefined });
      pass(120);
      expect(await limit(driver)).not.toBe(was);
      const next = another?.();
      if (next === undefined) throw new Error('its bench has no other process');
      expect(await next.limitWatts?.(undefined, was, within())).toEqual({ ok: true, value: undefined });
      pass(120);
      expect(await limit(next)).toBe(was);
      expect(await next.limitWatts?.(undefined, was, within())).toEqual({ ok: true, value: undefined });
      await next.close();
      expect(await limit(driver)).toBe(was);
    });

    it('says so when the rig refuses', async () => {
      const { driver, refuse, standsStill } = await bench();
      refuse();
      expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
      expect(standsStill()).toBe(false);
      expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'hashing' } });
    });

    it('carries out orders and questions that come all at once', async () => {
      const { driver, pass, standsStill } = await bench();
      const [first, second, order] = await Promise.all([driver.read?.(within()), driver.read?.(within()), driver.pause?.(within())]);
      expect(order).toEqual({ ok: true, value: undefined });
      expect([first?.ok, second?.ok]).toContain(true);
      pass(60);
      expect(standsStill()).toBe(true);
    });

    it('asks nobody when there is no time left', async () => {
      const { driver, standsStill } = await bench();
      const late = AbortSignal.abort();
      for (const outcome of [await driver.read?.(late), await driver.pause?.(late), await driver.resume?.(undefined, late)]) {
        expect(outcome).toMatchObject({ ok: false, fault: { code: 'timeout' } });
      }
      expect(standsStill()).toBe(false);
    });

    it('says unreachable where nobody is', async () => {
      const driver = await against('nobody');
      expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
      expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    });

    it.each(['silent', 'dripping'] as const)('ends at the deadline before a rig that is %s', async (mouth) => {
      const driver = await against(mouth);
      for (const ask of [driver.read, driver.pause]) {
        const began = performance.now();
        expect(await ask?.(within(250))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
        expect(performance.now() - began).toBeLessThan(2_500);
      }
    });

    it('gives up at once when asked to', async () => {
      const driver = await against('silent');
      const giveUp = new AbortController();
      const reading = driver.read?.(giveUp.signal);
      await new Promise((resolve) => setTimeout(resolve, 30));
      const began = performance.now();
      giveUp.abort();
      expect(await reading).toMatchObject({ ok: false, fault: { code: 'timeout' } });
      expect(performance.now() - began).toBeLessThan(3_000);
    });

    it('lets a look that an order waits for go ahead of a reading under way, which was then not asked', async () => {
      const driver = await against('silent');
      const reading = driver.read?.(within(5_000));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const began = performance.now();
      const look = driver.read?.(within(300), 'brief');
      expect(await reading).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(await look).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    });

    it('tells in such a look who it is and what it does, as in any other', async () => {
      const { driver, pass } = await bench();
      const look = async (brief?: 'brief'): Promise<object> => {
        const reading = await driver.read?.(within(), brief);
        if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it is not read');
        const { state, identity, watts, hashRate, limit, mode } = reading.value;
        return { state, identity, limit, mode, ...(watts !== undefined && { watts: 0 }), ...(hashRate !== undefined && { hashRate: 0 }) };
      };
      expect(await look('brief')).toEqual(await look());
      await driver.pause?.(within());
      pass(60);
      expect(await look('brief')).toEqual(await look());
    });

    it('stops listening to a flood', async () => {
      const driver = await against('flooding');
      expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: family.unread ?? 'garbled' } });
    });

    it('takes a good answer for what it is', async () => {
      const driver = await against(Buffer.from(family.saysPaused));
      expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'paused' } });
    });

    it.each([...hostileAnswers(family.saysPaused).keys()])('never takes for paused what answers %s', async (which) => {
      const driver = await against(Buffer.from(hostileAnswers(family.saysPaused).get(which) ?? ''));
      const reading = await driver.read?.(within());
      if (reading?.ok) expect(reading.value.state).toBe('unknown');
      else expect(reading?.fault.detail).toMatch(/^[\x20-\x7e]{1,400}$/);
      expect(await driver.pause?.(within())).toMatchObject({ ok: false });
      expect(Reflect.get({}, 'paused')).toBeUndefined();
    });

    it('never takes half an answer for paused', async () => {
      const whole = family.saysPaused;
      for (let end = 1; end < whole.length - 1; end += Math.ceil(whole.length / 25)) {
        const driver = await against(Buffer.from(whole.slice(0, end)));
        expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: family.unread ?? 'garbled' } });
      }
    });

    it('answers after it was closed, with a fault', async () => {
      const { driver } = await bench();
      await driver.close();
      expect(await driver.read?.(within())).toMatchObject({ ok: false });
    });
  });
}
