// A UPS that died with "battery" as its last word, beside one that is well: what it still tells, and what it does not.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { admitCommand } from '../../src/core/admit.ts';
import { viewOf } from '../../src/core/views.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const RIGS = [rig('a', 8), rig('h', 6, { fedBy: ['house'] }), rig('m', 4, { fedBy: ['mains'] }), rig('n', 2, { fedBy: ['mains'] })];
let desk: Desk;

/** The grid is gone, and with it what hangs on it alone. */
function outage(seconds: number): void {
  for (const id of ['rack', 'house']) desk.set(id, { words: 'OB', charge: 80 });
  for (const id of ['m', 'n']) desk.world(id, { fed: false, hashing: false });
  desk.pass(seconds);
}

/** It is back; the rack is not. */
function backWithoutRack(): void {
  desk.set('rack', { silent: true }).pass(30);
  desk.set('house', { words: 'OL', charge: 80 });
  for (const id of ['m', 'n']) if (!desk.asked('cut').includes(`k${id}`)) desk.world(id, { fed: true });
}

beforeEach(() => {
  desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: RIGS })).pass(40);
});

describe('a UPS that died on battery, beside one that is heard on mains', () => {
  it('does not keep down what hangs on mains alone; its own rigs stay as they are', () => {
    outage(120);
    expect(desk.asked('cut')).toEqual(expect.arrayContaining(['km', 'kn']));
    backWithoutRack();
    desk.pass(600);
    expect(desk.rig('m')?.phase).toBe('hashing');
    expect(desk.rig('n')?.phase).toBe('hashing');
    expect(desk.state.memory.rigs.get('m')?.owed).toBeUndefined();
    expect(desk.asked('resume')).not.toContain('a');
    expect(desk.supply('rack').draining).toBe(true);
  });

  it('has an outage that is not over in what people are shown', () => {
    outage(120);
    backWithoutRack();
    desk.pass(600);
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.outage).toEqual({ ups: ['rack'], seconds: 749 });
  });

  it('is no witness when the other is silent for a moment, long after its own last word', () => {
    outage(60);
    backWithoutRack();
    desk.pass(300).set('house', { silent: true });
    const before = desk.named('outage-began').length;
    desk.pass(20);
    expect(desk.supply('house').draining).toBe(false);
    desk.set('house', { silent: false }).pass(10);
    expect(desk.named('outage-began')).toHaveLength(before);
  });

  it('is one when both fall silent together, as behind one server', () => {
    desk.set('rack', { words: 'OB', charge: 80 }).pass(2);
    for (const id of ['rack', 'house']) desk.set(id, { silent: true });
    desk.pass(20);
    expect(desk.supply('house').draining).toBe(true);
  });

  it('lets what hangs on mains alone, or on the other, be drilled; not what hangs on itself', () => {
    outage(60);
    backWithoutRack();
    desk.pass(600);
    const drill = (id: string) => admitCommand(desk.scene(), { kind: 'drill', rig: id, cut: false });
    expect(drill('m')).toMatchObject({ ok: true });
    expect(drill('a')).toMatchObject({
      ok: false,
      refused: expect.stringMatching(/^no drill: rack has been silent for 10 min and its last word was battery; /),
    });
    desk.say({ kind: 'drill', rig: 'm', cut: false });
    desk.pass(120);
    expect(desk.named('drilled')).toMatchObject([{ rig: 'm', ok: true }]);
  });
});

describe('a word for a rig that hangs on a UPS that is not heard', () => {
  const up = (id: string) => admitCommand(desk.scene(), { kind: 'hold', as: 'up', rigs: [id] });

  it('says that it died on battery, not that mains alone bring the rig back', () => {
    outage(60);
    backWithoutRack();
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(600);
    expect(up('a')).toEqual({
      ok: false,
      refused:
        'a is not started: rack has been silent for 10 min and its last word was battery; get it heard again, or, if it is gone, take it out of the file and restart the service',
    });
  });

  it('says that it is only taken to be on battery where its last word was mains', () => {
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(120).set('rack', { silent: true }).pass(8).set('house', { words: 'OB', charge: 80 }).pass(60);
    expect(up('a')).toEqual({
      ok: false,
      refused: expect.stringContaining('rack has been silent for 68 s and its last word was mains, but it is taken to be on battery; '),
    });
  });

  it('says where it was not heard since a restart in the outage', () => {
    outage(60);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(120).set('rack', { silent: true }).restart().pass(300);
    expect(up('a')).toEqual({
      ok: false,
      refused: expect.stringContaining('rack has not been heard since the service started 5 min ago, and its outage was not over then; '),
    });
  });

  it('to one that is held down says that on mains it must be said again', () => {
    outage(60);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(120);
    expect(up('a')).toEqual({ ok: false, refused: expect.stringMatching(/^a is not started on battery .*; say it again on mains$/) });
  });
});

describe('a UPS that died on battery, where nobody is heard on mains', () => {
  it('keeps down what hangs on mains alone', () => {
    outage(120);
    backWithoutRack();
    desk.set('house', { silent: true }).pass(600);
    expect(desk.rig('m')?.phase).not.toBe('hashing');
    expect(admitCommand(desk.scene(), { kind: 'drill', rig: 'm', cut: false })).toMatchObject({ ok: false });
  });
});
