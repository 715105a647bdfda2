// Another machine on the address of a rig: it is given no order, what it tells counts for nothing, and a person is told.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { rigMemory } from '../../src/core/memory.ts';
import { remember } from '../../src/core/remember.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import { isAnother, mayOrder } from '../../src/core/strangers.ts';
import { viewOf } from '../../src/core/views.ts';
import { whyOf } from '../../src/core/why.ts';
import type { Command } from '../../src/model/command.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const MAC = { a: '02:00:00:00:00:0a', b: '02:00:00:00:00:0b', c: '02:00:00:00:00:0c', d: '02:00:00:00:00:0d' } as const;
const OTHER = '02:00:00:00:00:99';

let desk: Desk;

const faultOf = (id: string): string | undefined => rigMemory(desk.state.memory, id).fault?.code;
const knownAs = (id: string) => rigMemory(desk.state.memory, id).knownAs;
const isBarred = (id: string): boolean => desk.state.memory.barred.has(id);
const release = (rigs: readonly string[] | 'all'): Command => ({ kind: 'release', rigs });
const viewed = (id: string) => viewOf(desk.state, desk.site, desk.nowMs).status.rigs.find((one) => one.id === id);
const why = (id: string): string => whyOf(desk.state, desk.site, desk.nowMs, id, new Map())?.say.join('\n') ?? '';

function named(site = siteOf()): Desk {
  desk = new Desk(site);
  for (const [id, identity] of Object.entries(MAC)) if (site.rigs.has(id)) desk.world(id, { identity });
  return desk;
}

/** All is to be down: low battery. */
const floor = (): Desk => desk.set('rack', { words: 'OB LB', charge: 20 });

beforeEach(() => {
  named().pass(40);
});

describe('a rig that tells who it is', () => {
  it('is known from then on, in one way of writing it, and shown by it', () => {
    expect(knownAs('a')).toEqual({ mac: MAC.a });
    expect(viewed('a')?.identity).toBe(MAC.a);
    expect(why('a')).toContain(`it is the machine MAC ${MAC.a}`);
    desk.world('a', { identity: '02-00-00-00-00-0A' }).pass(2).world('a', { identity: '02000000000A' }).pass(2);
    expect(isBarred('a')).toBe(false);
    expect(desk.named('rig-known')).toHaveLength(4);
  });

  it('is known over a restart, and by the snapshot that a new file of the journal begins with', () => {
    desk.restart();
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(desk.state.memory)))).rigs.get('a')?.knownAs).toEqual({ mac: MAC.a });
    desk.world('a', { identity: OTHER }).pass(2);
    expect(isBarred('a')).toBe(true);
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(desk.state.memory)))).barred).toEqual(desk.state.memory.barred);
    desk.restart();
    expect(desk.scene().site.rigs.get('a')?.can.pause).toBe(false);
  });

  it.each(['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', 'N/A', '0000000000', '', '  ', 'unknown', 'xy'])(
    'is not known by "%s", which many tell',
    (identity) => {
      desk.world('a', { identity }).world('b', { identity }).pass(3);
      expect(isBarred('a') || isBarred('b')).toBe(false);
      expect(knownAs('a')).toEqual({ mac: MAC.a });
    },
  );

  it('is no other for telling its serial once where it told its MAC before', () => {
    desk.world('a', { identity: 'SN-0815-7' }).pass(2);
    expect(isBarred('a')).toBe(false);
    expect(knownAs('a')).toEqual({ mac: MAC.a, serial: 'SN-0815-7' });
    desk.world('a', { identity: 'SN-0815-8' }).pass(2);
    expect(isBarred('a')).toBe(true);
  });

  it('and one day tells nothing is taken at its word', () => {
    desk.world('a', { identity: undefined }).pass(5);
    expect(isBarred('a')).toBe(false);
  });
});

