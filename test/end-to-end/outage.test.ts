// Whole nights of the built service before a real upsd: who leaves when, what is cut when, and who comes back.
import { expect, it } from '@jest/globals';
import { violations } from './judge.ts';
import { describeNights, GRACE_SECONDS, NIGHT_MS, type Night, night } from './night.ts';

const GRACE_MS = GRACE_SECONDS * 1000;
const SLOW_SECONDS = 2.5;

/** From the journal: when a rig's pause was decided, for one that never heard of it. */
async function pauseDueMs(one: Night, rig: string): Promise<number> {
  const due = await one.recorded('step-due', ({ step }) => JSON.stringify(step) === JSON.stringify({ kind: 'pause', rig }));
  return due.monoMs;
}

describeNights('a night', () => {
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
        const lowMs = await one.lastStand();
        for (const id of best) expect((fleet.firstAskedMs(id, 'pause', outMs) ?? 0) - lowMs).toBeLessThan(1500);
        const backMs = await one.allReturn();
        expect(fleet.askedInOrder('feed', backMs)).toEqual(fleet.bestFirst);
        expect(fleet.askedInOrder('resume', backMs)).toEqual(fleet.bestFirst);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'goes on by its own reckoning when the driver falls silent on battery, and has everything down before the battery is empty',
    () =>
      night({ carriesSeconds: 16, shedBelowSeconds: 13, cutBelowSeconds: 9 }, async (one) => {
        const { fleet, nut } = one;
        await one.begin();
        const outMs = await one.mains(false);
        await one.recorded('outage-began');
        await one.silently(async () => {
          nut.freezeDriver('rack');
          await one.until('everything is dark', () => fleet.allDark, 60);
          expect(fleet.askedTooEarly(outMs)).toEqual([]);
          expect(one.ups.live).toBe(true);
          nut.thawDriver('rack');
          await one.until('upsd hears the driver', async () => (await nut.ask(['GET VAR rack ups.status']))[0]?.startsWith('VAR') === true);
        });
        const backMs = await one.allReturn();
        expect(fleet.askedInOrder('feed', backMs)).toEqual(fleet.bestFirst);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'cuts a rig that lies, hangs or refuses at its own deadline and a slow one once it is quiet, and keeps no other waiting for them',
    () =>
      night({ carriesSeconds: 40 }, async (one) => {
        const { fleet } = one;
        const [, slow = '', , liar = '', , hung = '', rude = ''] = fleet.bestFirst;
        await one.begin();
        fleet.misbehave(slow, { pauseSeconds: SLOW_SECONDS });
        fleet.misbehave(liar, { lies: true });
        fleet.misbehave(hung, { hangs: true });
        fleet.misbehave(rude, { refuses: true });
        const outMs = await one.mains(false);
        await one.lastStand();
        const cutMs = (id: string): number => fleet.cuts.find(({ rig }) => rig === id)?.atMs ?? 0;
        for (const id of [liar, hung, rude]) {
          const late = cutMs(id) - (await pauseDueMs(one, id));
          expect(late).toBeGreaterThan(GRACE_MS - 20);
          expect(late).toBeLessThan(GRACE_MS + 1500);
        }
        for (const id of fleet.bestFirst.filter((other) => ![slow, liar, hung, rude].includes(other))) {
          expect(cutMs(id) - (fleet.firstAskedMs(id, 'pause', outMs) ?? 0)).toBeLessThan(GRACE_MS - 500);
          expect(cutMs(id)).toBeLessThan(cutMs(slow));
        }
        // Standing still by its own account, and seen so before the switch moved: by a look, not by the end of its grace.
        expect(fleet.cuts.filter(({ rig }) => rig === slow)).toEqual([expect.objectContaining({ level: 0 })]);
        const seen = await one.recorded('phase', ({ rig, to }) => rig === slow && to === 'paused', { sinceMs: outMs });
        // The switches' own clock ticks in 10 ms.
        expect(seen.monoMs).toBeLessThan(cutMs(slow) + 10);
        expect(seen.monoMs - (fleet.firstAskedMs(slow, 'pause', outMs) ?? 0)).toBeGreaterThan(SLOW_SECONDS * 1000);
        for (const id of [liar, hung, rude]) fleet.misbehave(id, { lies: false, hangs: false, refuses: false });
        await one.allReturn();
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'keeps its order around a rig that is slow, one that lies and one that hangs, on the way down and on the way back',
    () =>
      night({ carriesSeconds: 40, shedBelowSeconds: 34 }, async (one) => {
        const { fleet } = one;
        const [slow = '', liar = '', , hung = ''] = fleet.worstFirst;
        await one.begin();
        fleet.misbehave(slow, { pauseSeconds: SLOW_SECONDS });
        fleet.misbehave(liar, { lies: true });
        fleet.misbehave(hung, { hangs: true });
        const outMs = await one.mains(false);
        // A rig that hangs hears nothing: of it only the journal tells when its turn was.
        const heard = fleet.worstFirst.filter((id) => id !== hung);
        await one.until('the five worst of those that hear have been asked', () => fleet.askedInOrder('pause', outMs).length >= 5, 90);
        expect(fleet.askedInOrder('pause', outMs)).toEqual(heard.slice(0, 5));
        const [before = '', after = ''] = [heard[2], heard[3]];
        const hungMs = await pauseDueMs(one, hung);
        expect(hungMs).toBeGreaterThan(await pauseDueMs(one, before));
        expect(hungMs).toBeLessThan(await pauseDueMs(one, after));
        // Nobody was spared because one that should have left did not.
        expect(fleet.bestFirst.slice(0, 2).filter((id) => !fleet.hashing(id))).toEqual([]);
        await one.lastStand();
        expect(fleet.askedTooEarly(outMs)).toEqual([]);
        const cutMs = (id: string): number => fleet.cuts.find(({ rig }) => rig === id)?.atMs ?? 0;
        for (const id of [liar, hung]) {
          const late = cutMs(id) - (await pauseDueMs(one, id));
          expect(late).toBeGreaterThan(GRACE_MS - 20);
          expect(late).toBeLessThan(GRACE_MS + 1500);
        }
        for (const id of [liar, hung]) fleet.misbehave(id, { lies: false, hangs: false });
        const backMs = await one.allReturn();
        expect(fleet.askedInOrder('feed', backMs)).toEqual(fleet.bestFirst);
        // The one that never heard of a pause hashes with its power.
        expect(fleet.askedInOrder('resume', backMs)).toEqual(fleet.bestFirst.filter((id) => id !== hung));
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'sheds nobody further while the UPS takes half a minute to reckon with the first who left',
    () =>
      night({ carriesSeconds: 430, shedBelowSeconds: 424, quirks: { runtimeLagSeconds: 30 } }, async (one) => {
        const { fleet } = one;
        await one.begin();
        const outMs = await one.mains(false);
        await one.until('the worst has been asked', () => fleet.askedInOrder('pause', outMs).length > 0);
        const askedMs = one.now();
        await one.until('the UPS has long reckoned anew', () => one.now() - askedMs > 45_000, 60);
        expect(fleet.askedInOrder('pause', outMs)).toEqual(fleet.worstFirst.slice(0, 1));
        await one.allReturn();
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'moves nothing in a blip, nor when upsd restarts on mains',
    () =>
      night({ carriesSeconds: 15 }, async (one) => {
        await one.begin();
        await one.silently(async () => {
          await one.nut.stopServer();
          await one.until('it is called silent', async () => (await one.service.status())?.ups[0]?.alarms.includes('silent') === true);
          await one.nut.startServer();
        });
        await one.until('it is heard again', async () => (await one.service.status())?.ups[0]?.line === 'mains');
        for (const _ of [1, 2]) {
          const outMs = await one.mains(false);
          await one.recorded('outage-began', undefined, { sinceMs: outMs });
          const backMs = await one.mains(true);
          const ended = await one.recorded('outage-ended', undefined, { sinceMs: backMs });
          expect(ended).toMatchObject({ ups: 'rack', blip: true });
        }
        expect(one.deeds).toBe(0);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );
});
