// What coins earn may reorder the rigs, and nothing else.
import { describe, expect, it } from '@jest/globals';
import { emptyMemory } from '../../src/core/memory.ts';
import { remember } from '../../src/core/remember.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import { initialState } from '../../src/core/state.ts';
import { viewOf } from '../../src/core/views.ts';
import { rankRigs } from '../../src/core/worth.ts';
import { recall } from '../../src/engine/recall.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { Event } from '../../src/model/event.ts';
import { failed, ok } from '../../src/model/outcome.ts';
import type { Rig } from '../../src/model/rig.ts';
import type { Site, SiteCoin } from '../../src/model/site.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const TH = 1e12;
const HOUR = 3600;

const miner = (id: string, coin: string, hashRate: number, perDay: number | undefined, change: Partial<Rig> = {}): Rig =>
  rig(id, undefined, { reward: { coin, hashRate, ...(perDay === undefined ? {} : { perDay }) }, ...change });

const coin = (id: string, perDay?: number): SiteCoin => ({
  id,
  hashRate: TH,
  everyMinutes: 60,
  source: `${id}.example`,
  ...(perDay === undefined ? {} : { perDay }),
});

/** Of each coin two rigs; by the file btc earns more. */
function market({ btc = 0.05, ltc = 0.04 }: { btc?: number | undefined; ltc?: number | undefined } = {}): Site {
  const rigs = [
    miner('b1', 'btc', 100 * TH, 100 * btc),
    miner('b2', 'btc', 80 * TH, 80 * btc),
    miner('l1', 'ltc', 100 * TH, 100 * ltc),
    miner('l2', 'ltc', 80 * TH, 80 * ltc),
  ];
  return { ...siteOf({ rigs }), coins: new Map([coin('btc', btc), coin('ltc', ltc)].map((one) => [one.id, one])) };
}

const order = (desk: Desk): string =>
  rankRigs(desk.scene())
    .map((one) => one.rig)
    .join(' ');

function tell(desk: Desk, id: string, perDay: number): readonly Event[] {
  return desk.tick({ kind: 'coin', coin: id, atMs: desk.nowMs, outcome: ok(perDay) }).events;
}

const faults = (events: readonly Event[]): string[] => events.flatMap((one) => (one.event === 'fault' ? [`${one.code}: ${one.say}`] : []));

describe('what a source tells', () => {
  it('reorders the rigs, and asks nothing of any', () => {
    const desk = new Desk(market()).pass(60);
    expect(order(desk)).toBe('b1 b2 l1 l2');
    const before = desk.steps.length;
    tell(desk, 'btc', 0.03);
    desk.pass(120);
    expect(order(desk)).toBe('l1 l2 b1 b2');
    expect(desk.steps.length).toBe(before);
  });

  it.each([
    ['no number', Number.NaN],
    ['below nothing', -0.05],
    ['nothing', 0],
    ['endless', Number.POSITIVE_INFINITY],
    ['a day for an hour', 0.05 / 24],
    ['cents', 5],
    ['another currency', 0.36],
  ])('is not believed where it is %s: the order stays, and a person is told once what to do', (_, perDay) => {
    const desk = new Desk(market()).pass(60);
    const said = faults(tell(desk, 'btc', perDay));
    expect(said).toEqual([
      expect.stringMatching(/^coin-absurd: btc: btc\.example tells .*not believed.*write perDay: .* under coins\.btc/),
    ]);
    expect(faults(tell(desk, 'btc', perDay))).toEqual([]);
    expect(order(desk)).toBe('b1 b2 l1 l2');
    expect(viewOf(desk.state, desk.site, desk.nowMs).status).toMatchObject({ notes: [expect.stringContaining('not believed')] });
  });

  it('is believed again when it is sane, and that is said', () => {
    const desk = new Desk(market()).pass(60);
    tell(desk, 'btc', 50);
    expect(tell(desk, 'btc', 0.06)).toContainEqual({ event: 'fault-cleared', code: 'coin-absurd', coin: 'btc' });
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.notes).toEqual([]);
  });

  it('is held against the last that was believed, and a person may follow it further by the file', () => {
    const desk = new Desk(market()).pass(60);
    for (const perDay of [0.02, 0.008, 0.0035]) expect(faults(tell(desk, 'btc', perDay))).toEqual([]);
    expect(faults(tell(desk, 'btc', 0.0005))).toHaveLength(1);
    desk.site = { ...desk.site, coins: new Map([['btc', coin('btc', 0.0005)]]) };
    expect(tell(desk, 'btc', 0.0005)).toContainEqual({ event: 'coin', coin: 'btc', perDay: 0.0005, hashRate: TH });
  });

  it('waits until the mains are back where it comes in an outage', () => {
    const desk = new Desk(market()).pass(60).set('rack', { words: 'OB DISCHRG' }).pass(10);
    tell(desk, 'btc', 0.03);
    desk.pass(60);
    expect(order(desk)).toBe('b1 b2 l1 l2');
    desk.set('rack', { words: 'OL' }).pass(10);
    expect(order(desk)).toBe('l1 l2 b1 b2');
  });

  it('is written down when it moves, and seldom where it does not', () => {
    const desk = new Desk(market()).pass(60);
    const kept: number[] = [];
    for (let round = 0; round < 13; round += 1) {
      kept.push(tell(desk, 'btc', 0.05 * (1 + 0.0005 * round)).filter((one) => one.event === 'coin').length);
      desk.nowMs += HOUR * 1000;
    }
    expect(kept).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    expect(tell(desk, 'btc', 0.06)).toContainEqual({ event: 'coin', coin: 'btc', perDay: 0.06, hashRate: TH });
  });
});

