// The fault table of the safety case, row by row: which trouble of a night injects it, and when it was met, so that a
// campaign can say that each was. Rows that no simulated night can show are listed below with the reason.
import type { SimSiteEdge, SimSiteOrder } from '../sim/site.ts';
import type { Night } from './night.ts';
import type { Scenario, Trouble } from './scenario.ts';

/** The night as a row looks at it. Seconds of the night. */
export interface Meeting {
  readonly night: Night;
  readonly scenario: Scenario;
  /** monotonic ms of second 0 */
  readonly startMs: number;
  /** orders and edges in a stretch of time, of one device or all */
  readonly orders: (from: number, to: number, rig?: string) => readonly SimSiteOrder[];
  readonly edges: (from: number, to: number, contact?: string) => readonly SimSiteEdge[];
  /** the outages that overlap a stretch, of one UPS (the grid's included) or any */
  readonly outages: (from: number, to: number, ups?: string) => number;
}

/** When a trouble was there, and on what. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly on: string | undefined;
}

export interface Row {
  readonly id: string;
  readonly what: string;
  /** whether this trouble is of the row */
  readonly injects: (trouble: Trouble, scenario: Scenario) => boolean;
  /** whether it was there when it mattered */
  readonly meets: (meeting: Meeting, span: Span) => boolean;
}

type Quirk = (trouble: Trouble) => boolean;

const quirk =
  (kind: 'ups' | 'rig' | 'switch' | 'card', is: (quirks: Record<string, unknown>) => boolean): Quirk =>
  (trouble) =>
    trouble.kind === kind && is(trouble.quirks as Record<string, unknown>);
const has =
  (name: string): ((quirks: Record<string, unknown>) => boolean) =>
  (quirks) =>
    quirks[name] !== undefined;
const says = (variable: string, words: RegExp): Quirk =>
  quirk('ups', ({ says: said }) => words.test((said as Record<string, string> | undefined)?.[variable] ?? ' '));
const kind =
  (...kinds: readonly Trouble['kind'][]): Quirk =>
  (trouble) =>
    kinds.includes(trouble.kind);

const lasts = (trouble: Trouble): number => (trouble.toSeconds ?? trouble.fromSeconds) - trouble.fromSeconds;

const always: Row['meets'] = () => true;
const inOutage: Row['meets'] = ({ outages }, { from, to }) => outages(from, to) > 0;
const inItsOutage: Row['meets'] = ({ outages }, trouble) => outages(trouble.from, trouble.to, trouble.on) > 0;
const onMains: Row['meets'] = (meeting, trouble) => !inItsOutage(meeting, trouble);
const whenAsked =
  (what: 'pause' | 'resume'): Row['meets'] =>
  ({ orders }, trouble) =>
    orders(trouble.from, trouble.to, trouble.on).some((order) => order.what === what);
const whenMoved: Row['meets'] = ({ edges }, trouble) => edges(trouble.from, trouble.to, trouble.on).length > 0;
const whenActed: Row['meets'] = ({ orders, edges }, { from, to }) => orders(from, to).length + edges(from, to).length > 0;

const SHORT_SECONDS = 18;
const LINGERS_SECONDS = 60;

