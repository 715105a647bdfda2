// Rigs on their way down in seldom moments: asleep or dark when the wish comes, woken in the same breath, disarmed in mid-shed.
import { describe, expect, it } from '@jest/globals';
import type { Input } from '../../src/model/input.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const two = () => [rig('a', 8), rig('b', 6)];
const orders = (desk: Desk, id: string, fromMs = 0): string[] =>
  desk.steps
    .filter(({ atMs, due: { step } }) => atMs >= fromMs && ('switch' in step ? step.switch === `k${id}` : step.rig === id))
    .map(({ due: { step, again } }) => `${step.kind}${again ? ' again' : ''}`);

describe('a rig that hashes behind an open contact when the service starts anew', () => {
  const welded = (): Desk => {
    const desk = new Desk(siteOf({ rigs: two() })).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
    desk.pass(60);
    expect(desk.rig('b')?.phase).toBe('dark');
    return desk.restart();
  };

  it('and is held down is asked to pause, for nothing else takes its load off, and told of', () => {
    const desk = welded().world('b', { fed: true, hashing: true });
    const fromMs = desk.nowMs;
    desk.pass(2);
    expect([orders(desk, 'b', fromMs), desk.faults()]).toEqual([['pause'], ['second-feed']]);
    desk.pass(3);
    expect([desk.rig('b')?.phase, orders(desk, 'b', fromMs)]).toEqual(['paused', ['pause']]);
  });

  it('and only waits for its turn is not asked, and is fed in its turn', () => {
    const desk = new Desk(siteOf({ rigs: two() })).pass(40).set('rack', { words: 'OB LB', charge: 18 }).pass(60);
    desk.set('rack', { words: 'OL', charge: 90 }).pass(2).restart().world('b', { fed: true, hashing: true });
    const fromMs = desk.nowMs;
    desk.pass(20);
    expect([orders(desk, 'b', fromMs), desk.faults()]).toEqual([[], []]);
    expect([orders(desk.pass(200), 'b', fromMs), desk.rig('b')?.phase]).toEqual([['feed'], 'hashing']);
  });
});

describe('a rig on mains alone', () => {
  const bare = (): Desk => new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6, { fedBy: ['mains'] })] })).pass(40);

  it('whose contact was to open, for it went dark with the grid, is not on its way to be cut any more with the grid back', () => {
    const desk = bare();
    desk.stuck.add('kb');
    desk.set('rack', { words: 'OB', charge: 99 }).world('b', { silent: true }).pass(40);
    expect(desk.rig('b')?.phase).toBe('cutting');
    desk.stuck.clear();
    desk.set('rack', { words: 'OL' }).pass(2);
    expect(desk.rig('b')?.phase).toBe('unknown');
    desk.world('b', { silent: false }).pass(200);
    expect([desk.rig('b')?.phase, desk.asked('cut')]).toEqual(['hashing', ['kb']]);
  });

  it('that hashed until a blip, and boots after it, is not taken to hash: it has its turn, and is woken where it boots asleep', () => {
    const desk = bare().set('rack', { words: 'OB', charge: 99 }).pass(2);
    expect(desk.rig('b')?.phase).toBe('hashing');
    desk.set('rack', { words: 'OL' }).world('b', { hashing: false, starting: true, uptimeSeconds: 1 }).pass(1);
    expect(desk.rig('b')?.phase).toBe('unknown');
    desk.world('b', { starting: false }).pass(200);
    expect([orders(desk, 'b'), desk.rig('b')?.phase]).toEqual([['resume'], 'hashing']);
  });
});

describe('a rig that was put to sleep by somebody else', () => {
  const sleeps = (change = {}): Desk =>
    new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6, change)] })).world('b', { hashing: false }).pass(40);

  it('is asked nothing by the policy when the service starts anew in an outage, and is owed nothing', () => {
    const desk = sleeps().set('rack', { words: 'OB', charge: 40 }).pass(20).restart().pass(30);
    expect([orders(desk, 'b'), desk.state.memory.rigs.get('b')?.owed]).toEqual([[], undefined]);
    desk.set('rack', { words: 'OL', charge: 90 }).pass(200);
    expect([orders(desk, 'b'), desk.rig('b')?.phase]).toEqual([[], 'paused']);
  });

  it('and is woken in the very moment in which a person wants it down at once is asked to pause before it is cut', () => {
    const desk = sleeps();
    desk.nowMs += 1000;
    const value = { rig: 'b', takenAtMs: desk.nowMs, state: 'hashing', hashRate: 1e14, watts: 1000, wattsFrom: 'measured' } as const;
    const woken: Input = { kind: 'rig', rig: 'b', atMs: desk.nowMs, outcome: { ok: true, value } };
    desk.world('b', { hashing: true });
    desk.tick(woken, { kind: 'command', command: { kind: 'hold', as: 'down', rigs: ['b'], now: true }, from: 'cli' });
    desk.pass(10);
    expect(orders(desk, 'b')).toEqual(['pause', 'cut']);
    expect(desk.state.memory.rigs.get('b')?.owed?.wasUp).toBe(true);
  });
});

