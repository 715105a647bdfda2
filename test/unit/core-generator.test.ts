// A generator behind a transfer switch: who may run on it, and when.
import { describe, expect, it } from '@jest/globals';
import { admitCommand } from '../../src/core/admit.ts';
import { viewOf } from '../../src/core/views.ts';
import { eventWords } from '../../src/engine/words.ts';
import { failed, ok } from '../../src/model/outcome.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';
import { RIGS, Yard } from '../support/generator-yard.ts';

describe('a UPS that a generator carries', () => {
  it('says so, once, and once more when mains are back', () => {
    const yard = new Yard().battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(30);
    expect(yard.line()).toBe('generator');
    expect(yard.desk.named('line')).toEqual([{ event: 'line', ups: 'rack', from: 'battery', to: 'generator', generator: 'diesel' }]);
    yard.ats = 'open';
    yard.pass(3);
    expect(yard.line()).toBe('generator');
    yard.pass(5);
    expect([yard.line(), yard.desk.named('line').length]).toEqual(['mains', 2]);
  });

  it('loses at once the rigs for which it has no room, and keeps those that earn most together within its watts', () => {
    const yard = new Yard().battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(30);
    expect(yard.hashing()).toEqual(['a', 'b']);
    expect([yard.why('c'), yard.why('d')]).toEqual(['generator-has-no-room', 'generator-has-no-room']);
    expect(viewOf(yard.desk.state, yard.desk.site, yard.desk.nowMs).status).toMatchObject({
      level: 'shedding',
      ups: [{ id: 'rack', line: 'generator' }],
    });
  });

  it('carries no rig where no watts are given, and takes no person at his word', () => {
    const yard = new Yard({ watts: 0 }).battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(5);
    yard.desk.say({ kind: 'hold', as: 'up', rigs: ['a'] });
    yard.pass(60);
    expect(yard.hashing()).toEqual([]);
  });

  it('carries first whom a person wants up', () => {
    const yard = new Yard().battery().pass(10);
    yard.desk.say({ kind: 'hold', as: 'up', rigs: ['d'] });
    yard.ats = 'closed';
    yard.online().pass(40);
    expect(yard.hashing()).toEqual(['a', 'd']);
  });

  it('carries nobody who earns less than the fuel costs', () => {
    const yard = new Yard({ watts: 9000, fuelPerKwh: 0.2 }).battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(40);
    expect(yard.hashing()).toEqual(['a', 'b']);
  });

  it('starts nobody for a minute, then its rigs one by one, the largest first, and nobody else', () => {
    const big = rig('b', 6, { watts: 1400 });
    const yard = new Yard({}, { rigs: [rig('a', 8), big, rig('c', 4), rig('d', 2)] }).carriedAfterAll();
    expect([yard.line(), yard.hashing()]).toEqual(['generator', []]);
    const from = yard.desk.steps.length;
    yard.pass(58);
    expect(yard.desk.steps.slice(from).filter(({ due }) => due.step.kind === 'resume')).toEqual([]);
    yard.pass(180);
    const back = yard.desk.steps
      .slice(from)
      .flatMap(({ atMs, due: { step } }) => (step.kind === 'resume' ? [{ rig: step.rig, atMs }] : []));
    expect(back.map((one) => one.rig)).toEqual(['b', 'a']);
    expect((back[1]?.atMs ?? 0) - (back[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(10_000);
    expect(yard.hashing()).toEqual(['a', 'b']);
  });

  it('counts its minute anew when it has stopped in between', () => {
    const yard = new Yard().carriedAfterAll().pass(50);
    yard.battery(60).pass(5);
    yard.online().pass(50);
    expect(yard.hashing()).toEqual([]);
    yard.pass(200);
    expect(yard.hashing()).toEqual(['a', 'b']);
  });

  it('that stops is on battery as in any outage', () => {
    const yard = new Yard().battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(30);
    yard.desk.set('rack', { words: 'OB LB', charge: 20 });
    yard.pass(60);
    expect([yard.line(), yard.hashing()]).toEqual(['battery', []]);
  });

  it('brings every rig back when the mains are back', () => {
    const yard = new Yard().carriedAfterAll().pass(30);
    yard.ats = 'open';
    yard.pass(400);
    expect(yard.hashing()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not start what hangs on mains alone', () => {
    const rigs = [rig('a', 8), rig('bare', 6, { fedBy: ['mains'] })];
    const yard = new Yard({ watts: 9000 }, { rigs }).battery();
    yard.desk.world('bare', { silent: true, hashing: false });
    yard.pass(60);
    yard.ats = 'closed';
    yard.online().pass(300);
    expect(yard.desk.asked('feed')).toEqual([]);
    yard.desk.world('bare', { silent: false });
    yard.ats = 'open';
    yard.pass(400);
    expect(yard.hashing()).toEqual(['a', 'bare']);
  });

  it('is refused a drill', () => {
    const yard = new Yard().battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(30);
    expect(yard.desk.rig('a')?.phase).toBe('hashing');
    expect(admitCommand(yard.desk.scene(), { kind: 'drill', rig: 'a', cut: false })).toMatchObject({
      ok: false,
      refused: 'no drill on a generator; try again when mains is back',
    });
  });
});

describe('a rig on two UPSes, one of them on a generator', () => {
  it('counts with all its watts, and leaves where there is no room for them', () => {
    const both = rig('a', 8, { fedBy: ['rack', 'shelf'], cutBy: [] });
    const yard = new Yard({ watts: 500 }, { ups: [ups('rack'), ups('shelf')], rigs: [both] }).battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(40);
    expect(yard.hashing()).toEqual([]);
  });
});

describe('a contact that is not heard', () => {
  it('that was never heard holds every start back, and stops nobody', () => {
    const yard = new Yard();
    yard.ats = 'silent';
    yard.pass(10);
    expect([yard.line(), yard.hashing().length]).toEqual(['unknown', 4]);
    yard.desk.set('rack', { words: 'OB LB', charge: 20 });
    yard.pass(60);
    yard.online().pass(600);
    expect(yard.hashing()).toEqual([]);
    expect(yard.desk.named('fault').filter(({ code }) => code === 'input-lost')).toEqual([
      { event: 'fault', code: 'input-lost', input: 'ats', say: 'ats is not heard: ats did not answer' },
    ]);
  });

  it('keeps no farm down for ever: after an hour of steady mains the rigs return', () => {
    const yard = new Yard({}, { restore: { doubtMinutes: 10 } });
    yard.ats = 'silent';
    yard.desk.set('rack', { words: 'OB LB', charge: 20 });
    yard.pass(60);
    yard.online().pass(590);
    expect(yard.hashing()).toEqual([]);
    yard.pass(300);
    expect([yard.line(), yard.hashing().length]).toEqual(['mains', 4]);
  });

  it('means a generator for as long as that was its last word', () => {
    const yard = new Yard({}, { restore: { doubtMinutes: 5 } }).battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(30);
    yard.ats = 'silent';
    yard.pass(900);
    expect([yard.line(), yard.hashing()]).toEqual(['generator', ['a', 'b']]);
    yard.ats = 'open';
    yard.pass(400);
    expect([yard.line(), yard.hashing().length]).toEqual(['mains', 4]);
    expect(yard.desk.named('fault-cleared')).toContainEqual({ event: 'fault-cleared', code: 'input-lost', input: 'ats' });
  });

  it('and that nobody had time to ask is not lost', () => {
    const yard = new Yard();
    const outcome = failed('not-asked', 'busy with an order');
    yard.desk.freeze(30).tick({ kind: 'input', input: 'ats', atMs: yard.desk.nowMs, outcome });
    expect(yard.desk.faults()).toEqual([]);
  });
});

describe('a contact that tells whether the mains are there', () => {
  const hall = (mains: 'closed' | 'open', seconds: number, desk: Desk): Desk => {
    for (let second = 0; second < seconds; second += 1) {
      desk.tick({ kind: 'input', input: 'grid', atMs: desk.nowMs, outcome: ok(mains) });
      desk.pass(1);
    }
    return desk;
  };
  const site = (doubtMinutes = 60) => ({ ...siteOf({ rigs: RIGS, restore: { doubtMinutes } }), mainsWhen: 'grid' });

  it('is a witness beside a UPS that fell silent', () => {
    const desk = hall('closed', 130, new Desk(site()));
    desk.set('rack', { silent: true });
    expect(hall('closed', 60, desk).supply().draining).toBe(false);
    expect(hall('open', 5, desk).supply().draining).toBe(true);
  });

  it('is none where it stood open while the UPS was on mains: its wire is broken', () => {
    const desk = hall('open', 130, new Desk(site()));
    desk.set('rack', { silent: true });
    expect(hall('open', 60, desk).supply().draining).toBe(false);
  });

  it('holds every return back while it is open', () => {
    const desk = hall('closed', 130, new Desk(site()));
    hall('open', 60, desk.set('rack', { words: 'OB LB', charge: 20 }));
    hall('open', 300, desk.set('rack', { words: 'OL', charge: 80 }));
    expect(desk.asked('feed')).toEqual([]);
    hall('closed', 400, desk);
    expect(desk.asked('feed').length).toBe(4);
  });

  it('is doubted when a UPS has had mains for an hour', () => {
    const desk = hall('closed', 130, new Desk(site(10)));
    hall('open', 60, desk.set('rack', { words: 'OB LB', charge: 20 }));
    hall('open', 900, desk.set('rack', { words: 'OL', charge: 80 }));
    expect(desk.asked('feed').length).toBe(4);
  });
});

describe('mains that are back while the contact of the generator is not heard', () => {
  const HOLDS = { restore: { mainsHeldSeconds: 60, doubtMinutes: 60 } };
  /** All rigs sleep, a UPS tells of mains, and nobody knows whose they are. */
  const untold = (): Yard => {
    const yard = new Yard({}, HOLDS);
    yard.desk.set('rack', { words: 'OB LB', charge: 20 });
    yard.ats = 'silent';
    yard.pass(60).online().pass(50);
    return yard;
  };

  it('may have been its power until then: they hold from when it is heard open', () => {
    const yard = untold();
    expect(yard.desk.named('outage-ended').at(-1)).toMatchObject({ line: 'unknown' });
    yard.ats = 'open';
    yard.pass(58);
    expect([yard.line(), yard.hashing()]).toEqual(['mains', []]);
    const told = yard.desk.named('line');
    expect(told).toEqual([{ event: 'line', ups: 'rack', from: 'unknown', to: 'mains' }]);
    expect(told.map((event) => eventWords(event).text)).toEqual(['whose power rack takes is known again: mains']);
    expect(yard.pass(200).hashing()).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['that was started again meanwhile', (desk: Desk): unknown => desk.restart()],
    ['of another boot of the machine', (desk: Desk): unknown => desk.boot('one').boot('two')],
  ])('also to a service %s', (_, anew) => {
    const yard = untold();
    anew(yard.desk);
    yard.pass(40);
    yard.ats = 'open';
    yard.pass(58);
    expect([yard.line(), yard.hashing()]).toEqual(['mains', []]);
    expect(yard.pass(200).hashing()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('and after an outage at whose end it was heard a service that is started again counts from that end', () => {
    const yard = untold();
    yard.ats = 'open';
    yard.pass(10).battery().pass(10).online().pass(30);
    yard.desk.restart();
    yard.pass(95);
    expect(yard.hashing().length).toBeGreaterThan(0);
  });
});
