// The verbs and their options: what people may type, and which function answers it. No verb is carried out here.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { USUAL_CONFIG, USUAL_SOCKET } from '../config/config.ts';
import { hashRate } from '../config/units.ts';
import { controlClient } from '../control/client.ts';
import type { RigChoice } from '../model/command.ts';
import { askRig, type Link, showPlan, showStatus, showWhy, wish } from './ask.ts';
import { check, checkOffline, checkReload } from './check.ts';
import { drill } from './drill.ts';
import { parseDuration, parseSince } from './duration.ts';
import type { FakeRigWish } from './fake-rig.ts';
import { EXAMPLES, FIRST_STEPS } from './help.ts';
import { showJournal } from './journal.ts';
import { complain, EXIT, type Outside } from './outside.ts';
import { watchStatus } from './watch.ts';
import { findSocket, type Named } from './where.ts';

/** Runs one command line, without the program's own name; resolves with its exit code, and throws nothing. */
export async function runCli(argv: readonly string[], outside: Outside): Promise<number> {
  const session = new Session(outside);
  const program = buildProgram(session);
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
    return session.code;
  } catch (error) {
    // Commander has said it already; help and version end this way too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    complain(
      outside,
      `a defect in this program, or a service of another version: ${error instanceof Error ? error.message : String(error)}`,
    );
    return EXIT.unreachable;
  }
}

type Verb = (link: Link) => Promise<number>;

/** One command line on its way: which service it means, and how it ended. */
class Session {
  readonly outside: Outside;
  code: number = EXIT.done;

  constructor(outside: Outside) {
    this.outside = outside;
  }

  async withService(named: Named, verb: Verb): Promise<void> {
    const socket = await findSocket(this.outside, named);
    if (!socket.ok) return this.misused(socket.fault.detail);
    this.code = await verb({ outside: this.outside, client: controlClient({ socket: socket.value, actor: this.outside.user }) });
  }

  misused(say: string): void {
    complain(this.outside, say);
    this.code = EXIT.usage;
  }
}

function buildProgram(session: Session): Command {
  const { outside } = session;
  const program = new Command('lastwatt')
    .description('Keeps the best-earning mining rigs up longest when the mains fail, and brings every rig back.')
    .version(outside.version, '--version', 'print the version')
    .option('--config <file>', `the configuration file (default: ${USUAL_CONFIG})`)
    .option('--socket <path>', `the socket of the service (default: ${USUAL_SOCKET})`)
    .helpOption('--help', 'print help')
    .configureHelp({ showGlobalOptions: true, helpWidth: 110 })
    .configureOutput({
      writeOut: (text) => outside.stdout.write(text),
      writeErr: (text) => outside.stderr.write(text),
      outputError: (text) => complain(outside, `${oneLine(text)}; see: lastwatt --help`),
    })
    .helpCommand('help [verb]', 'print help of a verb, with examples')
    .exitOverride()
    .addHelpText('after', FIRST_STEPS);
  // Subcommands take over output and exit from the program at the moment they are made.
  addSetUp(program, session);
  addReading(program, session);
  addPast(program, session);
  addWishes(program, session);
  addRigs(program, session);
  addByHand(program, session);
  return program;
}

