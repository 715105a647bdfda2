// What stands behind the socket, with behaviour: rigs that are held, drilled and refused, and a journal that grows with it.
import type { ControlHandlers } from '../../src/control/protocol.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { Command } from '../../src/model/command.ts';
import { failed, type Outcome, ok } from '../../src/model/outcome.ts';
import type { CheckItem, CommandAnswer, PlanView, RigView, StatusView, UpsView } from '../../src/model/view.ts';

export interface FakeService {
  readonly handlers: ControlHandlers;
  readonly records: JournalRecord[];
  /** commands as they arrived, with who was said to have sent them */
  readonly asked: { readonly command: Command; readonly actor: string | undefined }[];
  armed: boolean;
  line: 'mains' | 'battery';
  fits: boolean | null;
  items: readonly CheckItem[];
  /** what a reload would come to */
  reload: Outcome<readonly string[]>;
  /** rigs whose drill ends badly */
  readonly stubborn: Set<string>;
  /** rigs whose drill goes on and on */
  readonly endless: Set<string>;
  /** switches that left its file while they were cut */
  readonly lost: Set<string>;
  note(event: string, fields: Readonly<Record<string, unknown>>): void;
}

const RIGS = ['s19-1', 's19-2', 'gpu-2'];
const START = Date.UTC(2026, 10, 3, 9, 0, 0);
const DRILL_STEP_MS = 20;

export function upsView(over: Partial<UpsView> = {}): UpsView {
  return {
    id: 'rack',
    line: 'mains',
    level: 'normal',
    chargePercent: 100,
    runtimeSeconds: 1180,
    runtimeFrom: 'reported',
    loadWatts: 2100,
    ageSeconds: 0.8,
    alarms: [],
    fits: true,
    marginSeconds: 312,
    battery: {
      sources: [{ from: 'reported', usedPercent: 0, stands: 'believed' }],
      rejected: [],
      size: { from: 'reported', fullSeconds: 1180, learnedPercent: null, discharges: 0 },
      learned: null,
      say: ['believed by the runtime that it reports'],
    },
    ...over,
  };
}

export function rigView(over: Partial<RigView> = {}): RigView {
  return {
    id: 's19-1',
    rank: 1,
    phase: 'hashing',
    watts: 3250,
    wattsFrom: 'measured',
    limitWatts: null,
    rewardPerDay: 4.95,
    rewardPerKwh: 0.0635,
    hold: null,
    fault: null,
    drilledAt: '2026-11-03T09:12:00Z',
    fedBy: ['rack'],
    times: { stopSeconds: null, wakeSeconds: null, bootSeconds: null, cutSeconds: null },
    identity: null,
    next: null,
    ...over,
  };
}

export function statusView(over: Partial<StatusView> = {}): StatusView {
  return {
    site: 'barn',
    currency: 'USD',
    armed: true,
    ready: true,
    notReady: [],
    level: 'normal',
    outage: null,
    ups: [upsView()],
    rigs: [rigView()],
    switches: [{ id: 'box:1', state: 'fed' }],
    notes: [],
    ...over,
  };
}

export function planView(fits: boolean | null = true): PlanView {
  const say = fits === true ? 'fits' : 'rack carries 2,700 W: give s19-1 fedBy: [mains]';
  const because = { rule: 'runtime-below-threshold', facts: { runtimeSeconds: 290 } };
  return {
    currency: 'USD',
    ups: [
      { id: 'rack', fits, runtimeSeconds: 1180, shedBelowSeconds: 590, cutBelowSeconds: 130, needSeconds: 95, marginSeconds: 312, say },
    ],
    steps: [{ inSeconds: 180, kind: 'pause', rig: 'gpu-2', because }],
  };
}

