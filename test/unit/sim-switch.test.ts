import { expect, it } from '@jest/globals';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimSwitch, type SimSwitchTraits, simSwitchDriver } from '../../src/sim/switch.ts';

function bench(traits: Partial<SimSwitchTraits> = {}) {
  const clock = new VirtualClock();
  const moves: string[] = [];
  const contact: SimSwitch = new SimSwitch({ id: 'k1', ...traits }, () => clock.monotonicMs(), {
    watts: () => 70,
    edge: () => moves.push(contact.contact),
  });
  const driver = simSwitchDriver(contact, clock);
  const never = new AbortController().signal;
  return { clock, contact, moves, driver, never };
}

it('moves when told to, once, and keeps the time of each edge', async () => {
  const { clock, contact, moves, driver, never } = bench();
  await clock.advance(500);
  expect(await driver.set('cut', never)).toMatchObject({ ok: true });
  await clock.advance(500);
  await driver.set('cut', never);
  await driver.set('fed', never);
  expect(contact.edges).toEqual([
    { atMs: 500, switch: 'k1', to: 'cut', by: 'order', watts: 70 },
    { atMs: 1_000, switch: 'k1', to: 'fed', by: 'order', watts: 70 },
  ]);
  expect(moves).toEqual(['cut', 'fed']);
});

it('falls to rest when nobody drives it', async () => {
  const fed = bench({ atRest: 'fed' });
  await fed.driver.set('cut', fed.never);
  fed.contact.letGo();
  expect(fed.contact.contact).toBe('fed');
  const cut = bench({ atRest: 'cut' });
  expect(cut.contact.contact).toBe('cut');
  await cut.driver.set('fed', cut.never);
  cut.contact.letGo();
  expect(cut.contact.edges.map(({ to, by }) => `${to} by ${by}`)).toEqual(['fed by order', 'cut by rest']);
});

it('says that it moved when its contact is welded, and reads back as if it had', async () => {
  const { contact, moves, driver, never } = bench();
  contact.misbehave({ welded: true });
  expect(await driver.set('cut', never)).toMatchObject({ ok: true });
  expect([contact.contact, contact.coil, moves]).toEqual(['fed', 'cut', ['fed']]);
  expect(await driver.read?.(never)).toEqual({ ok: true, value: 'cut' });
});

it('takes its time when slow, and does nothing when the time is up before', async () => {
  const { clock, contact, driver, never } = bench();
  contact.misbehave({ moveSeconds: 4 });
  await clock.settle(driver.set('cut', never), 5_000);
  expect(contact.edges).toEqual([{ atMs: 4_000, switch: 'k1', to: 'cut', by: 'order', watts: 70 }]);
  const deadline = new AbortController();
  clock.at(6_000, () => deadline.abort());
  expect(await clock.settle(driver.set('fed', deadline.signal), 5_000)).toMatchObject({ ok: false, fault: { code: 'timeout' } });
  expect(contact.contact).toBe('cut');
});

it('says so when it refuses or cannot be reached, and gives up at the deadline when it hangs', async () => {
  const { clock, contact, driver, never } = bench();
  contact.misbehave({ refuses: true });
  expect(await driver.set('cut', never)).toMatchObject({ ok: false, fault: { code: 'refused' } });
  contact.misbehave({ unreachable: true });
  expect(await driver.set('cut', never)).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  expect(await driver.read?.(never)).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  contact.misbehave({ unreachable: false, refuses: false, hangs: true });
  const deadline = new AbortController();
  clock.at(2_000, () => deadline.abort());
  expect(await clock.settle(driver.set('cut', deadline.signal), 5_000)).toMatchObject({ ok: false, fault: { code: 'timeout' } });
  expect(contact.edges).toEqual([]);
});

it('offers no reading where its position cannot be read', () => {
  expect(bench({ canRead: false }).driver.read).toBeUndefined();
});

it('tells instead whether its board is there, and how often that was away', async () => {
  const { driver, contact } = bench({ canRead: false });
  const look = (): unknown => driver.probe?.(new AbortController().signal);
  expect(await look()).toEqual({ ok: true, value: 0 });
  contact.reset();
  expect(await look()).toEqual({ ok: true, value: 1 });
  contact.behave({ unreachable: true });
  expect(await look()).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
});
