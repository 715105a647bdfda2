// What every UPS source must do, whatever it reads from. A family brings a bench: its source before a device that it can move.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { UpsSource } from '../../src/ups/port.ts';
import { eventually } from '../support/eventually.ts';

export interface UpsBench {
  readonly source: UpsSource;
  /** From now on the device reports this; a figure that is absent is not reported. */
  report(state: { readonly line: 'mains' | 'battery'; readonly charge?: string; readonly runtime?: string; readonly watts?: string }): void;
  /** From now on it takes the question and never answers. */
  fallSilent(): void;
  /** From now on there is nothing to ask. */
  vanish(): Promise<void>;
  close(): Promise<void>;
}

export function describeUpsSource(name: string, open: () => Promise<UpsBench>): void {
  describe(`the UPS source ${name}`, () => {
    const benches: UpsBench[] = [];
    const bench = async (): Promise<UpsBench> => {
      const opened = await open();
      benches.push(opened);
      return opened;
    };
    afterEach(async () => {
      await Promise.all(benches.splice(0).flatMap((one) => [one.source.close(), one.close()]));
    });

    it('gives what the device reports, as the device wrote it', async () => {
      const { source, report } = await bench();
      report({ line: 'mains', charge: '100', runtime: '1200', watts: '900' });
      const beforeMs = performance.now();
      const reading = await source.read(within());
      expect(reading).toMatchObject({ ok: true, value: { words: new Set(['OL']), nameplate: expect.anything() } });
      expect(reading.ok && numbersOf(reading.value.figures)).toEqual({ charge: 100, runtime: 1200, loadWatts: 900 });
      expect(reading.ok && reading.value.takenAtMs >= beforeMs && reading.value.takenAtMs <= performance.now()).toBe(true);
    });

    it('follows the device from mains to battery', async () => {
      const { source, report } = await bench();
      report({ line: 'mains', charge: '100', runtime: '1200' });
      await source.read(within());
      report({ line: 'battery', charge: '99', runtime: '1190' });
      const reading = await source.read(within());
      expect(reading).toMatchObject({ ok: true, value: { words: new Set(['OB']) } });
      expect(reading.ok && numbersOf(reading.value.figures)).toEqual({ charge: 99, runtime: 1190 });
    });

    it('leaves out what is not reported, and never says 0 for it', async () => {
      const { source, report } = await bench();
      report({ line: 'battery' });
      expect(await source.read(within())).toMatchObject({ ok: true, value: { words: new Set(['OB']), figures: {} } });
    });

    it('settles when its time is over, and answers again when the device does', async () => {
      const { source, report, fallSilent } = await bench();
      report({ line: 'mains', charge: '100' });
      await source.read(within());
      fallSilent();
      const beforeMs = performance.now();
      expect(await source.read(within(200))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
      expect(performance.now() - beforeMs).toBeLessThan(3_000);
      report({ line: 'battery', charge: '98' });
      await eventually('a reading', async () => (await source.read(within())).ok);
    });

    it('asks nothing when no time is left', async () => {
      const { source, report } = await bench();
      report({ line: 'mains' });
      expect(await source.read(AbortSignal.abort())).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    });

    it('serves two who ask at once', async () => {
      const { source, report } = await bench();
      report({ line: 'mains', charge: '77' });
      const readings = await Promise.all([source.read(within()), source.read(within())]);
      expect(readings.map((reading) => reading.ok && numbersOf(reading.value.figures))).toEqual([{ charge: 77 }, { charge: 77 }]);
    });

    it('says unreachable, and where, when there is nothing to ask', async () => {
      const { source, report, vanish } = await bench();
      report({ line: 'mains' });
      await source.read(within());
      await vanish();
      await eventually('a fault', async () => !(await source.read(within())).ok);
      expect(await source.read(within())).toMatchObject({
        ok: false,
        fault: { code: 'unreachable', detail: expect.stringMatching(/\S+: \S+|started/) },
      });
    });
  });
}

function within(ms = 3000): AbortSignal {
  return AbortSignal.timeout(ms);
}

function numbersOf(figures: object): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value)]));
}