function addSetUp(program: Command, session: Session): void {
  const { outside } = session;
  const link = (verb: Verb): Promise<void> => session.withService(program.opts<Named>(), verb);
  program.commandsGroup('Setting up:');
  program
    .command('check')
    .description('ask every UPS, rig and switch, reads only: pass, warn or fail, and what to do about it')
    .option('--rig <id>', 'this rig only')
    .option('--offline', 'the configuration file alone')
    .addOption(
      new Option('--reload', 'whether the service would take the file up now, and what would change').conflicts(['rig', 'offline']),
    )
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.check)
    .action(async ({ offline, reload, ...options }: { rig?: string; offline?: true; reload?: true; json?: true }) => {
      const asked = { ...options, config: program.opts<Named>().config ?? USUAL_CONFIG };
      if (offline) session.code = await checkOffline(outside, asked);
      else await link((ends) => (reload ? checkReload(ends, asked) : check(outside, ends.client, asked)));
    });
  program
    .command('drill')
    .description('for real, on mains: pause a rig, see it quiet, bring it back; prints the times and a verdict')
    .argument('<rig...>', 'one or more rigs, drilled one at a time')
    .option('--cut', 'also open its switches, see it dark and no other rig with it')
    .addHelpText('after', EXAMPLES.drill)
    .action((rigs: string[], { cut }: { cut?: true }) => link((ends) => drill(ends, { rigs: [...new Set(rigs)], cut: cut === true })));
  program
    .command('arm')
    .description('let it act')
    .addHelpText('after', EXAMPLES.arm)
    .action(() => link((ends) => wish(ends, { kind: 'arm' })));
  program
    .command('disarm')
    .description('let it decide and journal only')
    .option('--yes', 'also with rigs down that nobody will bring back')
    .addHelpText('after', EXAMPLES.disarm)
    .action(({ yes }: { yes?: true }) => link((ends) => wish(ends, { kind: 'disarm', ...(yes && { yes }) })));
  program
    .command('demo')
    .description('one outage from end to end on an embedded site, about a minute')
    .action(async () => {
      session.code = await outside.demo();
    });
}

function addReading(program: Command, session: Session): void {
  const link = (verb: Verb): Promise<void> => session.withService(program.opts<Named>(), verb);
  program.commandsGroup('Looking:');
  program
    .command('status')
    .description('what is now; first of all: if the mains died now, would it end well')
    .option('--watch', 'again every second, until Ctrl-C')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.status)
    .action(({ watch, json }: { watch?: true; json?: true }) => link((ends) => (watch ? watchStatus : showStatus)(ends, { json })));
  program
    .command('plan')
    .description('if the mains failed now: which step when, whether it fits the battery, and the margin')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.plan)
    .action(({ json }: { json?: true }) => link((ends) => showPlan(ends, { json })));
  program
    .command('why')
    .description('the rule and the numbers behind what is, and what is waited for')
    .argument('[rig]', 'one rig; without: the site')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.why)
    .action((rig: string | undefined, { json }: { json?: true }) => link((ends) => showWhy(ends, { rig, json })));
  program
    .command('journal')
    .description('what happened')
    .option('--since <time>', 'from so long ago (2h, 90m, 1d) or from a date on')
    .option('--follow', 'and what comes, until Ctrl-C')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES.journal)
    .action(({ since, ...options }: { since?: string; follow?: true; json?: true }) => {
      if (since === undefined) return link((ends) => showJournal(ends, options));
      const from = parseSince(since, session.outside.clock.wallMs());
      return from.ok
        ? link((ends) => showJournal(ends, { ...options, since: from.value }))
        : session.misused(`--since: ${from.fault.detail}`);
    });
  program
    .command('simulate')
    .description('the configured site in virtual outages: a table, and one night as a picture; touches no device')
    .option('--scenario <night>', 'one night by its name; one that is none lists them all', 'all')
    .option('--seed <number>', 'chooses the moments and how rigs differ', wholeNumber, 1)
    .option('--svg <file>', 'one night as a picture, to a file')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.simulate)
    .action(async (options: { scenario: string; seed: number; svg?: string; json?: true }) => {
      const { simulate } = await import('./simulate.ts');
      session.code = await simulate(session.outside, { ...options, config: program.opts<Named>().config ?? USUAL_CONFIG });
    });
}

