// The world around the service: rigs that draw as long as their relays feed them, a battery under them, the real upsd that is told of it.
import { rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { realClock } from '../../src/host/clock.ts';
import type { SimUps } from '../../src/sim/ups.ts';
import { Fleet, type OrderHeard } from '../support/rig-fleet.ts';
import { Header } from './header.ts';
import { everyRig, pause, status, statusSays } from './machine.ts';
import { hasSerialBoards, SERIAL_RIG, SERIAL_SWITCH, SerialBoard } from './serial-board.ts';
import { BASE_WATTS, CONFIG, deviceFile, RIGS, SETTER, siteFile, upsOf } from './site-file.ts';

/** The battery is worked out, and told to upsd, so often. */
const PLAY_EVERY_MS = 500;
const DEVICE = '/etc/nut/rack.dev';

export class Site {
  /** for how long the battery has stood still, and since when it does */
  #heldMs = 0;
  #heldAtMs: number | undefined;
  readonly header = new Header();
  readonly ups: SimUps = upsOf(() => (this.#heldAtMs ?? realClock.monotonicMs()) - this.#heldMs);
  readonly orders: OrderHeard[] = [];
  readonly board = hasSerialBoards() ? new SerialBoard() : undefined;
  readonly #told: Map<string, string>;
  #fleet: Fleet | undefined;
  #over = false;
  #player: Promise<void> = Promise.resolve();
  #turn: Promise<void> = Promise.resolve();
  /** the battery gave out under the rigs */
  died = false;

  private constructor() {
    this.#told = new Map(this.ups.variables());
  }

  static async open(): Promise<Site> {
    const site = new Site();
    const fleet = await Fleet.start(RIGS, (order) => site.orders.push(order));
    site.#fleet = fleet;
    site.header.onEdge(({ relay, level, atMs }) => fleet.move(relay.contact, level === relay.cutLevel ? 'cut' : 'fed', atMs));
    await site.board?.plug();
    site.#player = site.#play();
    return site;
  }

  get fleet(): Fleet {
    if (this.#fleet === undefined) throw new Error('the rigs have not been started');
    return this.#fleet;
  }

  now(): number {
    return realClock.monotonicMs();
  }

  /** The file as it is right, with the serial board where there can be one. */
  async configure(): Promise<void> {
    const more = this.board === undefined ? {} : { rigs: SERIAL_RIG, switches: SERIAL_SWITCH };
    const text = siteFile((rig) => this.fleet.port(rig), more);
    await writeFile(CONFIG, text);
  }

  /** The mains come or go; whoever asks upsd is told so when this resolves. Gives the moment just before. */
  async mains(present: boolean): Promise<number> {
    const atMs = this.now();
    this.ups.mains(present);
    await this.#tell();
    return atMs;
  }

  /** The UPS says low battery until the mains are back. */
  async lowBattery(early: boolean): Promise<number> {
    const atMs = this.now();
    this.ups.misbehave({ lowBattery: early ? 'early' : undefined });
    await this.#tell();
    return atMs;
  }

  /** The battery stands still while `work` is under way: an emulated start takes half a minute, a real one half a second. */
  async batteryHeld(work: () => Promise<void>): Promise<void> {
    this.#heldAtMs = this.now();
    try {
      await work();
    } finally {
      this.#heldMs += this.now() - this.#heldAtMs;
      this.#heldAtMs = undefined;
    }
  }

  /** All of it again, to a driver that has just been started. */
  async tellAgain(): Promise<void> {
    this.#told.clear();
    await this.#tell();
  }

  async until(what: string, isTrue: () => boolean | Promise<boolean>, withinSeconds = 30): Promise<void> {
    const deadline = this.now() + withinSeconds * 1000;
    while (!(await isTrue())) {
      if (this.died) throw new Error(`the battery gave out under the rigs, while waiting until ${what}; ${this.#seen()}`);
      if (this.now() > deadline) throw new Error(`not within ${withinSeconds} s: ${what}; ${this.#seen()}; ${await toldBy()}`);
      await pause(100);
    }
  }

  /** Every rig hashes, every relay feeds, and the service has seen so. */
  async calm(withinSeconds = 60): Promise<void> {
    await this.until('every rig hashes', () => this.fleet.allHashing && this.header.allFed, withinSeconds);
    await statusSays('every rig is seen hashing', (seen) => everyRig(seen, ({ phase }) => phase === 'hashing'));
    // A battery that is full again: the next outage begins where the first one did.
    await this.until('the battery is full', () => this.ups.depth === 0, 40);
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#player;
    await this.fleet.stop();
    await this.board?.unplug();
    this.header.close();
  }

  #seen(): string {
    const rigs = this.fleet.bestFirst.map((id) => `${id} ${this.fleet.dark(id) ? 'dark' : this.fleet.hashing(id) ? 'hashing' : 'still'}`);
    return `seen: ${rigs.join(', ')}; battery ${Math.round((1 - this.ups.depth) * 100)} %`;
  }

  async #play(): Promise<void> {
    while (!this.#over) {
      this.ups.load(BASE_WATTS + this.fleet.watts);
      if (!this.ups.live) this.died = true;
      // What does not get through now is told at the next turn.
      await this.#tell().catch(() => undefined);
      await pause(PLAY_EVERY_MS);
    }
  }

  #tell(): Promise<void> {
    const told = this.#turn.then(async () => {
      const all = this.ups.variables();
      const news = [...all].filter(([name, value]) => this.#told.get(name) !== value);
      if (news.length === 0) return;
      await writeFile(`${DEVICE}.new`, deviceFile(all), { mode: 0o644 });
      await rename(`${DEVICE}.new`, DEVICE);
      await setVariables(news);
      for (const [name, value] of news) this.#told.set(name, value);
    });
    this.#turn = told.catch(() => undefined);
    return told;
  }
}

async function toldBy(): Promise<string> {
  const seen = await status();
  return seen === undefined ? 'the service does not answer' : JSON.stringify({ outage: seen.outage, ups: seen.ups, rigs: seen.rigs });
}

/** Sent in one packet; as many answers are waited for, at most 5 s. */
function setVariables(values: readonly (readonly [string, string])[]): Promise<void> {
  const lines = [
    `USERNAME ${SETTER.username}`,
    `PASSWORD ${SETTER.password}`,
    ...values.map(([name, value]) => `SET VAR rack ${name} "${value}"`),
  ];
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(3493, '127.0.0.1', () => socket.write(lines.map((line) => `${line}\n`).join('')));
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const replies = text.split('\n').slice(0, -1);
      if (replies.length === lines.length && replies.every((reply) => reply.startsWith('OK'))) resolve();
      else reject(new Error(`upsd answered ${JSON.stringify(replies)}`));
    };
    const timer = setTimeout(end, 5000);
    socket.on('error', end).on('close', end);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.split('\n').length > lines.length) end();
    });
  });
}
