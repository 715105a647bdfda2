// From an order to cut to its last byte on a serial line, on a port of its own and on a bus that others keep busy; and how soon an
// unplugged board is noticed. Over real ptys, with the drivers and the package that the service uses; the boards are simulated.
import type { Board, Switch } from '../src/switches/port.ts';
import { switchDriver } from '../src/switches/registry.ts';
import { addressBook } from '../src/transports/address-book.ts';
import { serialLines } from '../src/transports/serial-lines.ts';
import { Relays, type SerialBoard } from '../test/support/serial/board.ts';
import { KmtronicBoard } from '../test/support/serial/kmtronic-board.ts';
import { LcusBoard } from '../test/support/serial/lcus-board.ts';
import { ModbusBus } from '../test/support/serial/modbus-board.ts';
import { NumatoBoard } from '../test/support/serial/numato-board.ts';
import { missingForPty, Pty } from '../test/support/serial/socat.ts';
import { sleep, until } from './child.ts';
import { type Figure, inWords, limited, median, type Options, worst } from './figures.ts';

const OWN_PORT_MS = 25;
const UNPLUG_MS = 1_000;
const UNPLUGS = 20;
const DEADLINE_MS = 5_000;
/** Boards on the busy bus, and readings of each that wait at any time. */
const UNITS = 8;
/** ms that a board on the busy bus takes to answer */
const THINKS_MS = 15;

const soon = (): AbortSignal => AbortSignal.timeout(DEADLINE_MS);

/** When the bytes that move the contact had come to the board. */
class Watched implements SerialBoard {
  readonly #board: SerialBoard;
  readonly #moved: () => boolean;
  #told: ((atMs: number) => void) | undefined;

  constructor(board: SerialBoard, moved: () => boolean) {
    this.#board = board;
    this.#moved = moved;
  }

  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#told = resolve;
    });
  }

  powerUp(): void {
    this.#board.powerUp();
  }

  hear(bytes: Uint8Array, say: (bytes: Uint8Array) => void): void {
    const before = this.#moved();
    this.#board.hear(bytes, say);
    if (this.#moved() !== before) this.#told?.(performance.now());
  }
}

interface Case {
  readonly driver: string;
  readonly options: object;
  readonly channel: string;
  readonly board: () => SerialBoard & { readonly relays: Relays };
}

const ALONE: readonly Case[] = [
  { driver: 'lcus', options: { channels: 4 }, channel: '1', board: () => new LcusBoard(4) },
  { driver: 'kmtronic', options: { channels: 4 }, channel: '1', board: () => new KmtronicBoard(4) },
  { driver: 'numato', options: { channels: 8 }, channel: '0', board: () => new NumatoBoard(8) },
];

function opened(driver: string, options: object): Board {
  const kind = switchDriver(driver);
  if (kind === undefined) throw new Error(`no driver ${driver}`);
  return kind.open(options, {
    board: 'box',
    atRest: 'fed',
    nowMs: () => performance.now(),
    addresses: addressBook(() => Promise.reject(new Error('no names here'))),
    secrets: new Map(),
    serial: serial,
  });
}
const serial = serialLines();

const quantiles = (values: readonly number[]): string => {
  const { name, value } = worst(values);
  return `median ${inWords(median(values), 'ms')}, ${name} ${inWords(value, 'ms')}`;
};

export async function serialTimes({ runs, progress }: Options): Promise<readonly Figure[]> {
  const missing = await missingForPty();
  if (missing !== undefined) return [{ what: 'serial boards', measured: 'skipped', beside: missing }];
  const figures: Figure[] = [];
  for (const one of ALONE) figures.push(...(await alone(one, { runs, progress })));
  figures.push(...(await onBus({ runs, progress })));
  figures.push(await unplugged(progress));
  return figures;
}

async function done(what: string, outcome: ReturnType<Switch['set']>): Promise<number> {
  const settled = await outcome;
  if (!settled.ok) throw new Error(`${what}: ${settled.fault.detail}`);
  return performance.now();
}

async function alone(
  { driver, options, channel, board }: Case,
  { runs, progress }: Pick<Options, 'runs' | 'progress'>,
): Promise<readonly Figure[]> {
  const fake = board();
  const watched = new Watched(fake, () => fake.relays.coil(0));
  const pty = new Pty(watched);
  await pty.plug();
  const opening = opened(driver, { device: pty.device, ...options });
  const contact = opening.channel(channel);
  const bytes: number[] = [];
  const settled: number[] = [];
  try {
    await done(`${driver} is there`, contact.set('fed', soon()));
    for (let run = 0; run < runs; run += 1) {
      if (run % 20 === 0) progress(`serial, ${driver}: ${run} of ${runs} cuts`);
      const reading = contact.read?.(soon());
      const came = watched.next();
      const atMs = performance.now();
      const outcome = done('a cut', contact.set('cut', soon()));
      bytes.push((await came) - atMs);
      settled.push((await outcome) - atMs);
      await reading;
      await done('a feed', contact.set('fed', soon()));
    }
  } finally {
    await opening.close();
    await pty.close();
  }
  const judged = worst(bytes);
  const told = driver === 'lcus' ? 'given a second time 50 ms later' : 'and shown by the board';
  return [
    limited(
      {
        what: `serial, ${driver} on its own port${contact.read === undefined ? '' : ', a reading under way'}: set to the last byte (${runs} runs)`,
        measured: `${quantiles(bytes)}; ${told}: ${quantiles(settled)}`,
        beside: `${judged.name} at most ${OWN_PORT_MS} ms`,
      },
      judged.value,
      OWN_PORT_MS,
    ),
  ];
}