function addPast(program: Command, session: Session): void {
  const { outside } = session;
  program.commandsGroup('After an outage:');
  program
    .command('receipt')
    .description('what an outage came to: who left when and why, reward kept and lost, the margin, what to change; needs no service')
    .argument('[outage]', 'its name, or a file; without: the last')
    .option('--list', 'the outages that are kept')
    .option('--html <file>', 'also as a page with a picture, to a file')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.receipt)
    .action(async (outage: string | undefined, options: { list?: true; html?: string; json?: true }) => {
      const { receipt } = await import('./receipt.ts');
      session.code = await receipt(outside, program.opts<Named>(), { outage, ...options });
    });
  program
    .command('replay')
    .description('an outage again: as it was, or under another policy or another --config; needs no service, touches no device')
    .argument('[outage]', 'its name, or a file; without: the last')
    .option('--policy <kind>', 'live through it anew with this policy')
    .option('--seed <number>', 'chooses what the record does not tell of rigs', wholeNumber, 1)
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.replay)
    .action(async (outage: string | undefined, options: { policy?: string; seed: number; json?: true }) => {
      const { replayOutage } = await import('./replay.ts');
      session.code = await replayOutage(outside, program.opts<Named>(), { outage, ...options });
    });
}

function addRigs(program: Command, session: Session): void {
  program.commandsGroup('Rigs:');
  program
    .command('scan')
    .description('find the rigs of a network, and print a configuration for them; asks them, and gives no order and no password')
    .argument('[network]', 'such as 192.168.1.0/24, or one address; without: the private networks of this machine')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.scan)
    .action(async (network: string | undefined, { json }: { json?: true }) => {
      const { scanNetworks } = await import('./scan.ts');
      session.code = await scanNetworks(session.outside, { network, json, config: program.opts<Named>().config });
    });
  program
    .command('fake-rig')
    .description('play a rig on 127.0.0.1 until Ctrl-C, to rehearse without machines; SIGUSR2 pulls its plug and puts it back')
    .argument('[family]', 'as the driver is named')
    .option('--list', 'the families that can be played')
    .option('--port <number>', 'of 127.0.0.1; without: one that is free', portNumber)
    .option('--watts <watts>', 'at the wall while it hashes', positive, 3250)
    .addOption(new Option('--hashrate <rate>', 'while it hashes').argParser(hashes).default(110e12, '"110 TH/s"'))
    .option('--asleep', 'it is paused when it starts')
    .option('--lies', 'says that it is paused, and goes on')
    .option('--refuses', 'takes no order')
    .option('--ignores', 'says yes to every order, and does nothing')
    .option('--hangs', 'takes every question and answers none')
    .option('--garbles', 'half of each answer comes')
    .option('--login-page', 'answers everything with the page on which people log in')
    .option('--redirects', 'sends everybody elsewhere; ssh-host: shows another host key')
    .option('--loses-answers', 'does what it is told, and its answers are lost')
    .option('--slow <seconds>', 'until it answers anything', positive)
    .option('--boots <seconds>', 'from its plug to its first answer; without: 40', positive)
    .option('--will-not-wake', 'says that it is awake, and does not hash')
    .option('--changes-pools', 'obeys, and changes a pool with it')
    .option('--breaks-json', 'on port 4028: its JSON is as broken as firmwares send it, with NULs behind')
    .option('--session-held', 'luxos: somebody else holds its one session')
    .option('--locked-out', 'vnish: too many wrong logins came before, and it answers each with 429')
    .option('--no-persist', 'forgets a pause when its plug is pulled')
    .option('--client <file>', 'ssh-host: where the program that stands in for ssh is written; without: a folder of its own')
    .addOption(new Option('--cards <kind>', 'ssh-host: how its cards are asked').choices(['nvidia', 'amd', 'rocm']))
    .addHelpText('after', EXAMPLES.fakeRig)
    .action(async (family: string | undefined, options: FakeRigWish) => {
      const { playRig } = await import('./fake-rig.ts');
      session.code = await playRig(session.outside, family, options);
    });
}

