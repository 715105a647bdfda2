import { describe, expect, it } from '@jest/globals';
import { lengthOf } from '../../src/cli/text.ts';
import { narrate } from '../../src/demo/narration.ts';
import { type Moment, picture, type Told } from '../../src/demo/picture.ts';
import { renderClaims, renderReceipt } from '../../src/demo/receipt-text.ts';
import { openScreen } from '../../src/demo/screen.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { RigView, StatusView } from '../../src/model/view.ts';
import { upsView } from '../support/fake-service.ts';

function rig(rank: number, change: Partial<RigView> = {}): RigView {
  return {
    id: `rig-${rank}`,
    rank,
    phase: 'hashing',
    watts: 3_000,
    wattsFrom: 'measured',
    limitWatts: null,
    rewardPerDay: 5,
    rewardPerKwh: 0.07,
    hold: null,
    fault: null,
    drilledAt: null,
    fedBy: ['rack'],
    times: { stopSeconds: null, wakeSeconds: null, bootSeconds: null, cutSeconds: null },
    identity: null,
    next: null,
    ...change,
  };
}

const STATUS: StatusView = {
  site: 'demo',
  currency: 'USD',
  armed: true,
  ready: true,
  notReady: [],
  level: 'shedding',
  outage: { ups: ['rack'], seconds: 9 },
  ups: [
    upsView({
      line: 'battery',
      level: 'shedding',
      chargePercent: 50,
      runtimeSeconds: 40,
      runtimeFrom: 'charge',
      loadWatts: 9_000,
      ageSeconds: 0.3,
      marginSeconds: 12,
    }),
  ],
  rigs: [rig(2), rig(1), rig(3, { phase: 'pausing', next: 'cut in 4 s unless seen quiet' })],
  switches: [],
  notes: [],
};

const MOMENT: Moment = {
  at: 75,
  scene: 'outage: the worst earners leave first',
  service: 'running',
  status: STATUS,
  plan: {
    currency: 'USD',
    ups: [],
    steps: [{ inSeconds: 7, kind: 'pause', rig: 'rig-2', because: { rule: 'runtime-below-threshold', facts: {} } }],
  },
  why: ['rack is on battery, level shedding: runtime 40 s believed from charge, rigs leave below 30 s, all below 12 s; 1 rigs down'],
  coinOf: () => 'btc',
};

const STORY: readonly Told[] = [...Array(40).keys()].map((at) => ({ at, text: `something happened, the ${at}th time` }));

describe('the picture', () => {
  it.each([
    [80, 23],
    [120, 39],
    [60, 15],
  ])('fits a terminal of %i columns and %i rows, with the newest of the story at its end', (width, rows) => {
    const lines = picture(MOMENT, STORY, { look: { colour: true, width }, rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map(lengthOf))).toBeLessThanOrEqual(width);
    if (rows > 15) expect(lines.at(-1)).toContain('the 39th time');
  });

  it('shows the battery, the rigs by rank, and what happens next and why', () => {
    const lines = picture(MOMENT, [], { look: { colour: false, width: 80 }, rows: 23 });
    expect(lines[1]).toBe('rack  [###############---------------] 50 %  ON BATTERY  9,000 W, lasts 40 s');
    expect(lines.slice(4, 7).map((line) => line.slice(0, 8))).toEqual(['1  rig-1', '2  rig-2', '3  rig-3']);
    expect(lines).toContain('next: pause rig-2 in 7 s');
    expect(lines.some((line) => line.startsWith('why:  rack is on battery'))).toBe(true);
  });

  it('says that nobody decides while the service is killed', () => {
    const lines = picture({ ...MOMENT, service: 'killed' }, [], { look: { colour: false, width: 80 }, rows: 23 });
    expect(lines[0]).toContain('SERVICE KILLED');
    expect(lines.join('\n')).toContain('nobody decides now');
    expect(lines.join('\n')).not.toContain('why:');
  });

  it('stands before the service has spoken', () => {
    const { status: _, plan: __, ...silent } = MOMENT;
    expect(picture({ ...silent, why: [], service: 'starting' }, [], { look: { colour: false, width: 80 }, rows: 23 })[3]).toBe(
      'the service has not spoken yet',
    );
  });
});