export const ROWS: readonly Row[] = [
  {
    id: 'F01',
    what: 'data stale on mains, short',
    injects: (one) => quirk('ups', has('stale'))(one) && lasts(one) < SHORT_SECONDS,
    meets: onMains,
  },
  {
    id: 'F02',
    what: 'data stale on mains, long',
    injects: (one) => quirk('ups', has('stale'))(one) && lasts(one) >= SHORT_SECONDS,
    meets: onMains,
  },
  {
    id: 'F03',
    what: 'data lost on battery',
    injects: (one) => quirk('ups', (q) => q['stale'] === true || q['silent'] === true)(one) || one.kind === 'server-gone',
    meets: inItsOutage,
  },
  {
    id: 'F04',
    what: 'link lost about the moment of transfer',
    injects: (one) => quirk('ups', (q) => q['stale'] === true || q['silent'] === true)(one) || one.kind === 'server-gone',
    meets: ({ outages }, trouble) => outages(trouble.from - LINGERS_SECONDS, trouble.from + 2, trouble.on) > 0,
  },
  {
    id: 'F05',
    what: 'flapping',
    injects: kind('mains-gone'),
    meets: ({ outages }, { from, to }) => to - from < 10 && outages(from - 10, to + 10) > 1,
  },
  {
    id: 'F06',
    what: 'outage shorter than a blip',
    injects: (one, { site }) => one.kind === 'mains-gone' && lasts(one) < (site.policy?.ignoreBlipsSeconds ?? 5),
    meets: always,
  },
  { id: 'F07', what: 'low battery on mains', injects: says('ups.status', /OL LB/), meets: onMains },
  {
    id: 'F08',
    what: 'low battery with the first word of battery',
    injects: quirk('ups', (q) => q['lowBattery'] === 'early'),
    meets: inItsOutage,
  },
  { id: 'F09', what: 'runtime falls to 0', injects: says('battery.runtime', /^0$/), meets: inItsOutage },
  { id: 'F10', what: 'runtime absurd', injects: says('battery.runtime', /65535/), meets: inItsOutage },
  { id: 'F11', what: 'charge or load out of range', injects: says('battery.charge', /255|-1/), meets: inItsOutage },
  { id: 'F12', what: 'runtime frozen', injects: quirk('ups', has('frozen')), meets: inItsOutage },
  {
    id: 'F13',
    what: 'runtime told three times too long',
    injects: quirk('ups', (q) => Number(q['runtimeFactor'] ?? 1) >= 3),
    meets: inItsOutage,
  },
  { id: 'F14', what: 'forced shutdown', injects: kind('forced-shutdown'), meets: always },
  { id: 'F15', what: 'self-test, calibration', injects: says('ups.status', /TEST|CAL/), meets: always },
  { id: 'F16', what: 'bypass', injects: says('ups.status', /BYPASS/), meets: always },
  { id: 'F17', what: 'the server restarts', injects: (one) => one.kind === 'server-gone' && lasts(one) < 30, meets: always },
  { id: 'F19', what: 'nothing answers', injects: quirk('ups', has('silent')), meets: always },
  { id: 'F20', what: 'the server answers garbage', injects: quirk('ups', has('garbles')), meets: always },
  {
    id: 'F21',
    what: 'one of two feeds fails',
    injects: (one, { site }) =>
      one.kind === 'mains-gone' &&
      Object.values(site.rigs).some(({ fedBy }) => fedBy.length > 1 && (one.on === undefined || fedBy.includes(one.on))),
    meets: always,
  },
  { id: 'F23', what: 'battery told on mains', injects: says('ups.status', /^OB DISCHRG$/), meets: onMains },
  { id: 'F24', what: 'refuses to pause', injects: quirk('rig', has('refuses')), meets: whenAsked('pause') },
  { id: 'F25', what: 'says paused, and draws', injects: quirk('rig', has('lies')), meets: whenAsked('pause') },
  { id: 'F26', what: 'slow to pause', injects: quirk('rig', has('pauseSeconds')), meets: whenAsked('pause') },
  {
    id: 'F27',
    what: 'does it, and the answer is lost',
    injects: quirk('rig', has('losesAnswers')),
    meets: (meeting, one) => whenAsked('pause')(meeting, one) || whenAsked('resume')(meeting, one),
  },
  { id: 'F28', what: 'tells too few watts', injects: quirk('rig', has('wattsFactor')), meets: inOutage },
  {
    id: 'F29',
    what: 'reboots while paused',
    injects: kind('rig-reboots'),
    meets: ({ orders, night }, trouble) =>
      lastOrder(orders(0, trouble.from, trouble.on)) === 'pause' && !night.world.site.rigs.get(trouble.on ?? '')?.pausePersists,
  },
  { id: 'F31', what: 'wrong credentials', injects: quirk('rig', has('locked')), meets: whenAsked('pause') },
  { id: 'F33', what: 'half an answer', injects: quirk('rig', has('garbles')), meets: always },
  {
    id: 'F34',
    what: 'reboots unasked',
    injects: kind('rig-reboots'),
    meets: ({ orders }, one) => lastOrder(orders(0, one.from, one.on)) !== 'pause',
  },
  { id: 'F35', what: 'hangs', injects: quirk('rig', has('hangs')), meets: inOutage },
  { id: 'F36', what: 'will not wake', injects: quirk('rig', has('willNotWake')), meets: whenAsked('resume') },
  {
    id: 'F39',
    what: 'a contact fails in mid-outage',
    injects: quirk('switch', (q) => q['refuses'] === true || q['unreachable'] === true || q['hangs'] === true),
    meets: inOutage,
  },
  { id: 'F41', what: 'a contact welded', injects: quirk('switch', has('welded')), meets: whenMoved },
  {
    id: 'F42',
    what: 'a second feed',
    injects: kind('second-feed'),
    meets: ({ edges, scenario }, one) =>
      (scenario.site.rigs[one.on ?? '']?.cutBy ?? []).some((contact) => edges(one.from, one.to, contact).some(({ to }) => to === 'cut')),
  },
  {
    id: 'F43',
    what: 'a board resets with its rigs fed',
    injects: kind('board-resets'),
    meets: ({ night, startMs }, one) =>
      night.world.edges.some(({ by, atMs }) => by === 'reset' && Math.abs((atMs - startMs) / 1000 - one.from) < 1),
  },
  {
    id: 'F44',
    what: 'a contact that would move often',
    injects: kind('mains-gone'),
    meets: ({ edges, scenario }) =>
      Object.keys(scenario.site.switches ?? {}).some((id) => edges(0, Number.POSITIVE_INFINITY, id).length > 2),
  },
  {
    id: 'F45',
    what: 'several return together',
    injects: kind('mains-gone'),
    meets: ({ orders, edges }, one) =>
      orders(one.to, one.to + 600).filter(({ what }) => what === 'resume').length +
        edges(one.to, one.to + 600).filter(({ to }) => to === 'fed').length >
      1,
  },
  {
    id: 'F47',
    what: 'the controller dies while contacts are held',
    injects: kind('pi-dead'),
    meets: ({ night, startMs }, one) =>
      night.world.edges.some(({ by, atMs }) => by === 'rest' && Math.abs((atMs - startMs) / 1000 - one.from) < 1),
  },
  { id: 'F48', what: 'killed', injects: kind('killed'), meets: inOutage },
  { id: 'F50', what: 'the card is full', injects: quirk('card', (q) => q['code'] === 'ENOSPC'), meets: whenActed },
  {
    id: 'F51',
    what: 'the card can only be read, or fails',
    injects: quirk('card', (q) => q['code'] === 'EROFS' || q['code'] === 'EIO'),
    meets: whenActed,
  },
  { id: 'F52', what: 'a sync of over 500 ms', injects: quirk('card', (q) => Number(q['syncMs'] ?? 0) > 500), meets: whenActed },
  {
    id: 'F53',
    what: 'a journal with a torn tail',
    injects: (one) => one.kind === 'pi-dead' && one.aftermath !== 'all' && one.aftermath !== 'nothing',
    meets: always,
  },
  { id: 'F55', what: 'the wall clock steps by years', injects: kind('wall-clock'), meets: always },
  { id: 'F56', what: 'the process stands still', injects: (one) => one.kind === 'stopped' && lasts(one) > 5, meets: inOutage },
  { id: 'F58', what: 'power cut in mid-write', injects: kind('pi-dead'), meets: inOutage },
  {
    id: 'F64',
    what: 'contradictory wishes',
    injects: (one, { troubles }) =>
      one.kind === 'person' &&
      one.command.kind === 'hold' &&
      troubles.some(
        (other) =>
          other !== one &&
          other.kind === 'person' &&
          other.command.kind === 'hold' &&
          one.command.kind === 'hold' &&
          other.command.as !== one.command.as,
      ),
    meets: always,
  },
  { id: 'F65', what: 'the button', injects: (one) => one.kind === 'person' && one.from === 'button', meets: always },
  {
    id: 'F66',
    what: 'a wish forgotten',
    injects: (one) => one.kind === 'person' && one.command.kind === 'hold' && one.command.forSeconds !== undefined,
    meets: always,
  },
  {
    id: 'F67',
    what: 'mains back in mid-shed',
    injects: kind('mains-gone'),
    meets: ({ orders }, { from, to }) => orders(Math.max(from, to - 10), to).some(({ what }) => what === 'pause'),
  },
  {
    id: 'F68',
    what: 'a second outage before the battery is full',
    injects: kind('mains-gone'),
    meets: ({ outages }, { from }) => outages(from - 600, from - 0.1) > 0,
  },
  {
    id: 'F69',
    what: 'a generator takes over: late, for good, for a while, or hunting',
    injects: kind('generator'),
    meets: ({ night, startMs }, { from, to }) =>
      night.events('line').some((record) => {
        const second = (record.monoMs - startMs) / 1000;
        return record['to'] === 'generator' && second >= from && second <= to + 1;
      }),
  },
  { id: 'F70', what: 'the network dies', injects: kind('network-gone'), meets: inOutage },
];

