// What a reload of the file brings of contacts and generators: until they are heard nobody knows whose power it is.
import { describe, expect, it } from '@jest/globals';
import { failed, ok } from '../../src/model/outcome.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';
import { DIESEL, RIGS, Yard } from '../support/generator-yard.ts';

/** All rigs sleep after an outage, mains are back, and the first may start at any moment. */
function aboutToReturn(wish: Parameters<typeof siteOf>[0] = {}): Desk {
  const desk = new Desk(siteOf({ rigs: RIGS, restore: { mainsHeldSeconds: 60, doubtMinutes: 1 }, ...wish }));
  desk.pass(130).set('rack', { words: 'OB LB', charge: 20 });
  desk.pass(60).set('rack', { words: 'OL CHRG', charge: 80 });
  return desk.pass(59);
}

const starts = (desk: Desk): number => desk.asked('feed').length + desk.asked('resume').length;
const hear = (desk: Desk, input: string, word: 'open' | 'closed', askedMs = desk.nowMs): void => {
  desk.tick({ kind: 'input', input, atMs: askedMs, outcome: ok(word) });
};

describe('a generator that a reload brings', () => {
  it('has its contact waited for: nobody is started before that is heard, though mains have held for long', () => {
    const desk = aboutToReturn();
    desk.reload({ generators: [DIESEL] }).pass(30);
    expect([desk.supply().line, starts(desk)]).toEqual(['unknown', 0]);
    for (let second = 0; second < 10; second += 1) {
      hear(desk, 'ats', 'open');
      desk.pass(1);
    }
    expect([desk.supply().line, starts(desk) > 0]).toEqual(['mains', true]);
  });

  it('that carries is one from its first word, and counts its minute from there', () => {
    const desk = aboutToReturn();
    desk.reload({ generators: [DIESEL] });
    for (let second = 0; second < 59; second += 1) {
      hear(desk, 'ats', 'closed');
      desk.pass(1);
    }
    expect([desk.supply().line, starts(desk)]).toEqual(['generator', 0]);
    for (let second = 0; second < 9; second += 1) {
      hear(desk, 'ats', 'closed');
      desk.pass(1);
    }
    expect(starts(desk)).toBeGreaterThan(0);
  });

  it('whose contact is never heard keeps no farm down for longer than the doubt, counted from the reload', () => {
    const desk = aboutToReturn().reload({ generators: [DIESEL] });
    expect(starts(desk.pass(58))).toBe(0);
    expect(starts(desk.pass(10))).toBeGreaterThan(0);
  });
});

describe('a contact under whose name the reload has another one', () => {
  const labelled = (label: string) => ({ generators: [DIESEL], inputs: new Map([['ats', label]]) });

  it('is not known by the words of the one before, not even by those that were asked for before the reload', () => {
    const desk = aboutToReturn().reload(labelled('gpio 5'));
    hear(desk, 'ats', 'open');
    expect(desk.pass(1).supply().line).toBe('mains');
    desk.reload(labelled('gpio 6'));
    hear(desk, 'ats', 'open', desk.nowMs - 1);
    desk.tick({ kind: 'input', input: 'ats', atMs: desk.nowMs - 1, outcome: failed('timeout', 'ats did not answer') });
    expect([desk.supply().line, desk.faults().includes('input-lost')]).toEqual(['unknown', false]);
    hear(desk, 'ats', 'open');
    expect(desk.supply().line).toBe('mains');
  });

  it('tells of nothing else where it was the contact of the mains, and is that of a generator now', () => {
    const desk = new Desk({ ...siteOf(), mainsWhen: 'ats' });
    hear(desk, 'ats', 'closed');
    desk.pass(2);
    desk.reload({ generators: [DIESEL] });
    expect([desk.pass(1).supply().line, desk.asked('pause')]).toEqual(['unknown', []]);
  });
});

describe('a contact that a reload leaves as it was', () => {
  it('is known as before, and so is since when it is asked', () => {
    const yard = new Yard().carriedAfterAll().pass(65);
    const { desk } = yard;
    const before = starts(desk);
    desk.reload({ name: 'byre' });
    expect([desk.state.inputs.has('ats'), desk.state.awaited.get('ats')]).toEqual([true, desk.state.startedAtMs]);
    yard.pass(3);
    expect([yard.line(), starts(desk) >= before]).toEqual(['generator', true]);
  });
});

describe('the contact of the mains that a reload brings', () => {
  it('is waited for as long as it takes to hear it, and no longer', () => {
    const desk = aboutToReturn();
    desk.reload({ mainsWhen: 'grid' });
    expect(starts(desk.pass(6))).toBe(0);
    expect(starts(desk.pass(3))).toBeGreaterThan(0);
  });

  it('holds back who would start when it is heard open, and nobody when it is heard closed', () => {
    const startsAfter = (word: 'open' | 'closed'): number => {
      const desk = aboutToReturn({ restore: { mainsHeldSeconds: 60, doubtMinutes: 60 } });
      desk.reload({ mainsWhen: 'grid' });
      for (let second = 0; second < 5; second += 1) {
        hear(desk, 'grid', word);
        desk.pass(1);
      }
      return starts(desk);
    };
    expect([startsAfter('open'), startsAfter('closed') > 0]).toEqual([0, true]);
  });
});

describe('a generator that carries while the service is started again', () => {
  it('is told of once, and is known to carry before its contact is heard', () => {
    const yard = new Yard().carriedAfterAll().pass(20);
    yard.desk.restart();
    yard.ats = 'silent';
    yard.pass(10);
    yard.ats = 'closed';
    yard.pass(10);
    expect([yard.line(), yard.desk.named('line').length]).toEqual(['generator', 1]);
  });

  it('and stopped meanwhile has the mains hold from when that is heard, though no UPS saw an outage', () => {
    const yard = new Yard({ watts: 0 });
    yard.ats = 'closed';
    yard.pass(60);
    expect(yard.hashing()).toEqual([]);
    yard.desk.restart();
    yard.ats = 'open';
    yard.pass(50);
    expect([yard.line(), yard.desk.asked('resume')]).toEqual(['mains', []]);
    expect(yard.pass(200).hashing()).toHaveLength(4);
  });

  it('is not taken to carry after another boot, nor its mains to have held', () => {
    const yard = new Yard({ watts: 0 });
    yard.ats = 'closed';
    yard.pass(60);
    const { desk } = yard;
    desk.boot('one').boot('another');
    yard.ats = 'silent';
    yard.pass(5);
    expect([yard.line(), desk.state.memory.supplies.get('rack')?.carried]).toEqual(['unknown', { untilMs: desk.state.startedAtMs }]);
  });
});

describe('mains that are back after a generator when the service is started again', () => {
  it('have held since then, not since the outage before the generator', () => {
    const yard = new Yard({ watts: 0 }, { rigs: [rig('a', 8)] });
    yard.battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(300);
    yard.ats = 'open';
    yard.pass(30);
    expect([yard.line(), yard.hashing()]).toEqual(['mains', []]);
    const backMs = yard.desk.nowMs - 25_000;
    yard.desk.restart();
    yard.pass(2);
    expect(Math.abs((yard.desk.supply().steadySinceMs ?? 0) - backMs)).toBeLessThan(3_000);
    expect(yard.desk.asked('resume')).toEqual([]);
  });
});