describe('another machine in its place', () => {
  beforeEach(() => {
    desk.world('d', { identity: OTHER, hashRate: 9e14, watts: 300 }).pass(3);
  });

  it('is told as a fault, once, with what to do', () => {
    desk.pass(200);
    expect(desk.faults()).toEqual(['another-rig']);
    const say = desk.named('fault')[0]?.say ?? '';
    expect(say).toContain(`MAC ${OTHER}, and d is MAC ${MAC.d}`);
    expect(say).toContain('lastwatt release d');
    expect(why('d')).toContain(say);
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.ready).toBe(false);
  });

  it('is given no order in an outage: the contact opens as for a rig that cannot be asked', () => {
    floor().pass(60);
    expect(desk.asked('pause').toSorted()).toEqual(['a', 'b', 'c']);
    expect(desk.steps.find(({ due }) => 'switch' in due.step && due.step.switch === 'kd')?.due.step.kind).toBe('cut');
    expect(desk.rig('d')?.phase).toBe('dark');
  });

  it('counts for nothing: neither its hash rate for the rank, nor its watts, nor its word that it is paused', () => {
    expect(desk.rig('d')?.lastHashing?.hashRate).toBe(1e14);
    expect(viewed('d')).toMatchObject({ watts: null, phase: 'unknown' });
    desk.world('d', { hashing: false }).pass(5);
    expect(viewed('d')?.phase).toBe('unknown');
    expect(desk.rig('d')?.reading).toBeUndefined();
  });

  it('is no proof of the pause of the one before', () => {
    named(siteOf({ policy: { cutPaused: 'at-floor' }, rigs: [rig('a', 8), rig('d', 2, { cutBy: [] })] })).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    desk.world('d', { identity: OTHER, hashing: false }).pass(20);
    expect(desk.rig('d')?.phase).toBe('unknown');
    expect(desk.asked('pause')).toEqual(['d']);
  });

  it('is fed again in its turn, and not woken; who it was is owed that until it is there again', () => {
    floor().pass(60).set('rack', { words: 'OL', charge: 100 }).pass(600);
    expect(desk.asked('resume').toSorted()).toEqual(['a', 'b', 'c']);
    expect(desk.asked('feed')).toContain('kd');
    expect(desk.rig('d')?.phase).toBe('unknown');
    expect(rigMemory(desk.state.memory, 'd').owed?.wasUp).toBe(true);
    desk.world('d', { identity: MAC.d, hashing: false }).pass(400);
    expect(desk.asked('resume')).toContain('d');
    expect(desk.rig('d')?.phase).toBe('hashing');
    expect(rigMemory(desk.state.memory, 'd').owed).toBeUndefined();
  });

  it('is drilled by nobody, and a wish of a person moves its contact alone', () => {
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    desk.pass(30);
    expect(desk.asked('pause')).toEqual([]);
    expect(desk.asked('cut')).toEqual(['kd']);
  });

  it('is over when who was known answers again, for a minute', () => {
    desk.world('d', { identity: MAC.d, hashRate: 1e14, watts: 1000 }).pass(40);
    expect(isBarred('d')).toBe(true);
    desk.pass(40);
    expect(isBarred('d')).toBe(false);
    expect(faultOf('d')).toBeUndefined();
    expect(desk.rig('d')?.phase).toBe('hashing');
    floor().pass(10);
    expect(desk.asked('pause')).toContain('d');
  });

  it('that comes and goes by the second is told now and then, and never given an order', () => {
    for (let second = 0; second < 300; second += 1)
      desk.world('d', { identity: second % 2 ? MAC.d : `02:00:00:00:01:${10 + (second % 7)}` }).pass(1);
    expect(isBarred('d')).toBe(true);
    expect(desk.named('fault').length).toBeLessThan(8);
    expect(desk.named('rig-unbarred')).toHaveLength(0);
  });

  it('is the rig from here on when a person releases it by name', () => {
    desk.say(release(['d']));
    desk.pass(3);
    expect(knownAs('d')).toEqual({ mac: OTHER });
    expect(isBarred('d')).toBe(false);
    expect(faultOf('d')).toBeUndefined();
    floor().pass(10);
    expect(desk.asked('pause')).toContain('d');
  });

  it('that is gone again when a person releases the name is not the rig from here on: who answers now is', () => {
    desk.world('d', { identity: MAC.d, hashRate: 1e14, watts: 1000 }).pass(10);
    expect(isBarred('d')).toBe(true);
    desk.say(release(['d']));
    desk.pass(10);
    expect(knownAs('d')).toEqual({ mac: MAC.d });
    expect([isBarred('d'), faultOf('d')]).toEqual([false, undefined]);
    floor().pass(10);
    expect(desk.asked('pause')).toContain('d');
  });

  it('stays another one when all are released, or the button lets go', () => {
    desk.say(release('all'));
    desk.pass(3);
    desk.tick({ kind: 'command', command: release(['d']), from: 'button' });
    desk.pass(3);
    expect(isBarred('d')).toBe(true);
    expect(faultOf('d')).toBe('another-rig');
  });

  it('accepted while it is owed a return is fed, and not woken: who slept by our doing was the other', () => {
    floor().pass(60);
    desk.say(release(['d']));
    desk.world('d', { identity: OTHER, hashing: false }).set('rack', { words: 'OL', charge: 100 }).pass(900);
    expect(desk.asked('feed')).toContain('kd');
    expect(desk.asked('resume')).not.toContain('d');
  });
});

