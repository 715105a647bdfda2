// `lastwatt fake-rig`: plays a rig of one family on 127.0.0.1 until a signal, so that an owner can rehearse without machines
// and others can test against it. It needs no service and no file.
import type { CardKind } from '../fakes/gpu-folder.ts';
import { type FakeHabit, type FakeRigKind, type FakeRigServer, type FakeRigStart, fakeRigs, habitsOf } from '../fakes/registry.ts';
import { known } from '../model/known.ts';
import { codeOf } from '../model/outcome.ts';
import { rigDriver } from '../rigs/registry.ts';
import { type DriverOptions, optionsFor } from '../scan/options.ts';
import { SimRig, type SimRigAnswer, type SimRigOrder, type SimRigQuirks, type SimRigTraits } from '../sim/rig.ts';
import { complain, EXIT, lookOf, type Outside, print } from './outside.ts';
import { localTime, sayDuration, sayHashRate, sayWatts, table } from './text.ts';

export interface FakeRigWish {
  readonly list?: true;
  /** of 127.0.0.1; absent: the system chooses one */
  readonly port?: number;
  /** W at the wall while hashing */
  readonly watts: number;
  /** H/s */
  readonly hashrate: number;
  readonly lies?: true;
  readonly refuses?: true;
  readonly ignores?: true;
  readonly hangs?: true;
  readonly garbles?: true;
  readonly losesAnswers?: true;
  readonly loginPage?: true;
  readonly redirects?: true;
  /** seconds until it answers anything */
  readonly slow?: number;
  readonly willNotWake?: true;
  readonly changesPools?: true;
  readonly breaksJson?: true;
  readonly sessionHeld?: true;
  readonly lockedOut?: true;
  /** seconds from its plug to its first answer */
  readonly boots?: number;
  /** commander's name of --no-persist */
  readonly persist: boolean;
  readonly asleep?: true;
  /** of ssh-host: where the program that stands in for ssh is written */
  readonly client?: string;
  /** of ssh-host: how its cards are asked */
  readonly cards?: CardKind;
}

/** Ends with the signal; 2 for a family that there is not, and for a port that cannot be had. */
export async function playRig(outside: Outside, family: string | undefined, wish: FakeRigWish): Promise<number> {
  if (wish.list) return listFamilies(outside);
  const kind = fakeRigs.find((one) => one.family === family);
  if (kind === undefined) return misused(outside, `${asked(family)} There are: ${fakeRigs.map((one) => one.family).join(', ')}`);
  const foreign = foreignTo(kind, wish);
  if (foreign !== undefined) return misused(outside, foreign);
  // Heard from now on: a signal while it opens its port ends it as well.
  const leaving = outside.interrupted();
  const rig = playedRig(outside, kind, wish);
  const server = await opened(kind, { rig, outside, wish });
  if (typeof server === 'string') return misused(outside, server);
  const turn = (): void => (rig.look().fed ? rig.cut() : rig.feed());
  const letGo = outside.plug(turn);
  print(outside, introduction(kind, server, wish));
  if (!leaving.aborted) await new Promise((resolve) => leaving.addEventListener('abort', resolve, { once: true }));
  letGo();
  await server.close();
  return EXIT.done;
}

function asked(family: string | undefined): string {
  return family === undefined ? 'which family?' : `no family of rigs that can be played is named ${JSON.stringify(family.slice(0, 40))}.`;
}

function misused(outside: Outside, say: string): number {
  complain(outside, say);
  return EXIT.usage;
}

const HABITS: Readonly<Record<FakeHabit, string>> = {
  sessionHeld: '--session-held',
  lockedOut: '--locked-out',
  breaksJson: '--breaks-json',
  changesPools: '--changes-pools',
};