describe('the screen', () => {
  const collect = (isTTY: boolean): { written: string[]; out: Parameters<typeof openScreen>[0] } => {
    const written: string[] = [];
    const write = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
    return { written, out: { isTTY, columns: 80, rows: 24, write } };
  };

  it('is plain lines, as things happen, where there is no terminal', () => {
    const { written, out } = collect(false);
    const screen = openScreen(out, {});
    screen.tell({ at: 1.25, text: 'the mains go', tone: 'care' });
    screen.draw(MOMENT);
    screen.leave();
    expect(written).toEqual(['  1.3 s  the mains go\n']);
  });

  it('leaves a terminal as it was, with the story in its scrollback, each line in its own time', () => {
    const { written, out } = collect(true);
    const screen = openScreen(out, { TERM: 'xterm', NO_COLOR: '1' });
    screen.tell({ at: 9, text: 'seen at once' });
    screen.tell({ at: 8.5, text: 'heard of later' });
    screen.draw(MOMENT);
    screen.leave();
    screen.draw(MOMENT);
    expect(written[0]).toContain('\u001b[?1049h');
    expect(written.at(-1)).toBe('\u001b[?25h\u001b[?1049l  8.5 s  heard of later\n  9.0 s  seen at once\n');
  });
});

describe('the story', () => {
  const record = (event: string, fields: Readonly<Record<string, unknown>>): JournalRecord => ({
    v: 1,
    seq: 1,
    at: '',
    monoMs: 0,
    event,
    ...fields,
  });
  const told = (event: string, fields: Readonly<Record<string, unknown>>): string | undefined =>
    narrate(record(event, fields), () => 3_250)?.text;

  it('says why a rig leaves, how it was seen quiet, and what became of a liar', () => {
    const because = { rule: 'runtime-below-threshold', facts: { runtimeSeconds: 29.4, shedBelowSeconds: 30, rank: 6, of: 6 } };
    expect(told('step-due', { step: { kind: 'pause', rig: 's17' }, because })).toBe(
      's17 is asked to pause: battery for 29 s, under 30 s, rank 6 of 6',
    );
    expect(told('phase', { rig: 's17', from: 'pausing', to: 'paused', proof: 'hash-rate' })).toBe('s17 is seen quiet, by its hash rate');
    expect(told('phase', { rig: 's19', from: 'cutting', to: 'dark', proof: 'grace-over' })).toBe(
      's19 said that it was paused and drew on: cut by its switch at 3,250 W',
    );
  });

  it('leaves out what a spectator need not see, and stands records of another version', () => {
    expect(told('believed', { ups: 'rack' })).toBeUndefined();
    expect(told('phase', { rig: 's17', from: 'unknown', to: 'dark' })).toBeUndefined();
    expect(told('step-due', { step: 7 })).toBeUndefined();
    expect(told('step-due', { step: { kind: 'pause', rig: 's17' } })).toBe('s17 is asked to pause: no reason given');
    expect(told('fault', { say: 'a \u001b[2J fault' })).toBe('a \\x1b[2J fault');
  });
});

describe('the end', () => {
  it('keeps the receipt and the claims within 80 columns', () => {
    const account = { earned: 0.0282, hashingMinutes: 5.8, stops: 4, lowestPercent: 22 };
    const receipt = { lastwatt: account, allAtOnce: account, untilLow: account, withoutOutage: 0.0345 };
    const look = { colour: false, width: 80 };
    const text = `${renderReceipt(receipt, { measured: account, seconds: 80 }, look)}\n${renderClaims([{ say: 'this' }, { say: 'that', but: 'it did not' }], look)}`;
    expect(Math.max(...text.split('\n').map(lengthOf))).toBeLessThanOrEqual(80);
    expect(text).toContain('0.0282 USD    82 %');
    expect(text).toContain('FALSE that: it did not');
  });
});