it('a rig that was shed asleep, and has power for another behind its contact, is seen asleep still and asked nothing', () => {
  const shared = { cutBy: ['kab'] };
  const rigs = [rig('a', 8, shared), rig('b', 6, { ...shared, fedBy: ['house'], pausePersists: true })];
  const desk = new Desk(siteOf({ rigs, ups: [ups('rack'), ups('house')] })).pass(40);
  for (const id of ['rack', 'house']) desk.set(id, { words: 'OB LB', charge: 18 });
  desk.pass(60).set('rack', { words: 'OL', charge: 90 });
  while (desk.asked('feed').length === 0) desk.pass(1);
  desk.pass(5);
  expect([desk.rig('b')?.phase, orders(desk, 'b')]).toEqual(['paused', ['pause']]);
});

it('a forced shutdown leaves a rig whose grace was over before a restart no last look of two seconds', () => {
  const cutAfter = (words: string): number => {
    const desk = new Desk(siteOf({ rigs: two() })).world('b', { stubborn: true }).pass(40);
    const fromMs = desk.nowMs;
    desk
      .set('rack', { words, charge: 18 })
      .pass(words === 'FSD OB' ? 12 : 30)
      .restart();
    while (!desk.asked('cut').includes('kb')) desk.pass(1);
    return (desk.nowMs - fromMs) / 1000;
  };
  // Of 15 s of the primary's patience 12, and of grace 30, from the second in which the order was done; asked again a second before.
  expect([cutAfter('FSD OB'), cutAfter('OB LB')]).toEqual([14, 33]);
});

it('a drill without a cut of a rig that does not pause never cuts it, asks it anew after its grace, and says what it saw', () => {
  const desk = new Desk(siteOf({ rigs: two() })).world('b', { stubborn: true }).pass(40);
  desk.say({ kind: 'drill', rig: 'b', cut: false });
  desk.pass(31);
  expect(orders(desk, 'b').filter((one) => one === 'pause')).toHaveLength(2);
  desk.pass(200);
  expect(desk.asked('cut')).toEqual([]);
  expect(desk.named('drilled')).toEqual([
    expect.objectContaining({ ok: false, say: expect.stringMatching(/^b was not seen quiet within \d+ s \(its grace is 30 s\)$/) }),
  ]);
  expect(desk.rig('b')?.phase).toBe('hashing');
});

it('a rig that does not heed is not asked again once lastwatt is disarmed, and is at once when it is armed anew', () => {
  const desk = new Desk(siteOf({ rigs: two() })).world('b', { stubborn: true }).pass(40);
  desk.set('rack', { words: 'OB', charge: 40 }).pass(7);
  expect(orders(desk, 'b')).toEqual(['pause']);
  desk.say({ kind: 'disarm' });
  desk.pass(12);
  expect([orders(desk, 'b'), desk.rig('b')?.stop?.tries]).toEqual([['pause'], 1]);
  desk.say({ kind: 'arm' });
  expect(orders(desk, 'b')).toEqual(['pause', 'pause again']);
});

it('a rig that can be asked nothing, and has no contact, is left as it is at the floor', () => {
  const can = { read: true, pause: false, resume: false, halt: false };
  const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6, { can, cutBy: [] })] })).pass(40);
  desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
  expect([orders(desk, 'b'), desk.rig('b')?.phase, desk.rig('b')?.stop]).toEqual([[], 'hashing', undefined]);
  expect(desk.rig('a')?.phase).toBe('dark');
});

it('a rig whose contact stays closed for another behind it is asked on, past its grace, until it obeys', () => {
  const rigs = [rig('a', 8, { cutBy: ['k'] }), rig('b', 6, { cutBy: ['k'], graceSeconds: 10 })];
  const desk = new Desk(siteOf({ rigs })).pass(150).world('b', { stubborn: true });
  desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
  desk.pass(60);
  desk.world('b', { stubborn: false }).pass(60);
  expect([desk.asked('cut'), desk.rigs.get('b')?.hashing, desk.rigs.get('a')?.hashing]).toEqual([[], false, true]);
});
