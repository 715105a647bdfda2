// One switch for two rigs, of which a person holds one down: in an outage it opens on both, and closes on neither.
import { describe, expect, it } from '@jest/globals';
import { isAlarm } from '../../src/engine/words.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

function afterOutage(): Desk {
  const rigs = [rig('a', 8, { cutBy: ['kab'] }), rig('b', 6, { cutBy: ['kab'] }), rig('c', 4)];
  const desk = new Desk(siteOf({ rigs })).pass(40);
  desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
  desk.pass(60);
  expect([desk.rig('a')?.phase, desk.rig('b')?.phase]).toEqual(['hashing', 'paused']);
  return desk.set('rack', { words: 'OB LB', charge: 18 }).pass(90).set('rack', { words: 'OL', charge: 90 }).pass(300);
}

describe('a switch that an outage opened on a rig that is held down and on one that hashed beside it', () => {
  it('stays open, and a person is told whom to release', () => {
    const desk = afterOutage();
    expect(desk.asked('feed')).toEqual(['kc']);
    const said = desk.named('fault').filter(({ rig: id }) => id === 'a');
    expect(said).toEqual([
      {
        event: 'fault',
        code: 'shares-a-switch',
        rig: 'a',
        say: 'a stays dark: kab stays open for b, which is held down behind it; to bring a back: lastwatt release b, or lastwatt up b',
      },
    ]);
    expect(said.every(isAlarm)).toBe(true);
  });

  it.each([
    { kind: 'release', rigs: ['b'] },
    { kind: 'hold', as: 'up', rigs: ['b'] },
  ] as const)('closes after %j, and all is well', (command) => {
    const desk = afterOutage();
    desk.say(command);
    desk.pass(200);
    expect([desk.rig('a')?.phase, desk.rig('b')?.phase]).toEqual(['hashing', 'hashing']);
    expect(desk.state.memory.rigs.get('a')?.fault).toBeUndefined();
  });

  it('is no fault any more once lastwatt is disarmed: nobody would bring it back, whoever is released', () => {
    const desk = afterOutage();
    desk.say({ kind: 'disarm', yes: true });
    desk.pass(2);
    expect(desk.state.memory.rigs.get('a')?.fault).toBeUndefined();
    desk.say({ kind: 'release', rigs: ['b'] });
    desk.pass(200);
    expect([desk.rig('a')?.phase, desk.state.memory.rigs.get('a')?.fault]).toEqual(['paused', undefined]);
  });

  it('is told anew where lastwatt is armed again and the contact still stays open', () => {
    const desk = afterOutage();
    desk.say({ kind: 'disarm', yes: true });
    desk.pass(2);
    desk.say({ kind: 'arm' });
    desk.pass(2);
    expect(desk.state.memory.rigs.get('a')?.fault?.code).toBe('shares-a-switch');
  });

  it('is no fault any more once the other is held down, too', () => {
    const desk = afterOutage();
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(5);
    expect(desk.state.memory.rigs.get('a')?.fault).toBeUndefined();
  });
});

it('a rig that hashes by another of its contacts, which does not open, has no such fault from that very moment on', () => {
  const rigs = [rig('a', 8, { cutBy: ['ka', 'kab'] }), rig('b', 6, { cutBy: ['kab'] })];
  const desk = new Desk(siteOf({ rigs })).pass(40);
  desk.stuck.add('ka');
  desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
  desk.pass(60).set('rack', { words: 'OB LB', charge: 18 }).pass(90).set('rack', { words: 'OL', charge: 90 }).pass(300);
  expect(desk.state.memory.rigs.get('a')?.fault?.code).toBe('shares-a-switch');
  desk.world('a', { fed: true, hashing: true });
  while (desk.named('returned').length === 0) desk.pass(1);
  expect(desk.state.memory.rigs.get('a')?.fault).toBeUndefined();
});

it('a rig whose turn came just before the other was held down takes another turn when that is released, apart from who starts then', () => {
  const desk = new Desk(siteOf({ rigs: [rig('a', 8, { cutBy: ['kab'] }), rig('b', 6, { cutBy: ['kab'] }), rig('c', 4)] })).pass(200);
  desk.say({ kind: 'hold', as: 'down', rigs: ['a', 'b', 'c'], now: true });
  desk.pass(80);
  desk.stuck.add('kab');
  desk.say({ kind: 'release', rigs: ['a', 'b'] });
  desk.pass(2).say({ kind: 'hold', as: 'down', rigs: ['b'] });
  desk.stuck.delete('kab');
  desk.pass(20);
  expect(desk.state.memory.rigs.get('a')?.fault?.code).toBe('shares-a-switch');
  desk.say({ kind: 'release', rigs: ['c'] });
  desk.pass(40);
  const before = desk.steps.length;
  desk.say({ kind: 'hold', as: 'down', rigs: ['c'], now: true });
  desk.pass(80).say({ kind: 'release', rigs: ['c'] });
  desk.pass(2).say({ kind: 'release', rigs: ['b'] });
  desk.pass(120);
  const fed = desk.steps.slice(before).flatMap(({ atMs, due: { step } }) => (step.kind === 'feed' ? [{ atMs, id: step.switch }] : []));
  expect(fed.map(({ id }) => id)).toEqual(['kc', 'kab']);
  expect((fed[1]?.atMs ?? 0) - (fed[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(1000 * siteOf().restore.staggerSeconds);
});

/** Two that are released at once: the contact of `a` alone closes, the one that it shares with `b` does not yet. */
function withOneContactClosing(): Desk {
  const rigs = [rig('a', 8, { cutBy: ['ka', 'kab'] }), rig('b', 6, { cutBy: ['kab'] })];
  const desk = new Desk(siteOf({ rigs })).pass(200);
  desk.say({ kind: 'hold', as: 'down', rigs: ['a', 'b'], now: true });
  desk.pass(80);
  desk.stuck.add('kab');
  desk.say({ kind: 'release', rigs: ['a', 'b'] });
  return desk;
}

it('a rig whose one contact closed before the other was to stay open is woken by that one, and has the other when it may', () => {
  const desk = withOneContactClosing();
  desk.pass(2).world('a', { fed: true, hashing: false });
  desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
  desk.pass(90);
  expect([desk.rig('a')?.phase, desk.named('returned').map(({ rig: id }) => id)]).toEqual(['hashing', ['a']]);
  desk.stuck.delete('kab');
  desk.say({ kind: 'release', rigs: ['b'] });
  desk.pass(120);
  expect(desk.asked('feed').at(-1)).toBe('kab');
});

it('a rig that waits for its turn with one contact closed returns by that, though the other stays open for one that is held down', () => {
  const desk = withOneContactClosing();
  desk.pass(1).world('a', { fed: true, hashing: false }).set('rack', { words: 'OB', charge: 99 }).pass(2);
  expect([desk.asked('feed')[0], desk.rig('a')?.admitted]).toEqual(['ka', false]);
  desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
  desk.set('rack', { words: 'OL' }).pass(300);
  expect([desk.rig('a')?.phase, desk.state.memory.rigs.get('a')?.fault?.code]).toEqual(['hashing', undefined]);
});
