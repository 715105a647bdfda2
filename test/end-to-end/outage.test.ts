// Whole nights of the built service before a real upsd: who leaves when, what is cut when, and who comes back.
import { afterAll, describe, expect, it } from '@jest/globals';
import { ABSENT, available } from '../support/real-upsd.ts';
import { violations } from './judge.ts';
import { closeNights, night } from './night.ts';

if (!available()) console.warn(`whole nights before a real upsd ${ABSENT}`);
const describeReal = available() ? describe : describe.skip;
const NIGHT_MS = 150_000;

describeReal('a night', () => {
  afterAll(closeNights);

  it.concurrent(
    'sheds the worst earner per watt first, everything at low battery, and brings all back best first',
    () =>
      night({ carriesSeconds: 24 }, async (one) => {
        const { fleet } = one;
        await one.begin();
        const outMs = await one.mains(false);
        await one.until('the five worst have been asked', () => fleet.askedInOrder('pause', outMs).length >= 5, 60);
        expect(fleet.askedInOrder('pause', outMs)).toEqual(fleet.worstFirst.slice(0, 5));
        const best = fleet.bestFirst.slice(0, 3);
        expect(best.filter((id) => !fleet.hashing(id))).toEqual([]);
        await one.misbehave({ lowBattery: 'early' });
        const lowMs = one.now();
        await one.until('everything is dark', () => fleet.allDark, 15);
        expect(one.now() - lowMs).toBeLessThan(8000);
        for (const id of best) expect((fleet.firstAskedMs(id, 'pause', outMs) ?? 0) - lowMs).toBeLessThan(1500);
        await one.misbehave({ lowBattery: undefined });
        const backMs = await one.mains(true);
        await one.until('all hash again', () => fleet.allHashing, 90);
        expect(fleet.askedInOrder('feed', backMs)).toEqual(fleet.bestFirst);
        expect(fleet.askedInOrder('resume', backMs)).toEqual(fleet.bestFirst);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );
});
