// Nights with trouble on the way to the UPS: its driver, upsd, the network between, the names. On mains nothing is moved for
// it; on battery it is taken to drain.
import { createSocket } from 'node:dgram';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { StatusView } from '../../src/model/view.ts';
import { authority } from '../support/certificates.ts';
import { type MoodyProxy, moodyProxy, type ProxyMood } from '../support/moody-proxy.ts';
import { SECONDARY } from '../support/real-upsd.ts';
import { EIGHT } from '../support/rig-fleet.ts';
import { mayMount, NO_MOUNT } from '../support/small-card.ts';
import { TLS_ABSENT, tlsAvailable } from '../support/upsd-certificate.ts';
import { violations } from './judge.ts';
import { describeNights, NIGHT_MS, type Night, type NightSetting, night } from './night.ts';

const THREE = EIGHT.slice(0, 3);
/** Where the night is long as it is. */
const TWO = EIGHT.slice(0, 2);

const mounts = await mayMount();
if (!mounts) console.warn(`a night with a dead resolver ${NO_MOUNT}`);
if (!tlsAvailable()) console.warn(`a night with a stranger's certificate ${TLS_ABSENT}`);

const upsOf = async (one: Night): Promise<StatusView['ups'][number] | undefined> => (await one.service.status())?.ups[0];
const age = async (one: Night): Promise<number> => (await upsOf(one))?.ageSeconds ?? 0;

/** A night with a proxy before its upsd. */
async function proxied(setting: Omit<NightSetting, 'nut'>, play: (one: Night, proxy: MoodyProxy) => Promise<void>): Promise<void> {
  let port = 0;
  const proxy = await moodyProxy(() => port);
  try {
    await night({ ...setting, nut: { port: proxy.port } }, async (one) => {
      port = one.nut.port;
      await play(one, proxy);
    });
  } finally {
    await proxy.close();
  }
}