/** Where rows are shown that no simulated night can show, or what they wait for. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  F18: 'a TLS handshake needs a real server: test/drivers/nut-tls.test.ts',
  F22: 'a wrong name and a refused user need a server that refuses: test/drivers/nut-real.test.ts',
  F30: 'waits for rigs known by MAC or serial (identity of rigs)',
  F32: 'waits for rigs known by MAC or serial (identity of rigs)',
  F37: 'waits for the family ssh-host, the first whose system is shut down',
  F38: 'a line that is busy needs a kernel: test/drivers/gpio.test.ts, scripts/virtual-pi',
  F40: 'a serial board that is unplugged, noisy or another: test/drivers/serial-pty.test.ts and modbus-master.test.ts',
  F46: 'a glitch at boot needs a kernel: test/drivers/gpio.test.ts shows the order of what is written',
  F49: 'a blocked loop needs a process: the watchdog is fed by completed ticks, test/unit/host-supervisor.test.ts',
  F54: 'records of another version: test/unit/journal-record.test.ts and core-memory.test.ts',
  F57: 'two processes: test/unit/host-lock.test.ts and test/end-to-end/manners.test.ts',
  F59: 'waits for the panel: under-voltage of the Pi is not read yet',
  F60: 'the file: test/unit/config-mistakes.test.ts',
  F61: 'the file: test/unit/config-mistakes.test.ts',
  F62: 'the file: test/unit/config-appraise.test.ts',
  F63: 'the file knows no dependencies between rigs yet',
  F71: 'waits for temperatures',
  F72: 'waits for market data',
  F73: 'waits for surplus of sun and wind',
};

function lastOrder(orders: readonly SimSiteOrder[]): string | undefined {
  return orders.at(-1)?.what;
}