describe('a source that is silent', () => {
  it('costs nothing for a day; then the order stays as it is, and a person is told', () => {
    const desk = new Desk(market()).pass(60);
    tell(desk, 'btc', 0.03);
    tell(desk, 'ltc', 0.04);
    desk.nowMs += 25 * HOUR * 1000;
    const { events } = desk.tick({
      kind: 'coin',
      coin: 'btc',
      atMs: desk.nowMs,
      outcome: failed('unreachable', 'nobody is there'),
    });
    expect(faults(events)).toEqual([
      expect.stringMatching(
        /^coin-stale: btc: btc\.example has told nothing usable for 25 h \(nobody is there\); the rigs are ranked by what it told last/,
      ),
      expect.stringMatching(/^coin-stale: ltc/),
    ]);
    expect(order(desk)).toBe('l1 l2 b1 b2');
    expect(tell(desk, 'btc', 0.03)).toContainEqual({ event: 'fault-cleared', code: 'coin-stale', coin: 'btc' });
  });

  it('that never told leaves the ranks to the file', () => {
    const desk = new Desk(market()).pass(60);
    desk.nowMs += 25 * HOUR * 1000;
    expect(faults(desk.tick().events)[0]).toContain('ranked by the file');
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.coins?.[0]).toMatchObject({
      id: 'btc',
      perDay: 0.05,
      from: 'file',
      ageSeconds: null,
    });
  });

  it('that never told, and of which the file says nothing: within a coin who hashes more for a watt goes first', () => {
    const site = market();
    const strip = (one: Rig): Rig => ({ ...one, reward: { coin: one.reward?.coin ?? '', hashRate: one.reward?.hashRate ?? 0 } });
    const desk = new Desk({
      ...site,
      rigs: new Map([...site.rigs].map(([id, one]) => [id, id === 'l1' ? { ...strip(one), watts: 2000 } : strip(one)])),
      coins: new Map([coin('btc'), coin('ltc')].map((one) => [one.id, one])),
    }).pass(60);
    expect(order(desk)).toBe('b1 b2 l2 l1');
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.coins?.[0]).toMatchObject({ perDay: null, from: null });
  });
});

describe('over a restart', () => {
  const event: Event = { event: 'coin', coin: 'btc', perDay: 0.03, hashRate: TH };
  const record = (one: Event, monoMs: number): JournalRecord => ({ v: 1, seq: 1, at: '', monoMs, ...one }) as unknown as JournalRecord;

  it('the last figure stands, with its age', () => {
    const { memory } = recall([record(event, 1_000)], []);
    const site = market();
    const desk = new Desk(site);
    desk.nowMs = 61_000;
    desk.state = initialState(desk.nowMs, memory);
    desk.pass(60);
    expect(order(desk)).toBe('l1 l2 b1 b2');
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.coins?.[0]).toMatchObject({ perDay: 0.03, from: 'source', ageSeconds: 120 });
  });

  it('it goes through the snapshot of a new file, and a snapshot of before knows of none', () => {
    const stamp = { monoMs: 5, at: '', allRigs: [] };
    const memory = remember(emptyMemory(), event, stamp);
    const back = fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(memory))));
    expect(back.coins).toEqual(memory.coins);
    expect(fromSnapshot({ rigs: [], switches: [], supplies: [] }).coins.size).toBe(0);
  });

  it('names without end are not kept', () => {
    let memory = emptyMemory();
    for (let at = 0; at < 500; at += 1) memory = remember(memory, { ...event, coin: `c${at}` }, { monoMs: at, at: '', allRigs: [] });
    expect(memory.coins.size).toBe(100);
    expect(memory.coins.has('c499')).toBe(true);
  });
});
