// Rigs of graphics cards under Hive OS, simpleminingOS or any Linux, over ssh: the miner is stopped and started by the words of
// its system, and a pause is believed when the miner is gone and the cards draw little.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort, secretFile } from '../transports/endpoint.ts';
import { type SshAnswer, type SshDevice, type SshTurn, sshDevice } from '../transports/ssh-device.ts';
import { type CardLimits, forgetBeforeLine, haveLimits, keepBeforeLines, limitLines, sharedLimits } from '../wire/gpu-limits.ts';
import { framed, type GpuLook, gpuLookIn, lookScript, type MinerSigns } from '../wire/gpu-look.ts';
import { mayOrderLines, ORDERED, type OrderWord, orderIn, orderLines, shellLine, type WordsOver } from '../wire/gpu-orders.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,63}$/;
const argv = z
  .array(
    z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[^\0\r\n]*$/, 'one line'),
  )
  .min(1, 'a list: the program, then its arguments')
  .max(32);
const filePath = z.string().regex(/^\/[^\0\r\n"%$]{1,1023}$/, 'an absolute path');

const options = z
  .strictObject({
    host: deviceHost.describe('address of the rig'),
    port: devicePort(22).describe('port of its sshd'),
    os: z
      .enum(['hive', 'smos', 'linux'])
      .describe('what runs it; hive: its words miner and wd are known; smos, linux: name service, or pause and resume with process'),
    username: z
      .string()
      .regex(/^[a-z_][a-z0-9_.-]{0,31}$/, 'a user name')
      .default('root')
      .describe('user that the key lets in; one other than root gives orders by sudo -n, and never types a password'),
    keyFile: secretFile.describe('file with the private key, in OpenSSH format, without a passphrase; a password is never used'),
    knownHostsFile: filePath
      .default('/etc/lastwatt/known_hosts')
      .describe('file with the host key of the rig, as ssh-keyscan prints it; a rig that shows another one is never asked'),
    service: z.string().regex(NAME, 'the name of a unit').optional().describe('unit of systemd that is the miner'),
    process: z
      .array(z.string().regex(NAME, 'the name of a process'))
      .min(1)
      .max(16)
      .optional()
      .describe('names of processes that are the miner: while one is there, the rig is not paused'),
    pause: argv.optional().describe('command that stops the miner, in place of that of os'),
    resume: argv.optional().describe('command that starts it'),
    halt: argv.optional().describe('command that shuts the rig down'),
    reboot: argv.optional().describe('command that starts the rig anew'),
    cards: z
      .int()
      .min(0)
      .max(64)
      .optional()
      .describe(
        'graphics cards that must tell what they draw; absent: all on its bus. 0: it hashes on its processor, and is paused once the miner is gone',
      ),
    cardIdleWatts: z.number().min(1).max(300).default(40).describe('at or below this a card stands still, W'),
    baseWatts: z
      .number()
      .min(0)
      .max(2_000)
      .default(60)
      .describe('what the rig draws beside its cards, W: added to what they tell, and left out of a limit for them'),
    client: filePath.default('/usr/bin/ssh').describe('the ssh program: OpenSSH 8 or later'),
  })
  .refine(({ os, service, pause, resume }) => os === 'hive' || service !== undefined || (pause !== undefined && resume !== undefined), {
    message: 'name the service that is the miner, or commands as pause and resume',
    path: ['service'],
  })
  .refine(({ os, service, process }) => os === 'hive' || service !== undefined || process !== undefined, {
    message: 'name the processes that are the miner: without them nobody can see that it is gone',
    path: ['process'],
  });

type Options = z.infer<typeof options>;

export const sshHost = rigDriverKind({
  name: 'ssh-host',
  maturity: 'simulated',
  about: 'Rigs of graphics cards under Hive OS, simpleminingOS or Linux, over ssh with a key: stops and starts the miner.',
  options,
  defaults: {
    // A board and six cards that idle at 10 to 20 W.
    pausedWatts: 150,
    // `miner stop` of Hive OS waits up to 16 s for its miners; the rest is for a second try.
    graceSeconds: 60,
    coolDownSeconds: 30,
    // Cards build their table of data anew.
    resumeMinutes: 2,
    restartMinutes: 5,
    // Miners start with the system.
    pausePersists: false,
    answerSeconds: 30,
  },
  can: { read: true, pause: true, resume: true, halt: true, limit: true },
  secretFiles: ({ keyFile }) => [keyFile],
  open: sshRig,
});

/** s; a miner that runs and draws little so soon after the boot is taken to be starting */
const STARTING_SECONDS = 900;

function sshRig(given: Options, kit: RigKit): RigDriver {
  const device = sshDevice({ ...given, key: kit.secrets.get(given.keyFile), addresses: kit.addresses, nowMs: kit.nowMs });
  const rig = new SshRig(given, device, kit);
  const ordered = (work: (turn: SshTurn) => Promise<Outcome>, signal: AbortSignal): Promise<Outcome> =>
    device.run({ signal, urgent: true, work: (own) => work({ signal: own, urgent: true }) });
  const asked = <T>(work: (turn: SshTurn) => Promise<Outcome<T>>, signal: AbortSignal): Promise<Outcome<T>> =>
    device.run({ signal, urgent: false, work: (own) => work({ signal: own, urgent: false }) });
  return {
    read: (signal, brief) =>
      device.run({ signal, urgent: brief !== undefined, work: (own) => rig.read({ signal: own, urgent: brief !== undefined }) }),
    pause: (signal) => ordered((turn) => rig.order('pause', turn), signal),
    resume: (_mode, signal) => ordered((turn) => rig.order('resume', turn), signal),
    halt: (signal) => ordered((turn) => rig.farewell('halt', turn), signal),
    reboot: (signal) => ordered((turn) => rig.farewell('reboot', turn), signal),
    limitWatts: (watts, _was, signal) => ordered((turn) => rig.limit(watts, turn), signal),
    mayOrder: (signal) => asked((turn) => rig.mayOrder(turn), signal),
    close: () => device.close(),
  };
}

const OWN_LIMITS = 'as its owner has them';

/** Whether each of its cards takes a power limit. */
const haveAll = (cards: GpuLook['cards']): boolean => cards.length > 0 && cards.every(({ limit }) => limit !== undefined);

class SshRig {
  readonly #options: Options;
  readonly #device: SshDevice;
  readonly #kit: RigKit;
  readonly #signs: MinerSigns;
  readonly #words: WordsOver;

  constructor(given: Options, device: SshDevice, kit: RigKit) {
    this.#options = given;
    this.#device = device;
    this.#kit = kit;
    const { os, username, service, process = [] } = given;
    this.#signs = {
      ...(os === 'hive' && { session: 'miner' }),
      ...(service !== undefined && { service }),
      processes: process,
    };
    this.#words = { ...given, signs: this.#signs, byRoot: username === 'root' };
  }

  async read(turn: SshTurn): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const seen = await this.#look(turn);
    if (!seen.ok) return seen;
    const { cards, before, uptimeSeconds, mac, system, noService } = seen.value;
    const { where } = this.#device;
    if (noService) return failed('unsupported', `${where} knows no service ${this.#options.service}: correct service`, 'later');
    const watts = this.#wattsOf(seen.value);
    const chips = cards.flatMap(({ temperatureC }) => temperatureC ?? []);
    const fans = cards.flatMap(({ fanRpm }) => fanRpm ?? []);
    return ok(
      rigReading(
        { rig: this.#kit.rig, takenAtMs, state: this.#stateOf(seen.value) },
        {
          // The cards have meters; what board and power supply take beside them is the owner's figure.
          watts,
          wattsFrom: watts === undefined ? undefined : 'estimated',
          temperatureC: chips.length === 0 ? undefined : Math.max(...chips),
          fansRpm: fans.length === 0 ? undefined : fans,
          uptimeSeconds,
          identity: mac,
          firmware: system,
          // What stood before a limit of ours is kept on the rig itself.
          limit: haveAll(cards) && before.size === 0 ? OWN_LIMITS : undefined,
        },
      ),
    );
  }

  async #look(turn: SshTurn): Promise<Outcome<GpuLook>> {
    const answer = await this.#run(lookScript(this.#signs), turn);
    if (!answer.ok) return answer;
    const seen = gpuLookIn(answer.value.output, this.#signs);
    return seen === undefined ? this.#noAnswer(answer.value) : ok(seen);
  }

  /** All that must tell do; undefined where one does not. */
  #drawn({ cards, blind }: GpuLook): readonly number[] | undefined {
    const told = cards.flatMap(({ watts }) => watts ?? []);
    const { cards: expected } = this.#options;
    if (expected !== undefined) return told.length >= expected ? told : undefined;
    return blind || told.length < cards.length || told.length === 0 ? undefined : told;
  }

  #wattsOf(seen: GpuLook): number | undefined {
    const drawn = this.#drawn(seen);
    // Of a processor that hashes nobody tells the watts.
    if (drawn === undefined || drawn.length === 0) return undefined;
    return Math.round(this.#options.baseWatts + drawn.reduce((sum, one) => sum + one, 0));
  }

  #stateOf(seen: GpuLook): RigReading['state'] {
    const drawn = this.#drawn(seen);
    const idle = drawn?.every((watts) => watts <= this.#options.cardIdleWatts);
    if (seen.runs === false) return idle === true ? 'paused' : 'unknown';
    if (seen.runs === undefined) return 'unknown';
    const onProcessor = drawn?.length === 0;
    if (idle !== true || onProcessor) return 'hashing';
    return (seen.uptimeSeconds ?? STARTING_SECONDS) < STARTING_SECONDS ? 'starting' : 'unknown';
  }

  /** Done is when the miner is gone, or there, by the rig's own look behind the command: the exit codes of some tell nothing. */
  async order(word: 'pause' | 'resume', turn: SshTurn): Promise<Outcome> {
    const answer = await this.#run(framed(orderLines(word, this.#words)), turn);
    if (!answer.ok) return answer;
    return orderIn(answer.value.output, this.#device.where) ?? this.#noAnswer(answer.value);
  }

  /** Its end may end the connection, or leave it hanging: then the order was taken if nobody answers there any more. */
  async farewell(word: Extract<OrderWord, 'halt' | 'reboot'>, turn: SshTurn): Promise<Outcome> {
    const answer = await this.#run(framed(orderLines(word, this.#words)), turn);
    if (!answer.ok) return answer;
    const said = orderIn(answer.value.output, this.#device.where);
    if (said !== undefined) return said;
    if (answer.value.code !== 255 || !answer.value.output.includes(ORDERED)) return this.#noAnswer(answer.value);
    if (await this.#device.fellSilent(turn.signal)) return DONE;
    return failed(
      'timeout',
      `${this.#device.where} was told to ${word === 'halt' ? 'shut down' : 'start anew'}, broke off, and still answers`,
    );
  }

  async limit(watts: number | undefined, turn: SshTurn): Promise<Outcome> {
    const seen = await this.#look(turn);
    if (!seen.ok) return seen;
    const { cards, before, blind } = seen.value;
    if (watts === undefined) return before.size === 0 ? DONE : this.#setLimits(seen.value, before, { forget: true }, turn);
    const { where } = this.#device;
    const { cards: expected, baseWatts } = this.#options;
    if (expected === undefined ? blind : cards.length < expected) {
      return failed('refused', `${where}: not all of its cards answer, so no limit holds for the rig: start it anew`, 'later');
    }
    const shared = sharedLimits(cards, before, watts - baseWatts);
    if (shared.kind === 'unlimitable') return failed('unsupported', `${where}: one of its cards takes no power limit`);
    if (shared.kind === 'too-low') {
      const least = Math.ceil(shared.leastWatts + baseWatts);
      return failed('refused', `${where}: ${watts} W is below what its cards can be set to: ${least} W at least, or pause it`, 'never');
    }
    return this.#setLimits(seen.value, shared.limits, { forget: false }, turn);
  }

  async #setLimits({ cards }: GpuLook, limits: CardLimits, { forget }: { forget: boolean }, turn: SshTurn): Promise<Outcome> {
    const prefix = this.#words.byRoot ? '' : 'sudo -n ';
    const lines = [...(forget ? [] : keepBeforeLines(cards, prefix)), ...limitLines(cards, limits, prefix)];
    const answer = await this.#run(`${lines.join('\n')}\n${lookScript(this.#signs)}`, turn);
    if (!answer.ok) return answer;
    const seen = gpuLookIn(answer.value.output, this.#signs);
    if (seen === undefined) return this.#noAnswer(answer.value);
    const { where } = this.#device;
    if (!haveLimits(seen.cards, limits)) {
      return failed('refused', `${where}: a card did not take its power limit: that needs root there, or sudo without a password`, 'later');
    }
    if (!forget) return DONE;
    const forgotten = await this.#run(framed([forgetBeforeLine(prefix)]), turn);
    return forgotten.ok ? DONE : forgotten;
  }

  async mayOrder(turn: SshTurn): Promise<Outcome> {
    const answer = await this.#run(framed(mayOrderLines(this.#words)), turn);
    if (!answer.ok) return answer;
    return orderIn(answer.value.output, this.#device.where) ?? this.#noAnswer(answer.value);
  }

  #run(script: string, turn: SshTurn): Promise<Outcome<SshAnswer>> {
    // All of Hive OS belongs to root: its sessions are seen by root alone.
    return this.#device.ask(shellLine(script, this.#options.os === 'hive' && !this.#words.byRoot), turn);
  }

  #noAnswer(answer: SshAnswer): Outcome<never> {
    const { where } = this.#device;
    const { code, complaint } = answer;
    if (code === 255) return this.#device.broken(answer);
    if (/sudo: .*(password|not allowed|sudoers)/.test(complaint)) {
      return failed('unauthorized', `${where}: sudo wants a password of ${this.#options.username}: allow it without (NOPASSWD)`);
    }
    if (code !== 0) return failed('refused', `${where}: its shell ended with exit code ${code}${complaint === '' ? '' : `: ${complaint}`}`);
    return failed('garbled', `${where} gave no whole answer: does the key lead to a plain shell there, and not to a menu?`);
  }
}