describe('one machine under two names', () => {
  it('is given no order under either, and both are told', () => {
    desk.world('d', { identity: MAC.c }).pass(3);
    expect(isBarred('c') && isBarred('d')).toBe(true);
    expect([faultOf('c'), faultOf('d')]).toEqual(['same-rig-twice', 'same-rig-twice']);
    floor().pass(60);
    expect(desk.asked('pause').toSorted()).toEqual(['a', 'b']);
  });

  it('is so from its first word on', () => {
    named();
    desk.world('d', { identity: MAC.c }).pass(3);
    expect(isBarred('c') && isBarred('d')).toBe(true);
  });

  it('is over for the one that it is when the other is another machine, or has left the file', () => {
    desk.world('d', { identity: MAC.c }).pass(3).world('d', { identity: MAC.d }).pass(130);
    expect(isBarred('c') || isBarred('d')).toBe(false);
    desk.world('d', { identity: MAC.c }).pass(3);
    desk.reload({ rigs: new Map([...desk.site.rigs].filter(([id]) => id !== 'd')) }).pass(3);
    expect(isBarred('c')).toBe(false);
  });

  it('under a name that left the file is no second', () => {
    desk.reload({ rigs: new Map([...desk.site.rigs].filter(([id]) => id !== 'd')) }).pass(2);
    desk.world('c', { identity: MAC.d }).pass(2);
    expect(faultOf('c')).toBe('another-rig');
    expect(desk.named('fault').at(-1)?.say).not.toContain('which is d');
  });
});

it('two that changed addresses are both given no order, and one release by name puts both right', () => {
  desk.world('c', { identity: MAC.d }).world('d', { identity: MAC.c }).pass(100);
  expect(isBarred('c') && isBarred('d')).toBe(true);
  desk.say(release(['c']));
  desk.pass(130);
  expect([knownAs('c'), knownAs('d')]).toEqual([{ mac: MAC.d }, { mac: MAC.c }]);
  expect(isBarred('c') || isBarred('d')).toBe(false);
});

