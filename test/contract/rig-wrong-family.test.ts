// The rig of another maker where the file names this one: many speak nearly the same, and it is given no order that it might take, nor
// taken for paused.
import { expect, it } from '@jest/globals';
import { type FakeRigKind, fakeRigs } from '../../src/fakes/registry.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { kindOf, loginOf } from './rig-bench.ts';
import { rigKit } from './rig-driver.ts';

const nowMs = (): number => performance.now();
const within = (): AbortSignal => AbortSignal.timeout(300);

/** On a socket of their own; the others speak HTTP. A page of the owner's is asked what he has written. */
const BARE: ReadonlySet<string> = new Set(['luxos', 'sealminer', 'avalon', 'cgminer', 'teamredminer', 'whatsminer']);
const asked = fakeRigs.filter(({ family, over }) => over === undefined && family !== 'webhook');
/** Two miners of the same words, by which the devices of either can be switched off and on. */
const KIN: readonly string[] = ['cgminer', 'teamredminer'];

const isKin = (one: string, other: string): boolean => KIN.includes(one) && KIN.includes(other);

/** What that rig was told by this driver, and what it was taken for. */
async function met(
  driverKind: FakeRigKind,
  fakeKind: FakeRigKind,
): Promise<{ readonly told: readonly string[]; readonly states: string[] }> {
  const rig = new SimRig({ id: 'rig-1', watts: 3250, hashRate: 110e12 }, nowMs);
  const fake = await fakeKind.start({ rig, nowMs });
  const { options, secrets } = loginOf(driverKind);
  const name = driverKind.family;
  const at = { host: '127.0.0.1', ...options, port: fake.port, ...(name === 'whatsminer' && { api: 'v2' }) };
  const driver = kindOf(name).open(at, rigKit('rig-1', secrets));
  const states: string[] = [];
  const look = async (): Promise<void> => {
    const reading = await driver.read?.(within());
    if (reading?.ok) states.push(reading.value.state);
  };
  await look();
  await driver.mayOrder?.(within());
  await driver.pause?.(within());
  await look();
  await driver.resume?.(undefined, within());
  await driver.locate?.(true, within());
  await driver.reboot?.(within());
  await driver.close();
  await fake.close();
  const blinks = (fake as { readonly blinks?: () => boolean }).blinks?.() === true;
  return { told: [...rig.log.map(({ what }) => what), ...(blinks ? ['blink'] : [])], states };
}

it.concurrent.each(asked.map((kind) => [kind.family, kind] as const))(
  'the driver %s gives no order to the rig of another family that speaks over the same wire, and takes none for paused',
  async (name, kind) => {
    const others = asked.filter(({ family }) => family !== name && !isKin(name, family) && BARE.has(family) === BARE.has(name));
    expect(others.length).toBeGreaterThan(3);
    for (const other of others) {
      const { told, states } = await met(kind, other);
      expect([other.family, told, states.includes('paused')]).toEqual([other.family, [], false]);
    }
  },
  60_000,
);

it('a NerdQAxe is told apart from a board under AxeOS, and that from a NerdQAxe, with the driver that it wants', async () => {
  for (const [one, other] of [
    ['axeos', 'nerdqaxe'],
    ['nerdqaxe', 'axeos'],
  ] as const) {
    const rig = new SimRig({ id: 'rig-1', watts: 80, hashRate: 5e12 }, nowMs);
    const fake = await fakeRigs.find(({ family }) => family === other)?.start({ rig, nowMs });
    const driver = kindOf(one).open({ host: '127.0.0.1', port: fake?.port }, rigKit());
    const wants = { ok: false, fault: { code: 'unsupported', detail: expect.stringContaining(`wants driver: ${other}`) } };
    expect([await driver.read?.(within()), await driver.reboot?.(within())]).toMatchObject([wants, wants]);
    await driver.close();
    await fake?.close();
  }
});
