// Pools, wallets, fans and clocks are an owner's: what an order of ours left otherwise benches the driver of that rig.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { rigMemory } from '../../src/core/memory.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import { whyOf } from '../../src/core/why.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';
import { limitsOf, mains, outage, site, untilLimited } from '../support/limit-desk.ts';

let desk: Desk;

const OWN = { pools: 'p1', fans: 'f1', clocks: 'c1' };
const benched = () => rigMemory(desk.state.memory, 'd').benched;
const down = (): unknown => desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
const release = (from: 'cli' | 'button' = 'cli'): unknown =>
  desk.tick({ kind: 'command', command: { kind: 'release', rigs: ['d'] }, from });

beforeEach(() => {
  desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('d', 2, { cutBy: [] })] })).world('d', { settings: OWN }).pass(40);
});

describe('an order', () => {
  it('that leaves all as it was is an order like any other', () => {
    down();
    desk.pass(30);
    release();
    desk.pass(120);
    expect(benched()).toBeUndefined();
    expect(desk.faults()).toEqual([]);
  });

  it.each([
    [{ pools: 'p2' }, ['pools'], 'pools or wallets of d'],
    [{ fans: 'f2', clocks: 'c2' }, ['fans', 'clocks'], 'fans and clocks of d'],
  ])('that leaves %j otherwise benches its driver, and is told', (change, changed, words) => {
    down();
    desk.world('d', { settings: { ...OWN, ...change } }).pass(5);
    expect(benched()).toEqual(changed);
    expect(desk.faults()).toEqual(['settings-changed']);
    expect(desk.named('fault')[0]?.say).toContain(words);
    expect(whyOf(desk.state, desk.site, desk.nowMs, 'd', new Map())?.say.join()).toContain('lastwatt release d');
  });

  it('is not blamed for one answer that the next does not bear out', () => {
    down();
    desk
      .pass(2)
      .world('d', { settings: { ...OWN, pools: 'p2' } })
      .pass(1)
      .world('d', { settings: OWN })
      .pass(30);
    expect(benched()).toBeUndefined();
  });

  it('that shows late what it changed is found out as well', () => {
    down();
    desk
      .pass(9)
      .world('d', { settings: { ...OWN, fans: 'f2' } })
      .pass(2);
    expect(benched()).toEqual(['fans']);
  });

  it('is not blamed for what its owner did in the hour in which it could not be read', () => {
    down();
    desk.pass(1).world('d', { unread: 'garbled' }).pass(3600);
    desk.world('d', { unread: undefined, settings: { ...OWN, pools: 'p2' } }).pass(30);
    expect(benched()).toBeUndefined();
    release();
    desk.pass(120);
    down();
    desk.world('d', { settings: { ...OWN, pools: 'p3' } }).pass(5);
    expect(benched()).toEqual(['pools']);
  });

  it('is not blamed for what another machine has, which its owner put in its place while it was dark', () => {
    const [was, is] = ['02:00:00:00:00:0d', '02:00:00:00:00:99'];
    desk.world('d', { identity: was }).pass(5);
    down();
    desk.pass(3).world('d', { silent: true }).pass(100);
    desk.world('d', { silent: false, identity: is, settings: { ...OWN, pools: 'p9' } }).pass(10);
    release();
    desk.pass(10);
    expect(rigMemory(desk.state.memory, 'd').knownAs).toEqual({ mac: is });
    expect(benched()).toBeUndefined();
  });

  it('is not blamed for what its owner does in calm, before it or long after', () => {
    desk.world('d', { settings: { ...OWN, pools: 'p2' } }).pass(30);
    down();
    desk
      .pass(60)
      .world('d', { settings: { ...OWN, pools: 'p3' } })
      .pass(5);
    expect(benched()).toBeUndefined();
  });

  it('is not blamed for what is not told before it or after it', () => {
    down();
    desk.world('d', { settings: { clocks: 'c1' } }).pass(20);
    release();
    desk.world('d', { settings: undefined }).pass(60);
    expect(benched()).toBeUndefined();
  });

  it('is compared with what was asked before it and after it, whatever was read since', () => {
    desk.world('d', { settingsAtMs: desk.nowMs }).pass(15);
    down();
    // Its driver still tells what it was told ahead of the order: nothing is shown by that.
    desk.world('d', { settings: { ...OWN, pools: 'p2' } }).pass(30);
    expect(benched()).toBeUndefined();
    desk.world('d', { settingsAtMs: desk.nowMs }).pass(5);
    expect(benched()).toBeUndefined();
    desk.world('d', { settingsAtMs: desk.nowMs }).pass(5);
    expect(benched()).toEqual(['pools']);
  });

  it('is not compared with what was asked minutes before it', () => {
    desk.world('d', { settingsAtMs: desk.nowMs }).pass(130);
    down();
    desk.world('d', { settingsAtMs: undefined, settings: { ...OWN, pools: 'p2' } }).pass(20);
    expect(benched()).toBeUndefined();
  });

  it('that wakes it is looked at as one that pauses it', () => {
    down();
    desk.pass(30);
    release();
    desk.tick();
    desk
      .pass(1)
      .world('d', { settings: { ...OWN, pools: 'p2' } })
      .pass(20);
    expect(benched()).toEqual(['pools']);
  });
});