/** Why an option is none of this family. */
function foreignTo(kind: FakeRigKind, wish: FakeRigWish): string | undefined {
  if (kind.over === undefined && (wish.client !== undefined || wish.cards !== undefined))
    return '--client and --cards are of ssh-host alone';
  for (const [habit, option] of Object.entries(HABITS) as [FakeHabit, string][]) {
    if (wish[habit] !== true || habitsOf(kind).includes(habit)) continue;
    const theirs = fakeRigs.filter((one) => habitsOf(one).includes(habit)).map(({ family }) => family);
    return `${kind.family} knows no ${option}; these do: ${theirs.join(', ')}`;
  }
  return undefined;
}

function listFamilies(outside: Outside): number {
  const rows = fakeRigs.map(({ family, usualPort }) => [family, String(usualPort)]);
  for (const line of table([{ head: 'family' }, { head: 'real ones answer on', align: 'right' }], rows, { colour: false })) {
    print(outside, line);
  }
  return EXIT.done;
}

interface Opening {
  readonly rig: SimRig;
  readonly outside: Outside;
  readonly wish: FakeRigWish;
}

/** The server, or why there is none. */
async function opened(kind: FakeRigKind, { rig, outside, wish }: Opening): Promise<FakeRigServer | string> {
  const { port, client, cards: cardKind, sessionHeld, lockedOut } = wish;
  const own = known<Partial<FakeRigStart>>({ port, client, cardKind, sessionHeld, lockedOut });
  try {
    return await kind.start({ rig, nowMs: outside.clock.monotonicMs, ...own });
  } catch (error) {
    const code = codeOf(error) ?? 'not to be had';
    if (client !== undefined && code !== 'EADDRINUSE')
      return `${client} cannot be written (${WHY_NO_CLIENT[code] ?? code}): name another file`;
    const why = code === 'EADDRINUSE' ? 'something listens there already' : code === 'EACCES' ? 'below 1024 root alone may' : code;
    return `port ${port ?? 0} of 127.0.0.1 cannot be had (${why}): name another with --port, or leave it out`;
  }
}

const WHY_NO_CLIENT: Readonly<Record<string, string>> = {
  EEXIST: 'another program is there',
  EACCES: 'it is not yours to write',
  ENOENT: 'there is no such folder',
};

function playedRig(outside: Outside, { family, pausedWatts = 25 }: FakeRigKind, wish: FakeRigWish): SimRig {
  const { watts, hashrate: hashRate, persist, asleep, port, boots } = wish;
  const traits: SimRigTraits = {
    // Two that are played beside each other are two machines; one on the same port is the same again.
    id: `fake-${family}-${port ?? outside.clock.wallMs()}`,
    watts,
    hashRate,
    // A heater of 15 W has no 25 W to stand by with.
    pausedWatts: Math.min(pausedWatts, watts / 4),
    // As the real ones of its family, unless it is told to forget.
    pausePersists: persist && (rigDriver(family)?.defaults.pausePersists ?? true),
    wattsNoise: 0.01,
    ...(asleep && { startsAs: 'paused' }),
    ...(boots !== undefined && { bootSeconds: boots }),
  };
  const rig = new HeardRig(traits, outside);
  rig.behave(quirksOf(wish));
  return rig;
}

function quirksOf(wish: FakeRigWish): SimRigQuirks {
  const { lies, refuses, ignores, hangs, garbles, losesAnswers, loginPage, redirects, slow, willNotWake, changesPools, breaksJson } = wish;
  return {
    ...(lies && { lies }),
    ...(refuses && { refuses }),
    ...(ignores && { ignores }),
    ...(breaksJson && { breaksJson }),
    ...(hangs && { hangs }),
    ...(garbles && { garbles }),
    ...(losesAnswers && { losesAnswers }),
    ...(loginPage && { page: 'login' }),
    ...(redirects && { page: 'elsewhere' }),
    ...(willNotWake && { willNotWake }),
    ...(changesPools && { changesPools }),
    ...(slow !== undefined && { answerSeconds: slow }),
  };
}

/** A rig that tells what is asked of it and what it does. */
class HeardRig extends SimRig {
  readonly #outside: Outside;

  constructor(traits: SimRigTraits, outside: Outside) {
    super(traits, outside.clock.monotonicMs);
    this.#outside = outside;
  }

