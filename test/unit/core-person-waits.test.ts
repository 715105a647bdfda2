// What a person's wish waits for: never above the floor, so never below the return charge; the same whether or not there ever
// was an outage; and he is told.
import { describe, expect, it } from '@jest/globals';
import { admitCommand } from '../../src/core/admit.ts';
import { whyOf } from '../../src/core/why.ts';
import { Desk, siteOf, type UpsWords, ups } from '../support/core-desk.ts';

const up = { kind: 'hold', as: 'up', rigs: ['a'] } as const;
const release = { kind: 'release', rigs: ['a'] } as const;

function heldDown(figures: Partial<UpsWords> = {}, outage = false): Desk {
  const desk = new Desk(siteOf()).set('rack', { words: 'OL', charge: 100, ...figures });
  if (outage) desk.pass(40).set('rack', { words: 'OB' }).pass(10).set('rack', { words: 'OL' }).pass(65);
  desk.pass(40).say({ kind: 'hold', as: 'down', rigs: ['a'] });
  return desk.pass(70);
}

const UNTOLD = { charge: undefined, runtime: 'none' } as const;

const told = (desk: Desk, command: typeof up | typeof release): readonly string[] => {
  const answer = admitCommand(desk.scene(), command);
  return answer.ok ? answer.say : [answer.refused];
};

describe.each([
  ['an outage', true],
  ['no outage yet', false],
] as const)('after %s', (_, outage) => {
  it.each([
    ['an empty battery', { charge: 10 }, 'charge too low'],
    ['an empty battery of unknown size', { charge: 10, runtime: 'none' }, 'charge too low'],
    ['low battery on mains', { words: 'OL LB' }, 'low battery on mains'],
  ] as const)('a rig waits for %s, released or wanted up, an hour at most, and says so', (_, figures, why) => {
    for (const command of [release, up]) {
      const desk = heldDown({}, outage).set('rack', figures).pass(5);
      expect(told(desk, command)).toContainEqual(expect.stringMatching(new RegExp(`^a waits at most 3\\d\\d\\d s: ${why}$`)));
      desk.say(command);
      desk.pass(300);
      expect([desk.asked('feed'), desk.rig('a')?.phase]).toEqual([[], 'dark']);
      expect(whyOf(desk.state, desk.site, desk.nowMs, 'a', new Map())?.say).toContainEqual(
        expect.stringMatching(new RegExp(`^next: waits at most 3\\d\\d\\d s: ${why}$`)),
      );
    }
  });

  it('a full battery keeps nobody waiting, and nothing is said', () => {
    for (const command of [release, up]) {
      const desk = heldDown({}, outage);
      expect(told(desk, command)).toEqual([]);
      desk.say(command);
      expect(desk.pass(60).rig('a')?.phase).toBe('hashing');
    }
  });
});

describe('where nothing tells of the battery', () => {
  it('a person is not kept waiting while no outage can have used it', () => {
    const desk = heldDown(UNTOLD);
    expect(told(desk, release)).toEqual([]);
    desk.say(release);
    expect(desk.pass(60).rig('a')?.phase).toBe('hashing');
  });

  it('he waits for steady mains after an outage, and no longer', () => {
    const desk = heldDown(UNTOLD, true);
    expect(told(desk, release)).toEqual([expect.stringMatching(/^a waits at most 3\d\d\d s: charge unknown$/)]);
    desk.say(release);
    expect(desk.pass(300).asked('feed')).toEqual([]);
    expect(desk.pass(3600).rig('a')?.phase).toBe('hashing');
  });
});

it('a full battery of which no runtime is told yet keeps nobody waiting: no outage can have used it', () => {
  const desk = heldDown({ charge: 95, runtime: 'none' });
  expect(told(desk, release)).toEqual([]);
  desk.say(release);
  expect(desk.pass(60).rig('a')?.phase).toBe('hashing');
});

it('a battery of which nothing tells and the file says nothing any more is not known: who is out waits for steady mains', () => {
  const rack = ups('rack', {
    minutesAtWatts: [
      [1000, 40],
      [4000, 10],
    ],
  });
  const before = new Desk(siteOf({ ups: [rack] })).set('rack', UNTOLD).pass(40).set('rack', { words: 'OB LB' }).pass(60);
  const desk = new Desk(siteOf()).set('rack', UNTOLD);
  desk.nowMs = before.nowMs;
  desk.state = before.state;
  for (const id of desk.rigs.keys()) desk.world(id, { fed: false, hashing: false });
  desk.pass(120);
  expect(whyOf(desk.state, desk.site, desk.nowMs, 'a', new Map())?.say).toContainEqual(
    expect.stringMatching(/^next: waits at most 3\d\d\d s: charge unknown$/),
  );
  expect(desk.asked('feed')).toEqual([]);
  expect(desk.pass(3600).rig('a')?.phase).toBe('hashing');
});

it('who wants a rig up just after an outage is told for how long mains must hold', () => {
  const desk = new Desk(siteOf()).pass(40).set('rack', { words: 'OB LB', charge: 30 }).pass(60);
  desk.set('rack', { words: 'OL', charge: 90 }).pass(10);
  expect(told(desk, up)).toEqual([expect.stringMatching(/^a waits 5\d s: mains not held$/)]);
});
