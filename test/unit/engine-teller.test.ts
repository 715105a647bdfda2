// What people are told of a tick: in order, after it, and of much some at a time.
import { expect, it } from '@jest/globals';
import { Teller } from '../../src/engine/teller.ts';
import type { Alarmist, Log } from '../../src/host/port.ts';
import type { Event } from '../../src/model/event.ts';
import { VirtualClock } from '../../src/sim/clock.ts';

function told(): { readonly clock: VirtualClock; readonly teller: Teller; readonly lines: string[]; readonly alarms: string[] } {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const alarms: string[] = [];
  const log: Log = { write: (_level, text) => void lines.push(text) };
  const alarmist = { tell: ({ say }: { say: string }) => void alarms.push(say), close: () => Promise.resolve() } as unknown as Alarmist;
  return { clock, teller: new Teller(() => ({ clock, log, alarmist, name: 'barn' })), lines, alarms };
}

const noted = (number: number): Event => ({ event: 'noted', say: `number ${number}` });
const many = (from: number, to: number): Event[] => Array.from({ length: to - from }, (_, at) => noted(from + at));

it('says nothing before whoever calls is done, and then at once', async () => {
  const { teller, lines } = told();
  teller.tell([noted(1)]);
  expect(lines).toEqual([]);
  await Promise.resolve();
  expect(lines).toEqual(['number 1']);
});

it('tells much in parts, and what comes meanwhile behind it', async () => {
  const { clock, teller, lines } = told();
  teller.tell(many(0, 1_000));
  await Promise.resolve();
  expect(lines.length).toBeLessThan(100);
  teller.tell(many(1_000, 1_010));
  await clock.advance(1);
  expect(lines).toEqual(many(0, 1_010).map((event) => (event.event === 'noted' ? event.say : '')));
  teller.tell([noted(2_000)]);
  await Promise.resolve();
  expect(lines.at(-1)).toBe('number 2000');
});

it('keeps no more than a bound', async () => {
  const { clock, teller, lines } = told();
  teller.tell(many(0, 15_000));
  teller.tell(many(15_000, 30_000));
  await clock.advance(1);
  expect(lines).toHaveLength(20_000);
});

it('keeps an alarm beyond that', async () => {
  const { clock, teller, alarms } = told();
  teller.tell([...many(0, 20_000), noted(20_000), { event: 'fault', code: 'will-not-pause', rig: 'ash', say: 'ash goes on' }]);
  await clock.advance(1);
  expect(alarms).toHaveLength(1);
});

it('says when all is told', async () => {
  const { clock, teller, lines } = told();
  await teller.told();
  teller.tell(many(0, 1_000));
  const all = teller.told().then(() => lines.length);
  await clock.advance(1);
  expect(await all).toBe(1_000);
});

it('raises an alarm besides', async () => {
  const { teller, lines, alarms } = told();
  teller.tell([{ event: 'fault', code: 'will-not-pause', rig: 'ash', say: 'ash goes on' }]);
  await Promise.resolve();
  expect(lines).toHaveLength(1);
  expect(alarms).toHaveLength(1);
});
