// What the contact of a transfer switch tells, and does not tell, when it was away: silence, a service that stood still, a restart.
import { describe, expect, it } from '@jest/globals';
import { Yard } from '../support/generator-yard.ts';

describe('the contact of a transfer switch', () => {
  it('that was silent for a while and stands open as before is no generator: nobody is taken down', () => {
    const yard = new Yard();
    yard.ats = 'silent';
    yard.pass(12);
    yard.ats = 'open';
    yard.pass(10);
    expect([yard.hashing().length, yard.desk.asked('pause'), yard.desk.named('line')]).toEqual([4, [], []]);
  });

  it('that nobody asked while the service stood still is none either', () => {
    const yard = new Yard();
    yard.desk.freeze(30);
    yard.pass(10);
    expect([yard.hashing().length, yard.desk.asked('pause')]).toEqual([4, []]);
  });

  it('that was closed before it fell silent counts for its five seconds when it is heard open', () => {
    const yard = new Yard().battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(30);
    yard.ats = 'silent';
    yard.pass(20);
    yard.ats = 'open';
    expect(yard.pass(3).line()).toBe('generator');
    expect(yard.pass(4).line()).toBe('mains');
  });

  it('that chatters wakes nobody: the mains have to hold after it, though no UPS saw an outage', () => {
    const yard = new Yard();
    for (let turn = 0; turn < 8; turn += 1) {
      yard.ats = 'closed';
      yard.pass(1);
      yard.ats = 'open';
      yard.pass(8);
    }
    expect([yard.desk.asked('pause'), yard.desk.asked('resume')]).toEqual([['d', 'c'], []]);
    expect(yard.pass(45).desk.asked('resume')).toEqual([]);
    expect(yard.pass(200).hashing()).toHaveLength(4);
  });

  it('that chatters is told of once, and counts as open when it has been so for two minutes', () => {
    const yard = new Yard();
    const turn = (openSeconds: number): void => {
      yard.ats = 'closed';
      yard.pass(1);
      yard.ats = 'open';
      yard.pass(openSeconds);
    };
    for (let turns = 0; turns < 10; turns += 1) turn(8);
    expect(yard.desk.faults().filter((code) => code === 'input-chatters')).toHaveLength(1);
    expect(yard.desk.named('line').map(({ to }) => to)).toEqual(['generator', 'mains', 'generator', 'mains', 'generator']);
    expect(yard.pass(110).line()).toBe('generator');
    expect([yard.desk.asked('resume'), yard.pass(10).line()]).toEqual([[], 'mains']);
    yard.pass(480);
    expect(yard.desk.named('fault-cleared').map(({ code }) => code)).toEqual(['input-chatters']);
    turn(8);
    expect([yard.line(), yard.desk.faults().length]).toEqual(['mains', 1]);
  });

  it('counts for its five seconds in the first moments of the service, too', () => {
    const yard = new Yard();
    yard.desk.restart();
    yard.ats = 'closed';
    yard.pass(2);
    yard.ats = 'open';
    expect(yard.pass(3).line()).toBe('generator');
    expect(yard.pass(4).line()).toBe('mains');
  });

  it('that a restarted service has not heard yet means what it said last: nobody is started, though the UPS has had power for hours', () => {
    const yard = new Yard({ watts: 0 }, { restore: { staggerSeconds: 0 } }).carriedAfterAll().pass(60);
    yard.desk.freeze(3 * 3600).restart();
    yard.ats = 'silent';
    yard.pass(60);
    expect([yard.line(), yard.desk.asked('feed')]).toEqual(['generator', []]);
  });
});

describe('a UPS on a generator that is lost for some seconds now and then', () => {
  it('is not told of anew each time, and takes nothing that held before for mains', () => {
    const yard = new Yard().battery().pass(10);
    yard.ats = 'closed';
    yard.online().pass(100);
    for (let turn = 0; turn < 4; turn += 1) {
      yard.desk.set('rack', { silent: true });
      yard.pass(9);
      yard.desk.set('rack', { silent: false });
      yard.pass(20);
    }
    expect([yard.line(), yard.hashing(), yard.desk.named('line').length]).toEqual(['generator', ['a', 'b'], 1]);
    yard.desk.set('rack', { silent: true });
    yard.ats = 'open';
    yard.pass(20);
    yard.desk.set('rack', { silent: false });
    yard.pass(50);
    expect(yard.desk.named('line').at(-1)).toEqual({ event: 'line', ups: 'rack', from: 'generator', to: 'mains' });
    expect([yard.line(), yard.desk.asked('resume')]).toEqual(['mains', []]);
    expect(yard.pass(200).hashing()).toHaveLength(4);
  });
});