export function fakeService(): FakeService {
  const holds = new Map<string, 'up' | 'down'>();
  const service: FakeService = {
    records: [],
    asked: [],
    armed: true,
    line: 'mains',
    fits: true,
    items: [{ verdict: 'pass', about: 'rack', say: 'answers, on mains' }],
    reload: ok(['rig s19-1: watts 3250 -> 3300']),
    stubborn: new Set(),
    endless: new Set(),
    lost: new Set(),
    note: (event, fields) => {
      const seq = (service.records.at(-1)?.seq ?? 0) + 1;
      service.records.push({ v: 1, seq, at: new Date(START + seq * 1000).toISOString(), monoMs: seq * 1000, event, ...fields });
    },
    handlers: {
      status: () =>
        statusView({
          armed: service.armed,
          ready: service.armed,
          notReady: service.armed ? [] : ['it is disarmed'],
          ups: [upsView({ line: service.line })],
          rigs: RIGS.map((id, at) => {
            const as = holds.get(id);
            return rigView({ id, rank: at + 1, hold: as === undefined ? null : { as, from: 'cli', endsInSeconds: null } });
          }),
        }),
      plan: () => planView(service.fits),
      why: (rig) =>
        rig !== undefined && !RIGS.includes(rig)
          ? failed('refused', `there is no rig ${rig}; there are: ${RIGS.join(', ')}`)
          : ok({
              subject: rig ?? 'barn',
              say: ['hashing, as nothing stands against it'],
              because: [{ rule: 'nothing-against', facts: {} }],
            }),
      journal: (query) => Promise.resolve(page(service.records, query)),
      check: (rig) => Promise.resolve(rig === undefined ? service.items : service.items.filter(({ about }) => about === rig)),
      reload: () => Promise.resolve(service.reload),
      hand: ({ rig, on }) =>
        Promise.resolve(
          service.line === 'battery' ? failed('refused', `${rig}: not in an outage`) : ok([`${rig} blinks${on ? '' : ' no more'}`]),
        ),
      command: (command, actor) => {
        service.asked.push({ command, actor });
        return Promise.resolve(obey(service, command, holds));
      },
    },
  };
  service.note('started', { version: '0.1.0', armed: true, pid: 4711, bootId: 'b' });
  return service;
}

function page(
  records: readonly JournalRecord[],
  { sinceSeq, sinceWallMs, limit }: Parameters<ControlHandlers['journal']>[0],
): readonly JournalRecord[] {
  const found = records.filter(({ seq, at }) => seq >= (sinceSeq ?? 0) && Date.parse(at) >= (sinceWallMs ?? 0));
  return sinceSeq === undefined ? found.slice(-limit) : found.slice(0, limit);
}

function obey(service: FakeService, command: Command, holds: Map<string, 'up' | 'down'>): CommandAnswer {
  const done = (...say: string[]): CommandAnswer => {
    service.note('command', { command, from: 'cli' });
    return { ok: true, say, plan: planView() };
  };
  const named = 'rig' in command ? [command.rig] : 'rigs' in command && command.rigs !== 'all' ? command.rigs : [];
  const stranger = named.find((rig) => !RIGS.includes(rig) && !(command.kind === 'release' && service.lost.has(rig)));
  if (stranger !== undefined) return { ok: false, refused: `there is no rig ${stranger}; there are: ${RIGS.join(', ')}` };
  if (command.kind === 'hold' || command.kind === 'release') return wish(service, command, { holds, done, first: named[0] });
  if (command.kind === 'disarm' && [...holds.values()].includes('down') && !command.yes) {
    return { ok: false, refused: 'rigs are down and nobody would bring them back: lastwatt disarm --yes' };
  }
  if (command.kind === 'arm' || command.kind === 'disarm') service.armed = command.kind === 'arm';
  if (command.kind === 'drill') void play(service, command.rig, command.cut);
  return done(`${command.kind}: understood`);
}

interface Wish {
  readonly holds: Map<string, 'up' | 'down'>;
  readonly done: (...say: string[]) => CommandAnswer;
  readonly first: string | undefined;
}

function wish(service: FakeService, command: Command & { kind: 'hold' | 'release' }, { holds, done, first }: Wish): CommandAnswer {
  const rigs = command.rigs === 'all' ? RIGS : command.rigs;
  if (command.kind === 'release') {
    for (const rig of rigs) holds.delete(rig);
    return done();
  }
  if (command.as === 'up' && service.line === 'battery') {
    return { ok: false, refused: `${first} is not started on battery (rack, 12 min left); it comes back by itself on mains` };
  }
  for (const rig of rigs) holds.set(rig, command.as);
  return done(`held ${command.as}: ${command.rigs === 'all' ? 'every rig' : rigs.join(', ')}`);
}

async function play(service: FakeService, rig: string, cut: boolean): Promise<void> {
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, DRILL_STEP_MS));
  await wait();
  service.note('step-due', { step: { kind: 'pause', rig }, because: { rule: 'drill', facts: {} } });
  await wait();
  for (let turn = 0; service.endless.has(rig); turn += 1) {
    service.note('phase', { rig, from: 'hashing', to: turn % 2 === 0 ? 'pausing' : 'hashing' });
    await wait();
  }
  const good = !service.stubborn.has(rig);
  if (good) service.note('phase', { rig, from: 'pausing', to: 'paused', proof: 'watts' });
  service.note('phase', { rig: 'other', from: 'hashing', to: 'unknown' });
  await wait();
  const times = { pauseMs: good ? 4200 : null, backMs: good ? 123_000 : null, ...(cut && { cutMs: 6100 }) };
  service.note('drilled', { rig, ok: good, ...times, say: good ? 'as it should' : 'still drawing 3,240 W after its grace' });
}