/** Each reading that waits is one of another board; what is on the wire is heard out. */
async function onBus({ runs, progress }: Pick<Options, 'runs' | 'progress'>): Promise<readonly Figure[]> {
  const bus = new ModbusBus(Object.fromEntries(Array.from({ length: UNITS }, (_, place) => [place + 1, new Relays(8)])));
  bus.manner = (answer, say) => void setTimeout(say, THINKS_MS, answer);
  const watched = new Watched(bus, () => bus.units.get(1)?.coil(0) === true);
  const pty = new Pty(watched);
  await pty.plug();
  const boards = Array.from({ length: UNITS }, (_, place) => opened('modbus-relay', { device: pty.device, unit: place + 1 }));
  const contacts = boards.map((board) => board.channel('1'));
  const [contact] = contacts;
  const waits: number[] = [];
  const settled: number[] = [];
  let overtaken = 0;
  let busy = true;
  const readers = contacts.map(async (one) => {
    while (busy) await one.read?.(soon());
  });
  try {
    if (contact === undefined) throw new Error('no board');
    for (let run = 0; run < runs; run += 1) {
      if (run % 20 === 0) progress(`serial, a busy bus: ${run} of ${runs} cuts`);
      await sleep(Math.random() * 4 * THINKS_MS);
      const before = bus.requests.length;
      const came = watched.next();
      const atMs = performance.now();
      const outcome = done('a cut', contact.set('cut', soon()));
      waits.push((await came) - atMs);
      // Those that the bus still heard before it: at most the one that was on the wire when the cut was asked for.
      const ahead = bus.requests.slice(before).findIndex(({ code }) => code === 5);
      overtaken = Math.max(overtaken, ahead);
      settled.push((await outcome) - atMs);
      await done('a feed', contact.set('fed', soon()));
    }
  } finally {
    busy = false;
    await Promise.all(readers);
    for (const board of boards) await board.close();
    await pty.close();
  }
  const exchange = await oneExchange();
  const say = `${UNITS} boards on one bus, ${UNITS - 1} readings waiting`;
  return [
    limited(
      {
        what: `serial, ${say}: readings sent between a cut and its order (${runs} runs)`,
        measured: `at most ${overtaken}`,
        beside: 'at most 1, on its way when the cut was asked for',
      },
      overtaken,
      1,
    ),
    {
      what: `serial, ${say}: set to the last byte of the cut`,
      measured: `${quantiles(waits)}; shown by the board: ${quantiles(settled)}`,
      beside: `one reading with nothing waiting: ${quantiles(exchange)}`,
    },
  ];
}

async function oneExchange(): Promise<readonly number[]> {
  const bus = new ModbusBus({ 1: new Relays(8) });
  bus.manner = (answer, say) => void setTimeout(say, THINKS_MS, answer);
  const pty = new Pty(bus);
  await pty.plug();
  const board = opened('modbus-relay', { device: pty.device });
  const times: number[] = [];
  try {
    for (let run = 0; run < 100; run += 1) {
      const atMs = performance.now();
      await board.channel('1').read?.(soon());
      times.push(performance.now() - atMs);
    }
  } finally {
    await board.close();
    await pty.close();
  }
  return times;
}

async function unplugged(progress: Options['progress']): Promise<Figure> {
  const pty = new Pty(new LcusBoard(1));
  const noticed: number[] = [];
  const again: number[] = [];
  await pty.plug();
  const board = opened('lcus', { device: pty.device, channels: 1 });
  const contact = board.channel('1');
  const isThere = async (): Promise<boolean> => (await contact.probe?.(soon()))?.ok === true;
  let newsMs: number | undefined;
  contact.onNews?.(() => {
    newsMs ??= performance.now();
  });
  try {
    for (let turn = 0; turn < UNPLUGS; turn += 1) {
      progress(`serial, unplugged: ${turn} of ${UNPLUGS}`);
      await until('the board is there', isThere, DEADLINE_MS);
      newsMs = undefined;
      const goneMs = performance.now();
      await pty.unplug();
      await until('it is noticed', () => newsMs !== undefined, DEADLINE_MS);
      noticed.push((newsMs ?? Number.NaN) - goneMs);
      await pty.plug();
      const backMs = performance.now();
      await until('it is open again', isThere, 2 * DEADLINE_MS);
      again.push(performance.now() - backMs);
    }
  } finally {
    await board.close();
    await pty.close();
  }
  const most = Math.max(...noticed);
  return limited(
    {
      what: `serial, unplugged (socat ended): noticed (${UNPLUGS} times)`,
      measured: `median ${inWords(median(noticed), 'ms')}, max ${inWords(most, 'ms')}; open again after plugging in: median ${inWords(median(again), 'ms')}, max ${inWords(Math.max(...again), 'ms')}`,
      beside: `at most ${UNPLUG_MS} ms`,
    },
    most,
    UNPLUG_MS,
  );
}
