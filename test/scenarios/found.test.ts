// Nights that chance found, each of which once went wrong.
import { expect, it } from '@jest/globals';
import { farm, RACK, RIGS, rig } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const ALWAYS = { policy: { cutPaused: 'always' } } as const;

async function allDark(): Promise<void> {
  await night.at(60, () => night.loseMains());
  await night.until('every contact is open', () => night.edges.filter(({ to }) => to === 'cut').length === 4, 1_800);
}

it('counts the hold anew when a second outage ended while the service was dead', async () => {
  night = await scenario(farm(ALWAYS));
  await night.at(60, () => night.loseMains());
  await night.at(70, () => night.returnMains());
  await night.at(900, () => night.loseMains());
  await night.until('the worst is asked', () => night.asked('pause').length > 0, 900);
  await night.run(10);
  night.kill();
  night.returnMains();
  const back = night.nowSeconds;
  await night.run(3);
  await night.start();
  await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
  expect(night.askedAt('resume', 'd', back) - back).toBeGreaterThanOrEqual(60);
});

it('wakes what a reboot of the Pi has fed again, though its contact was left open by us', async () => {
  night = await scenario(farm(ALWAYS));
  await allDark();
  night.killController();
  await night.run(30);
  night.returnMains();
  await night.start();
  await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
});

it('brings up, when a person asks, a rig whose contact rests open and tells nobody where it stands', async () => {
  night = await scenario(farm({ switches: { kd: { atRest: 'cut', canRead: false } } }));
  await night.run(10);
  expect(night.hashing()).toEqual(['a', 'b', 'c']);
  await night.submit({ kind: 'hold', as: 'up', rigs: ['d'] });
  await night.until('it hashes', () => night.hashing().length === 4, 300);
  expect(night.edges.map((edge) => `${edge.switch} ${edge.to}`)).toEqual(['kd fed']);
});

it('lets a slow contact rest from when it has moved, not from when it was told to', async () => {
  night = await scenario(farm(ALWAYS));
  await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
  night.world.switches.get('kd')?.misbehave({ moveSeconds: 4 });
  await night.until('it is cut', () => night.edges.length === 1, 200);
  night.world.switches.get('kd')?.misbehave({ moveSeconds: 0 });
  const cut = night.nowSeconds;
  await night.submit({ kind: 'release', rigs: ['d'] });
  await night.until('it is fed', () => night.edges.length === 2, 200);
  expect((night.edges[1]?.at ?? 0) - cut).toBeGreaterThanOrEqual(59);
});

it('drills nobody before mains has held', async () => {
  night = await scenario(farm());
  await night.at(60, () => night.loseMains());
  await night.at(70, () => night.returnMains());
  await night.run(5);
  expect(await night.submit({ kind: 'drill', rig: 'a', cut: true })).toMatchObject({ ok: false });
  await night.run(90);
  expect(await night.submit({ kind: 'drill', rig: 'a', cut: true })).toMatchObject({ ok: true });
  await night.until('the drill is over', () => night.events('drilled').length === 1, 600);
});

it('does not send a rig on its way while a person holds down its neighbour behind the same contact', async () => {
  const rigs = { ...RIGS, c: rig(4, { cutBy: ['kcd'] }), d: rig(2, { cutBy: ['kcd'] }) };
  night = await scenario(farm({ rigs }));
  await night.submit({ kind: 'hold', as: 'down', rigs: ['c', 'd'] });
  await night.until('both are dark', () => night.edges.length === 1, 300);
  await night.submit({ kind: 'release', rigs: ['c'] });
  await night.run(120);
  expect(night.engine.status().rigs.find(({ id }) => id === 'c')?.phase).toBe('dark');
  await night.submit({ kind: 'release', rigs: ['d'] });
  await night.until('both hash', () => night.hashing().length === 4, 600);
});

it('starts a rig that a person wants behind the one that has just come back, not with it', async () => {
  const rigs = { ...RIGS, c: rig(4, { cutBy: ['kc'], sim: { startsAs: 'paused' } }) };
  night = await scenario(farm({ rigs, restore: { staggerSeconds: 20 }, ups: { rack: { ...RACK, nominalWatts: 8_000 } } }));
  await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
  await night.until('it is quiet', () => night.hashing().length === 2, 120);
  await night.submit({ kind: 'release', rigs: ['d'] });
  await night.until('it is asked', () => night.asked('resume').length === 1, 300);
  await night.run(3);
  await night.submit({ kind: 'hold', as: 'up', rigs: ['c'] });
  await night.until('both hash', () => night.hashing().length === 4, 300);
  expect(night.askedAt('resume', 'c') - night.askedAt('resume', 'd')).toBeGreaterThanOrEqual(18);
});

it('wakes no rig that it had fed just before a short outage until mains has held again', async () => {
  night = await scenario(farm());
  await night.submit({ kind: 'hold', as: 'down', rigs: ['a'] });
  await night.until('it is cut', () => night.edges.length === 1, 200);
  await night.run(70);
  await night.submit({ kind: 'release', rigs: ['a'] });
  await night.until('it is fed', () => night.edges.length === 2, 100);
  night.loseMains();
  await night.run(20);
  night.returnMains();
  const back = night.nowSeconds;
  await night.until('every rig hashes', () => night.hashing().length === 4, 1_200);
  expect(night.askedAt('resume', 'a') - back).toBeGreaterThanOrEqual(60);
});