// The longest first: so many live beside each other, and the rest waits.
describeNights('a UPS that is hard to hear', () => {
  (tlsAvailable() ? it.concurrent : it.skip)(
    'whose upsd ends on battery and comes back as a stranger is not believed, and all is down in time; with our certificate it is heard',
    () => {
      const ours = authority();
      const setting = { carriesSeconds: 14, shedBelowSeconds: 12, cutBelowSeconds: 8, rigs: TWO } as const;
      return night({ ...setting, nut: { tls: { ca: 'ca.pem' } }, files: { 'ca.pem': ours.certificate } }, async (one) => {
        const { fleet, nut } = one;
        const comesBackAs = async (identity: ReturnType<typeof ours.issue>): Promise<void> => {
          await nut.stopServer();
          await nut.identify(identity);
          await nut.startServer();
        };
        await one.silently(() => comesBackAs(ours.issue()));
        await one.begin();
        const outMs = await one.mains(false);
        await one.recorded('outage-began');
        await one.silently(async () => {
          const status = one.ups.variables().get('ups.status') ?? '';
          await nut.stopServer();
          // What the stranger tells: all is well.
          await nut.set('rack', { 'ups.status': 'OL' });
          await comesBackAs(authority().issue());
          await one.until('everything is dark', () => fleet.allDark, 60);
          expect((await one.cli('check')).stdout).toMatch(/fail +rack .*certificate is not signed by the one in tls\.ca/);
          expect(fleet.askedTooEarly(outMs)).toEqual([]);
          expect(one.ups.live).toBe(true);
          await nut.stopServer();
          await nut.set('rack', { 'ups.status': status });
          await comesBackAs(ours.issue());
        });
        await one.until('it is heard on battery', async () => (await upsOf(one))?.line === 'battery');
        await one.allReturn();
        expect(await violations(one)).toEqual([]);
      });
    },
    NIGHT_MS,
  );

  it.concurrent(
    'behind a proxy that stops in the middle of a list on battery is taken to drain: all is down before it is empty',
    () =>
      proxied({ carriesSeconds: 14, shedBelowSeconds: 12, cutBelowSeconds: 8, rigs: TWO }, async (one, proxy) => {
        const { fleet } = one;
        await one.begin();
        const outMs = await one.mains(false);
        await one.recorded('outage-began');
        proxy.be('mute-in-mid-list');
        await one.until('everything is dark', () => fleet.allDark, 60);
        expect(fleet.askedTooEarly(outMs)).toEqual([]);
        expect(one.ups.live).toBe(true);
        proxy.be('well');
        await one.allReturn();
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  (mounts ? it.concurrent : it.skip)(
    'and rigs whose names nobody resolves any more after a restart in mid-outage delay no step: all go by their switches',
    async () => {
      const hole = await blackHole();
      const hostOf = (rig: string): string => `${rig}.lastwatt.test`;
      const hosts = hostsOf(EIGHT.map(({ id }) => hostOf(id)));
      const launching = (folder: string) => ({
        through: ['unshare', '--mount', 'sh', '-c', OVER_ETC, join(folder, 'resolv.conf'), join(folder, 'hosts')],
      });
      const files = { 'resolv.conf': 'nameserver 127.0.0.1\n', hosts };
      try {
        await night({ carriesSeconds: 60, files, launching, hostOf }, async (one) => {
          const { fleet, service } = one;
          await one.begin();
          const outMs = await one.mains(false);
          await one.recorded('outage-began');
          await service.kill();
          await writeFile(join(one.folder, 'hosts'), hostsOf([]));
          await service.launch();
          await one.until('it is on battery', async () => (await upsOf(one))?.line === 'battery');
          const lowMs = await one.lastStand();
          expect(fleet.askedInOrder('pause', outMs)).toEqual([]);
          const darkMs = Math.max(...fleet.cuts.map(({ atMs }) => atMs));
          expect(darkMs - lowMs).toBeLessThan(10_000);
          const records = await service.journal();
          expect(records.filter(({ unsynced }) => unsynced === true)).toEqual([]);
          await writeFile(join(one.folder, 'hosts'), hosts);
          await one.mains(true);
          await one.until('the best is found by its name again', () => fleet.hashing(fleet.bestFirst[0] ?? ''));
        });
      } finally {
        hole.close();
      }
    },
    NIGHT_MS,
  );

  it.concurrent(
    'whose driver is frozen when the mains return starts nobody until it is heard; frozen on mains it is an alarm and no more',
    () =>
      night({ carriesSeconds: 60, rigs: TWO }, async (one) => {
        const { fleet, nut } = one;
        await one.begin();
        await one.mains(false);
        await one.lastStand();
        await one.silently(async () => {
          nut.freezeDriver('rack');
          one.ups.mains(true);
          await one.until('it is called silent', async () => (await upsOf(one))?.alarms.includes('silent') === true);
          expect(fleet.bestFirst.filter((id) => !fleet.dark(id))).toEqual([]);
          nut.thawDriver('rack');
        });
        await one.allReturn();
        const deeds = one.deeds;
        await one.silently(async () => {
          nut.freezeDriver('rack');
          await one.until('it is called silent', async () => (await upsOf(one))?.alarms.includes('silent') === true);
          nut.thawDriver('rack');
        });
        await one.until('it is heard', async () => (await upsOf(one))?.line === 'mains');
        expect(one.deeds).toBe(deeds);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'that flaps, tests itself or flags low battery on mains sheds nobody, and the mains hold anew from its last word',
    () =>
      night({ carriesSeconds: 600, rigs: THREE }, async (one) => {
        await one.begin();
        await one.silently(async () => {
          for (const words of ['OL LB', 'OL DISCHRG TEST', 'OL CHRG LB RB']) {
            await one.nut.set('rack', { 'ups.status': words });
            const sinceMs = one.now();
            await one.until(`${words} has stood for two blips`, () => one.now() - sinceMs > 4000);
          }
          for (const words of ['OB DISCHRG', 'OL CHRG', 'OB DISCHRG', 'OL CHRG', 'OB DISCHRG', 'OL']) {
            await one.nut.set('rack', { 'ups.status': words });
            const sinceMs = one.now();
            await one.until(`${words} was seen`, () => one.now() - sinceMs > 900);
          }
        });
        await one.recorded('outage-ended', ({ blip }) => blip === true);
        expect(one.deeds).toBe(0);
        expect((await upsOf(one))?.line).toBe('mains');
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'behind a proxy that is mute, stops in mid-list, talks rubbish or never ends its line moves nothing on mains, and is heard again at once',
    () =>
      proxied({ carriesSeconds: 60, rigs: THREE }, async (one, proxy) => {
        const moods: readonly ProxyMood[] = ['garbage', 'endless-line', 'mute', 'mute-in-mid-list'];
        await one.begin();
        for (const mood of moods) {
          proxy.be(mood);
          await one.until(`it is not heard through a proxy that is ${mood}`, async () => (await age(one)) > 2);
          proxy.be('well');
          await one.until(`it is heard again after ${mood}`, async () => (await age(one)) < 1.5, 10);
        }
        expect((await upsOf(one))?.line).toBe('mains');
        expect(one.deeds).toBe(0);
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'under a wrong name or with a wrong password is named by check with what to do, and moves nothing',
    () =>
      night({ carriesSeconds: 60, rigs: THREE, nut: { name: 'rak' }, files: { secret: 'wrong-1\n' } }, async (one) => {
        await one.service.launch();
        await one.until('it answers', async () => (await one.service.status()) !== undefined);
        const wrong = await one.cli('check');
        expect(wrong).toMatchObject({ code: 1, stdout: expect.stringMatching(/fail +rack .*no UPS of this name.*upsc -l/) });
        expect(await upsOf(one)).toMatchObject({ line: 'unknown', runtimeSeconds: null });
        const rack = { nut: { port: one.nut.port, name: 'rack', role: 'secondary', username: SECONDARY.username, passwordFile: 'secret' } };
        await one.configure({ ups: { rack } });
        one.service.signal('SIGHUP');
        await one.until('it is heard', async () => (await upsOf(one))?.line === 'mains');
        const denied = await one.cli('check');
        expect(denied.stdout).toMatch(/rack .*upsd does not allow it/);
        expect(one.service.output).not.toContain('wrong-1');
        expect(one.deeds).toBe(0);
      }),
    NIGHT_MS,
  );
});

/** Two files over two of /etc, for this one process; then it becomes the service. */
const OVER_ETC = 'mount --bind "$0" /etc/resolv.conf && mount --bind "$1" /etc/hosts && shift && exec "$@"';

function hostsOf(names: readonly string[]): string {
  return ['127.0.0.1 localhost', ...names.map((name) => `127.0.0.1 ${name}`), ''].join('\n');
}

/** A name server that takes every question and answers none. */
function blackHole(): Promise<{ close(): void }> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject).bind(53, '127.0.0.1', () => resolve(socket));
  });
}