function addByHand(program: Command, session: Session): void {
  const link = (verb: Verb): Promise<void> => session.withService(program.opts<Named>(), verb);
  program
    .command('locate')
    .description('let a rig blink, so that you find it among many; on mains only, and never another machine on its address')
    .argument('<rig>')
    .option('--off', 'let it be again')
    .action((rig: string, { off }: { off?: true }) => link((ends) => askRig(ends, { rig, do: 'locate', on: off !== true })));
}

function addWishes(program: Command, session: Session): void {
  const link = (verb: Verb): Promise<void> => session.withService(program.opts<Named>(), verb);
  const chosen = (
    rigs: readonly string[],
    all: true | undefined,
    verb: (link: Link, choice: RigChoice) => Promise<number>,
  ): Promise<void> | void => {
    if (all && rigs.length > 0) return session.misused('name rigs or say --all, not both');
    if (!all && rigs.length === 0) return session.misused('which rigs? name them, or say --all; lastwatt status lists them');
    return link((ends) => verb(ends, all ? 'all' : [...new Set(rigs)]));
  };
  program.commandsGroup('Wishes of a person:');
  program
    .command('down')
    .description('take rigs down gracefully, worst first, and keep them down until released')
    .argument('[rig...]', 'the rigs')
    .option('--all', 'every rig')
    .option('--for <time>', 'for so long (2h, 90m, 1h30m)', seconds)
    .option('--now', 'skip grace and cool-down')
    .addHelpText('after', EXAMPLES.down)
    .action((rigs: string[], { all, now, for: forSeconds }: { all?: true; now?: true; for?: number }) =>
      chosen(rigs, all, (ends, choice) => {
        const extra = { ...(forSeconds !== undefined && { forSeconds }), ...(now && { now }) };
        return wish(ends, { kind: 'hold', as: 'down', rigs: choice, ...extra });
      }),
    );
  program
    .command('up')
    .description('keep rigs up, or bring them up on mains; ends by itself')
    .argument('[rig...]', 'the rigs')
    .option('--all', 'every rig')
    .option('--for <time>', 'for so long (2h, 90m, 1h30m; default 4h)', seconds)
    .addHelpText('after', EXAMPLES.up)
    .action((rigs: string[], { all, for: forSeconds }: { all?: true; for?: number }) =>
      chosen(rigs, all, (ends, choice) =>
        wish(ends, { kind: 'hold', as: 'up', rigs: choice, ...(forSeconds !== undefined && { forSeconds }) }),
      ),
    );
  program
    .command('release')
    .description('forget the wish and the fault: the policy rules again, and tries again')
    .argument('[rig...]', 'the rigs; also a switch that left the file while it was cut')
    .option('--all', 'every rig')
    .addHelpText('after', EXAMPLES.release)
    .action((rigs: string[], { all }: { all?: true }) =>
      chosen(rigs, all, (ends, choice) => wish(ends, { kind: 'release', rigs: choice })),
    );
  program
    .command('new-battery')
    .description('say that a UPS has new batteries: what was learned of the old ones is forgotten')
    .argument('<ups>', 'the UPS')
    .addHelpText('after', EXAMPLES.newBattery)
    .action((ups: string) => link((ends) => wish(ends, { kind: 'new-battery', ups })));
}

function seconds(text: string): number {
  const read = parseDuration(text);
  if (!read.ok) throw new InvalidArgumentError(read.fault.detail);
  return read.value;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number from 0, such as 7');
  return Number(text);
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('a port from 1 to 65535');
  return port;
}

function positive(text: string): number {
  const figure = /^\d{1,7}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (figure <= 0) throw new InvalidArgumentError('a number above 0, such as 3250');
  return figure;
}

function hashes(text: string): number {
  const rate = hashRate(text);
  if (rate === undefined) throw new InvalidArgumentError('a hash rate with its unit, such as "110 TH/s"');
  return rate;
}

/** Commander's `error: …\n(Did you mean status?)` as one line of ours. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replace(/\.?\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
}