describe('an order on its way', () => {
  const gate = (id: string) => mayOrder(desk.scene(), id);

  it('goes to who was seen to be itself just now, or never told who it is', () => {
    expect(gate('a')).toBe('go');
    named(siteOf()).world('a', { identity: undefined }).pass(3);
    expect(gate('a')).toBe('go');
  });

  it('is preceded by a look where the last was long ago, or a question since had no answer', () => {
    desk.freeze(31);
    expect(gate('a')).toBe('look');
    desk.pass(2);
    expect(gate('a')).toBe('go');
    desk.world('a', { silent: true }).pass(2);
    expect(gate('a')).toBe('look');
    desk.world('a', { silent: false, unread: 'garbled' }).pass(2);
    expect(gate('a')).toBe('look');
    desk.restart();
    expect(gate('a')).toBe('look');
  });

  it('is preceded by a look where what was read just now told who it is by what was asked long ago', () => {
    desk.world('a', { identityAtMs: desk.nowMs - 20_000 }).pass(5);
    expect(gate('a')).toBe('go');
    desk.pass(15);
    expect(gate('a')).toBe('look');
    expect(isBarred('a')).toBe(false);
    desk.world('a', { identityAtMs: undefined }).pass(2);
    expect(gate('a')).toBe('go');
  });

  it('goes to nobody in its place', () => {
    desk.world('a', { identity: OTHER }).pass(2);
    expect(gate('a')).toBe('never');
    const reading = { rig: 'b', takenAtMs: 1, state: 'hashing' } as const;
    expect(isAnother(desk.scene(), 'b', { ...reading, identity: OTHER })).toBe(true);
    expect(isAnother(desk.scene(), 'b', { ...reading, identity: MAC.b.toUpperCase() })).toBe(false);
    expect(isAnother(desk.scene(), 'b', reading)).toBe(false);
  });
});

it('an event of an older version says nothing of who is barred', () => {
  expect(fromSnapshot({ rigs: [], switches: [], supplies: [] }).barred.size).toBe(0);
  const memory = fromSnapshot({ rigs: [], switches: [], supplies: [] });
  expect(remember(memory, { event: 'rig-unbarred', rig: 'a' }, { monoMs: 1, at: '', allRigs: [] }).barred.size).toBe(0);
});

describe('two that changed addresses', () => {
  it('have no fault left once one release has put both right', () => {
    desk.world('c', { identity: MAC.d }).world('d', { identity: MAC.c }).pass(100);
    desk.say(release(['c']));
    desk.pass(130);
    expect([faultOf('c'), faultOf('d')]).toEqual([undefined, undefined]);
  });

  it('while both slept by our doing are both woken: the release of one takes nothing of what is owed to the machine', () => {
    floor().pass(60);
    desk.world('c', { identity: MAC.d, hashing: false }).world('d', { identity: MAC.c, hashing: false }).pass(100);
    desk.set('rack', { words: 'OL', charge: 100 }).pass(500);
    desk.say(release(['c']));
    desk.pass(900);
    expect(desk.asked('resume').toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('leave behind nothing of what the one before was seen to take', () => {
    const times = (id: string) => rigMemory(desk.state.memory, id).times;
    desk.world('c', { identity: MAC.d }).world('d', { identity: MAC.c }).pass(100);
    const { memory } = desk.state;
    memory.rigs.set('d', { ...rigMemory(memory, 'd'), times: { pauseMs: [1, 2, 3] } });
    desk.say(release(['c']));
    desk.pass(130);
    expect(times('d')).toBeUndefined();
  });
});

it('a serial is the same in capitals and in small letters, as firmwares differ in that', () => {
  desk.world('a', { identity: 'sn-0815-ab' }).pass(2).world('a', { identity: 'SN-0815-AB' }).pass(2);
  expect(isBarred('a')).toBe(false);
});

it.each(['0123456789', '1234567890', 'To be filled by O.E.M.', '00:11:22:33:44:55', '02:00:00:00:00:00'])(
  'rigs that tell "%s" are not one rig: that is what nobody filled in',
  (identity) => {
    desk.world('a', { identity }).world('b', { identity }).pass(3);
    expect(isBarred('a') || isBarred('b')).toBe(false);
  },
);