it('does not cut a slow rig on the mains because one of two UPSes has lost its own', async () => {
  const rigs = { a: rig(8, { cutBy: ['ka'] }), b: rig(6, { fedBy: ['shelf'] }), slow: rig(7, { fedBy: ['mains'], cutBy: ['kslow'] }) };
  night = await scenario(farm({ ups: { rack: RACK, shelf: RACK }, rigs }));
  await night.run(60);
  night.rig('slow', { answerSeconds: 7 });
  night.loseMains('shelf');
  await night.run(120);
  expect(night.hashing()).toContain('slow');
  expect(night.edges).toEqual([]);
  night.returnMains('shelf');
  night.rig('slow', { answerSeconds: 0 });
  await night.run(120);
});

it('says the resume again to a rig that swallowed the first one and calls itself starting', async () => {
  night = await scenario(farm());
  night.rig('d', { willNotWake: true });
  await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
  await night.until('it is cut', () => night.edges.length === 1, 200);
  await night.submit({ kind: 'release', rigs: ['d'] });
  await night.until('it is asked to resume', () => night.asked('resume').includes('d'), 600);
  await night.run(30);
  night.rig('d', { willNotWake: false });
  await night.until('every rig hashes', () => night.hashing().length === 4, 1_500);
});

it('starts one rig after the other when a journal that was full takes its records again', async () => {
  night = await scenario(farm());
  await night.submit({ kind: 'hold', as: 'down', rigs: 'all' });
  await night.until('all are cut', () => night.edges.length === 4, 300);
  night.card.misbehave({ code: 'ENOSPC' });
  await night.submit({ kind: 'release', rigs: 'all' });
  await night.run(200);
  const before = night.edges.length;
  night.card.misbehave({});
  await night.until('every rig hashes', () => night.hashing().length === 4, 1_500);
  const fed = night.edges.slice(before).map(({ at }) => at);
  expect(fed.slice(1).every((at, index) => at - (fed[index] ?? 0) >= 9)).toBe(true);
});

it('lets a contact that it finds open rest from when it was seen so, for nobody knows since when it is', async () => {
  night = await scenario(farm());
  await night.run(20);
  // Neither the wish nor the cut ever reaches the card.
  night.card.misbehave({ code: 'ENOSPC' });
  await night.submit({ kind: 'hold', as: 'down', rigs: ['d'], now: true });
  await night.until('it is cut', () => night.edges.length === 1, 60);
  night.kill();
  night.card.misbehave({});
  await night.run(5);
  await night.start();
  await night.run(5);
  expect(night.events('noted').map(({ say }) => String(say))).toEqual([expect.stringContaining('lastwatt up d')]);
  await night.submit({ kind: 'hold', as: 'up', rigs: ['d'] });
  await night.until('it hashes', () => night.hashing().length === 4, 300);
  expect((night.edges[1]?.at ?? 0) - (night.edges[0]?.at ?? 0)).toBeGreaterThanOrEqual(60);
});

it('starts no rig just behind another whose contact moves at a late try', async () => {
  night = await scenario(farm({ ...ALWAYS, ups: { rack: { ...RACK, nominalWatts: 8_000 } } }));
  await allDark();
  night.returnMains();
  night.world.switches.get('ka')?.misbehave({ refuses: true });
  await night.until('another is fed first', () => night.edges.at(-1)?.to === 'fed', 600);
  night.world.switches.get('ka')?.misbehave({ refuses: false });
  await night.until('every rig hashes', () => night.hashing().length === 4, 1_800);
  const fed = night.edges.filter(({ to }) => to === 'fed').map(({ at }) => at);
  expect(
    fed
      .slice(1)
      .map((at, index) => at - (fed[index] ?? 0))
      .filter((gap) => gap < 9),
  ).toEqual([]);
});

it('takes no rig for awake that is only on its way to sleep by our order', async () => {
  const rigs = { ...RIGS, d: rig(2, { sim: { pauseSeconds: 20 } }) };
  night = await scenario(farm({ rigs }));
  await night.run(20);
  // Its pause reaches it late, after a silence longer than its grace.
  night.rig('d', { hangs: true });
  await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
  await night.run(45);
  night.rig('d', { hangs: false });
  await night.until('its pause is taken', () => night.world.rigs.get('d')?.look().saysPaused === true, 60);
  await night.submit({ kind: 'release', rigs: ['d'] });
  await night.until('it hashes and nothing is owed to it', () => night.hashing().length === 4 && night.asked('resume').includes('d'), 300);
  expect(night.events('noted')).toEqual([]);
});

it('takes no rig for awake that a drill has sent to sleep just before the service died', async () => {
  const rigs = { ...RIGS, d: rig(2, { cutBy: ['kd'], sim: { pauseSeconds: 20 } }) };
  night = await scenario(farm({ rigs }));
  await night.at(20, () => night.submit({ kind: 'drill', rig: 'd', cut: false }));
  await night.run(2);
  night.kill();
  await night.run(1);
  await night.start();
  await night.run(60);
  await night.until('it hashes', () => night.hashing().length === 4, 300);
  expect(night.events('noted')).toEqual([]);
});