describe('a driver that is benched', () => {
  beforeEach(() => {
    down();
    desk.world('d', { settings: { ...OWN, pools: 'p2' } }).pass(5);
    expect(benched()).toEqual(['pools']);
  });

  it('gives that rig no order, and others theirs; it is read as before', () => {
    desk.world('d', { hashing: true });
    release('button');
    desk.pass(30);
    const before = desk.steps.length;
    desk.set('rack', { words: 'OB LB', charge: 20 }).pass(60);
    expect(desk.steps.slice(before).map(({ due }) => ('rig' in due.step ? `${due.step.kind} ${due.step.rig}` : due.step.kind))).toContain(
      'pause a',
    );
    expect(desk.steps.slice(before).some(({ due }) => 'rig' in due.step && due.step.rig === 'd')).toBe(false);
    expect(desk.rig('d')?.reading?.watts).toBe(1000);
  });

  it('stays so over a restart and in the snapshot, until a person releases the rig by name', () => {
    desk.restart().pass(2);
    expect(desk.scene().site.rigs.get('d')?.can).toEqual({ read: true, pause: false, resume: false, halt: false });
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(desk.state.memory)))).rigs.get('d')?.benched).toEqual(['pools']);
    desk.say({ kind: 'release', rigs: 'all' });
    expect(benched()).toEqual(['pools']);
    release();
    expect(benched()).toBeUndefined();
    desk.pass(120);
    expect(desk.rig('d')?.phase).toBe('hashing');
  });
});

it('a rig behind a switch has the grace of its pause all the same, and goes by the switch from then on', () => {
  desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('d', 2)] })).world('d', { settings: OWN, stubborn: true }).pass(40);
  down();
  desk.world('d', { settings: { ...OWN, pools: 'p2' } }).pass(20);
  expect(benched()).toEqual(['pools']);
  expect(desk.asked('cut')).toEqual([]);
  desk.pass(15);
  expect(desk.asked('cut')).toEqual(['kd']);
});

describe('a limit of ours', () => {
  const benchedOf = () => rigMemory(desk.state.memory, 'a').benched;

  beforeEach(() => {
    desk = untilLimited(site().world('a', { settings: OWN }).pass(5));
    expect(limitsOf(desk)).toEqual([1000]);
  });

  it('is no clock that an order changed, nor is its end, nor a pause while it stands', () => {
    desk.world('a', { settings: { ...OWN, clocks: 'limited' } });
    outage(desk, 20);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    outage(desk, 20);
    desk.say({ kind: 'release', rigs: ['a'] });
    mains(desk.world('a', { settings: OWN }));
    expect(limitsOf(desk)).toContain(null);
    expect(benchedOf()).toBeUndefined();
  });

  it('that leaves a pool otherwise is found out as any other order', () => {
    desk.world('a', { settings: { ...OWN, pools: 'p2', clocks: 'limited' } });
    outage(desk, 20);
    expect(benchedOf()).toEqual(['pools']);
  });
});