  override order(what: SimRigOrder): SimRigAnswer {
    const before = this.look();
    const answer = super.order(what);
    this.#tell(`asked to ${what}: ${this.#done(what, answer, before.saysPaused)}`);
    return answer;
  }

  override reboot(): void {
    if (this.look().fed) this.#tell('restarts by itself');
    super.reboot();
  }

  override feed(): void {
    if (!this.look().fed) this.#tell(`fed: boots for ${sayDuration(this.traits.bootSeconds)}, ${this.#wakesAs()}`);
    super.feed();
  }

  override cut(): void {
    const { fed, watts } = this.look();
    if (fed) this.#tell(`cut at ${sayWatts(Math.round(watts))}: dark`);
    super.cut();
  }

  #wakesAs(): string {
    if (this.look().saysPaused) return 'then it is paused still';
    return this.quirks.willNotWake ? 'then it says that it is awake, and does not hash' : 'then it hashes';
  }

  #done(what: SimRigOrder, answer: SimRigAnswer, already: boolean): string {
    if (answer === 'refused') return 'refused, and nothing done';
    if (answer === 'silent') return 'no answer, and nothing done';
    if (answer === 'dark' || answer === 'locked') return `${answer}, and nothing done`;
    const did = already === (what === 'pause') ? 'it is so already' : this.#obeyed(what);
    return answer === 'lost' ? `${did}, and its answer is lost` : did;
  }

  #obeyed(what: SimRigOrder): string {
    const { watts, pausedWatts, pauseSeconds, wakeSeconds } = this.traits;
    if (this.quirks.ignores) return 'says yes, and does nothing';
    if (what === 'pause') {
      if (this.quirks.lies) return `says that it is paused, and goes on at ${sayWatts(Math.round(this.look().watts))}`;
      return `goes down to ${sayWatts(pausedWatts)} within ${sayDuration(this.quirks.pauseSeconds ?? pauseSeconds)}`;
    }
    if (this.quirks.willNotWake) return 'says that it is awake, and does not hash';
    return `goes up to ${sayWatts(watts)} within ${sayDuration(wakeSeconds)}`;
  }

  #tell(say: string): void {
    const at = localTime(new Date(this.#outside.clock.wallMs()).toISOString(), lookOf(this.#outside));
    print(this.#outside, `${at}  ${say}`);
  }
}

/** One line: what plays where, and what a configuration says to meet it. */
function introduction(kind: FakeRigKind, { port, options: own }: FakeRigServer, { watts, hashrate }: FakeRigWish): string {
  const { family, login } = kind;
  const { username, password } = login ?? {};
  const secret = secretOf(kind, port);
  const who = [
    ...(username === undefined ? [] : [`username: ${username}`]),
    ...(secret !== undefined && (secret.wanted || password !== undefined) ? [`${secret.option}: ${SECRET}`] : []),
  ];
  const more = Object.entries({ ...kind.options, ...own }).map(([name, value]) => `${name}: ${inFlow(value)}`);
  const options = [`driver: ${family}`, `host: ${HOST}`, `port: ${port}`, ...who, ...more, 'fedBy: [mains]', `watts: ${watts}`];
  const put = password === undefined ? '' : `; ${SECRET}, mode 0640, holds: ${password}`;
  const what = `${family} on ${HOST}:${port}, ${sayWatts(watts)}, ${sayHashRate(hashrate)}`;
  return `plays ${what}; in a configuration: rigs: { fake: { ${options.join(', ')} } }${put}`;
}

function secretOf({ family, login }: FakeRigKind, port: number): DriverOptions['secret'] {
  if (login?.option !== undefined) return { option: login.option, wanted: true };
  const driver = rigDriver(family);
  return driver === undefined ? undefined : optionsFor(driver, { host: HOST, port }, SECRET)?.secret;
}

/** A value on one line of YAML. */
function inFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inFlow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, one]) => `${name}: ${inFlow(one)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' && /^[A-Za-z/][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

const HOST = '127.0.0.1';
/** a file beside the configuration */
const SECRET = 'fake.secret';
