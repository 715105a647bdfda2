// Nights in which something breaks off: the service, upsd, the return. What was begun is finished, and nothing is done twice.
import { expect, it } from '@jest/globals';
import { PRIMARY, SECONDARY } from '../support/real-upsd.ts';
import { EIGHT } from '../support/rig-fleet.ts';
import { violations } from './judge.ts';
import { describeNights, NIGHT_MS, type Night, night } from './night.ts';

const FOUR = EIGHT.filter((_, place) => place % 2 === 0);

const secondary = {
  nut: { role: 'secondary', hostSyncSeconds: 15, username: SECONDARY.username, passwordFile: 'upsd.secret' },
  files: { 'upsd.secret': `${SECONDARY.password}\n` },
} as const;

/** Each contact opened and closed so many times, and was never told what it was already. */
function expectEdges(one: Night, each: number): void {
  for (const id of one.fleet.bestFirst) {
    const edges = one.contacts.edges.filter(({ contact }) => contact === `k-${id}`);
    expect([id, edges.map(({ to }) => to)]).toEqual([id, Array.from({ length: each }, (_, at) => (at % 2 === 0 ? 'cut' : 'fed'))]);
  }
}

describeNights('a night that is interrupted', () => {
  it.concurrent(
    'is finished by a service that was killed in mid-shed and again in mid-return, with no contact moved twice',
    () =>
      night({ carriesSeconds: 24 }, async (one) => {
        const { fleet, service } = one;
        await one.begin();
        const outMs = await one.mains(false);
        await one.until(
          'a contact has opened, and two more were asked',
          () => fleet.cuts.length > 0 && fleet.askedInOrder('pause').length >= 3,
          60,
        );
        await service.kill();
        const askedBefore = fleet.askedInOrder('pause', outMs).length;
        await service.launch();
        await one.until('one more is asked', () => fleet.askedInOrder('pause', outMs).length > askedBefore, 60);
        expect(fleet.askedTooEarly(outMs)).toEqual([]);
        await one.lastStand();
        const backMs = await one.mains(true);
        await one.until('three are back', () => fleet.bestFirst.filter((id) => fleet.hashing(id)).length >= 3, 60);
        await service.kill();
        await service.launch();
        await one.until('every rig hashes again', () => fleet.allHashing, 90);
        expect(fleet.askedInOrder('feed', backMs)).toEqual(fleet.bestFirst);
        expectEdges(one, 2);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'is finished by a service that was killed in the very moment of a cut',
    () =>
      night({ carriesSeconds: 24, rigs: FOUR }, async (one) => {
        const { fleet, service } = one;
        await one.begin();
        await one.mains(false);
        await one.misbehave({ lowBattery: 'early' });
        await one.until('the first contact has opened', () => fleet.cuts.length > 0);
        await service.kill();
        await service.launch();
        await one.until('everything is dark', () => fleet.allDark);
        await one.misbehave({ lowBattery: undefined });
        const backMs = await one.allReturn();
        expect(fleet.askedInOrder('feed', backMs)).toEqual(fleet.bestFirst);
        expect(fleet.askedInOrder('resume', backMs)).toEqual(fleet.bestFirst);
        expectEdges(one, 2);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'goes on in order when upsd restarts in the middle of it',
    () =>
      night({ carriesSeconds: 24 }, async (one) => {
        const { fleet, nut } = one;
        await one.begin();
        const outMs = await one.mains(false);
        await one.until('two were asked', () => fleet.askedInOrder('pause').length >= 2, 60);
        await one.silently(async () => {
          await nut.stopServer();
          await nut.startServer();
        });
        await one.until('five were asked', () => fleet.askedInOrder('pause').length >= 5, 60);
        expect(fleet.askedInOrder('pause', outMs)).toEqual(fleet.worstFirst.slice(0, 5));
        await one.lastStand();
        const backMs = await one.allReturn();
        expect(fleet.askedInOrder('feed', backMs)).toEqual(fleet.bestFirst);
        expectEdges(one, 2);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'starts nobody in a second outage that comes in mid-return, waits twice as long after it, and brings the rest back',
    () =>
      night({ carriesSeconds: 40 }, async (one) => {
        const { fleet, service } = one;
        await one.begin();
        await one.mains(false);
        await one.lastStand();
        await one.mains(true);
        await one.until('three are back', () => fleet.bestFirst.filter((id) => fleet.hashing(id)).length >= 3, 60);
        const outMs = await one.mains(false);
        await one.recorded('outage-began', undefined, { sinceMs: outMs });
        const left = 100 * (1 - one.ups.depth);
        expect((await service.status())?.ups[0]?.chargePercent).toBeLessThan(left + 3);
        await one.until('the blip is long over', () => one.now() - outMs > 6000);
        const standing = fleet.bestFirst.filter((id) => fleet.hashing(id));
        const backMs = await one.allReturn();
        expect(fleet.startedInOrder(backMs)).toEqual(fleet.bestFirst.filter((id) => !standing.includes(id)));
        const started = one.contacts.edges.filter(({ to, atMs }) => to === 'fed' && atMs > outMs + 1500);
        expect(started.length).toBeGreaterThan(2);
        expect((started[0]?.atMs ?? 0) - backMs).toBeGreaterThan(3900);
        expectEdges(one, 2);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'holds its login at the primary until the last rig is down, and lets go of it then',
    () =>
      night({ carriesSeconds: 60, rigs: FOUR, ...secondary }, async (one) => {
        const { fleet, nut } = one;
        const logins = async (): Promise<string | undefined> => (await nut.ask(['GET NUMLOGINS rack']))[0];
        await one.begin();
        await one.until('it is logged in', async () => (await logins()) === 'NUMLOGINS rack 1');
        await one.mains(false);
        await one.recorded('outage-began');
        await nut.ask([`USERNAME ${PRIMARY.username}`, `PASSWORD ${PRIMARY.password}`, 'FSD rack']);
        await one.until('it is logged out', async () => (await logins()) === 'NUMLOGINS rack 0');
        expect(fleet.bestFirst.filter((id) => !fleet.quiet(id))).toEqual([]);
        await one.until('everything is dark', () => fleet.allDark);
        // The primary has let the UPS go dark and the mains have woken it: only a new upsd forgets a forced shutdown.
        await one.silently(async () => {
          await nut.stopServer();
          one.ups.mains(true);
          await nut.startServer();
        });
        const backMs = await one.allReturn();
        const { monoMs } = await one.recorded('step-due', ({ step }) => JSON.stringify(step).includes('"feed"'), { sinceMs: backMs });
        expect(await logins()).toBe('NUMLOGINS rack 1');
        expect(monoMs).toBeGreaterThan(backMs);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );
});
