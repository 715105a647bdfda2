// Work in flight before the rigs themselves: each family that tells of its shares is read by its driver, and a pause waits for the next
// one while the battery has the time, and not where it has none.
import { expect, it } from '@jest/globals';
import { type FakeRigKind, fakeRigs } from '../../src/fakes/registry.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { SimRig } from '../../src/sim/rig.ts';
import { kindOf, loginOf, type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { rig as configured, Desk, siteOf } from '../support/core-desk.ts';

const open = closedAfterEach();

/** As docs/rigs.md lists them. */
const TELL = [
  'luxos',
  'cgminer',
  'teamredminer',
  'auradine',
  'sealminer',
  'epic',
  'axeos',
  'nerdqaxe',
  'trex',
  'xmrig',
  'whatsminer',
  'braiins',
];

const WAIT_SECONDS = 5;

function played(kind: FakeRigKind, shareSeconds: number): Promise<TcpBench<{ readonly port: number; close(): Promise<void> }>> {
  const traits = { id: 'd', watts: 1000, hashRate: 100e12, shareSeconds };
  const start = (rig: SimRig, nowMs: () => number) => kind.start({ rig, nowMs });
  return tcpBench(kindOf(kind.family), traits, start, loginOf(kind)).then(open);
}

/** A core whose rig d is one that is played, and read each second. */
class Played {
  readonly desk = new Desk(siteOf({ rigs: [configured('a', 8), configured('d', 2)], policy: { waitForShareSeconds: WAIT_SECONDS } }));
  readonly #bench: Awaited<ReturnType<typeof played>>;

  constructor(bench: Awaited<ReturnType<typeof played>>) {
    this.#bench = bench;
  }

  async reading(): Promise<RigReading> {
    const reading = await this.#bench.driver.read?.(within());
    if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
    return reading.value;
  }

  /** `seconds` of rig and core, or until it is told to pause. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds && this.desk.asked('pause').length === 0; second += 1) {
      this.#bench.pass(1);
      const { acceptedShares: shares, state } = await this.reading();
      this.desk.world('d', { shares, hashing: state === 'hashing' }).pass(1);
    }
  }

  hold(): void {
    this.desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
  }

  get pauses(): readonly unknown[] {
    return this.desk.named('step-due').filter(({ step }) => step.kind === 'pause');
  }
}

const kinds = fakeRigs.map((kind) => [kind.family, kind] as const);
const telling = kinds.filter(([family]) => TELL.includes(family));

it.each(kinds)('whether %s tells of its shares is as documented, and they grow while it hashes alone', async (family, kind) => {
  const bench = await played(kind, 2);
  const site = new Played(bench);
  const { acceptedShares: before } = await site.reading();
  expect(before !== undefined).toBe(TELL.includes(family));
  if (before === undefined) return;
  bench.pass(20);
  expect((await site.reading()).acceptedShares).toBe(before + 10);
  await bench.driver.pause?.(within());
  bench.pass(60);
  const { acceptedShares: paused } = await site.reading();
  bench.pass(60);
  expect((await site.reading()).acceptedShares).toBe(paused);
});

it.each(telling)('a pause of %s goes out with the next share that its pool takes', async (_family, kind) => {
  const site = new Played(await played(kind, 43));
  await site.pass(40);
  site.hold();
  await site.pass(20);
  expect(site.pauses).toMatchObject([{ step: { rig: 'd' }, waitedMs: 3_000, share: true }]);
});

it.each(telling)('a pause of %s waits no longer than its owner says where none comes', async (_family, kind) => {
  const site = new Played(await played(kind, 1_000));
  await site.pass(40);
  site.hold();
  await site.pass(20);
  expect(site.pauses).toMatchObject([{ step: { rig: 'd' }, waitedMs: WAIT_SECONDS * 1000, share: false }]);
});

it.each(telling)('a pause of %s waits for none where the battery has not that time', async (_family, kind) => {
  const site = new Played(await played(kind, 43));
  await site.pass(40);
  site.desk.set('rack', { words: 'OB LB', charge: 20 });
  await site.pass(1);
  const ofIt = site.pauses.filter((pause) => (pause as { readonly step: { readonly rig?: string } }).step.rig === 'd');
  expect(ofIt).toHaveLength(1);
  expect(ofIt[0]).not.toHaveProperty('waitedMs');
});
