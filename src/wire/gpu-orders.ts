// The shell lines that carry out an order on a rig of graphics cards, and what such a run answers. Facts of Hive OS are those
// of its own scripts `miner`, `wd` and `sreboot`; of simpleminingOS nothing is known but that it is a Linux with systemd and sudo.
import { DONE, failed, type Outcome } from '../model/outcome.ts';
import { type MinerSigns, sectionsIn } from './gpu-look.ts';
import { shellWords } from './ssh.ts';

export type OrderWord = 'pause' | 'resume' | 'halt' | 'reboot';

export interface WordsOver {
  readonly os: 'hive' | 'smos' | 'linux';
  /** otherwise by `sudo -n` */
  readonly byRoot: boolean;
  readonly signs: MinerSigns;
  readonly service?: string | undefined;
  readonly pause?: readonly string[] | undefined;
  readonly resume?: readonly string[] | undefined;
  readonly halt?: readonly string[] | undefined;
  readonly reboot?: readonly string[] | undefined;
}

/** Printed when an order that ends the connection is about to be carried out. */
export const ORDERED = '@ordered';

/** A script as the one line that any login shell hands to a plain one, by root where it must be. */
export function shellLine(script: string, byRoot: boolean): string {
  return shellWords([...(byRoot ? ['sudo', '-n'] : []), 'sh', '-c', script]);
}

/** Its scripts read their paths from this file, which a shell over ssh may not have read. */
const HIVE = 'PATH=/hive/bin:/hive/sbin:$PATH; [ -n "$RIG_CONF" ] || [ ! -r /etc/environment ] || { set -a; . /etc/environment; set +a; }';

/** Carried out, and then looked at; the last line says `done` or `refused` and why. */
export function orderLines(word: OrderWord, words: WordsOver): readonly string[] {
  if (word === 'halt' || word === 'reboot') {
    return [
      ...(words.os === 'hive' ? [HIVE] : []),
      `echo ${ORDERED}`,
      ...carriedOut(farewellWords(word, words)),
      judged('[ "$code" = 0 ]'),
    ];
  }
  const own = words[word];
  if (own !== undefined) return [...carriedOut(underSudo(own, words)), judged('[ "$code" = 0 ]')];
  return words.os === 'hive' ? hiveLines(word) : serviceLines(word, words);
}

function farewellWords(word: 'halt' | 'reboot', words: WordsOver): readonly string[] {
  const own = words[word];
  if (own !== undefined) return underSudo(own, words);
  if (words.os === 'hive') return word === 'halt' ? ['sreboot', 'shutdown'] : ['sreboot'];
  return underSudo(['systemctl', word === 'halt' ? 'poweroff' : 'reboot'], words);
}

/** Under Hive OS the whole script is root's already. */
function underSudo(argv: readonly string[], { os, byRoot }: WordsOver): readonly string[] {
  return byRoot || os === 'hive' ? argv : ['sudo', '-n', ...argv];
}

const carriedOut = (argv: readonly string[]): readonly string[] => [`out=$(${shellWords(argv)} 2>&1 </dev/null); code=$?`];

/** `$out` and `$code` as an answer; `undo` takes back what was done for an order that failed. */
function judged(test: string, undo = ''): string {
  return `if ${test}; then printf '\\n@done\\n'; else ${undo}printf '\\n@refused\\n'; echo "$code"; printf '%s\\n' "$out" | tail -n 3; fi`;
}

/**
 * The watchdog first: it starts a rig anew that does not hash; it watches again over one that hashes, or hashes on. Exit codes tell
 * nothing here: `miner start` ends with 1 where the watchdog is not enabled, and with 0 while a benchmark keeps it from starting; so
 * the session is looked for.
 */
function hiveLines(word: 'pause' | 'resume'): readonly string[] {
  const session = 'screen -ls miner 2>/dev/null | grep -q "[0-9]\\.miner"';
  const watch = 'wd start >/dev/null 2>&1 </dev/null';
  if (word === 'resume') return [HIVE, ...carriedOut(['miner', 'start']), `if ${session}; then ${watch}; fi`, judged(session)];
  const stopped = `[ "$code" != 127 ] && ! ${session}`;
  return [HIVE, 'wd stop >/dev/null 2>&1 </dev/null', ...carriedOut(['miner', 'stop']), judged(stopped, `${watch}; `)];
}

/** A unit that restarts is not stopped by its exit code, so its state is asked for. */
function serviceLines(word: 'pause' | 'resume', words: WordsOver): readonly string[] {
  const service = words.service ?? '';
  const state = `state=$(systemctl is-active ${service} 2>/dev/null)`;
  if (word === 'pause') {
    const still = '[ "$state" = inactive ] || [ "$state" = failed ]';
    return [...carriedOut(underSudo(['systemctl', 'stop', service], words)), state, judged(`[ "$code" = 0 ] && { ${still}; }`)];
  }
  return [...carriedOut(underSudo(['systemctl', 'start', service], words)), judged('[ "$code" = 0 ]')];
}

/** Asks, and changes nothing: whether the programs are there, and whether sudo would let them be run. */
export function mayOrderLines(words: WordsOver): readonly string[] {
  const programs = [orderArgv('pause', words), orderArgv('resume', words)];
  const there = programs.map(([program = '']) => `command -v ${shellWords([program])} >/dev/null 2>&1`).join(' && ');
  const allowed =
    words.byRoot || words.os === 'hive' ? ['[ "$(id -u)" = 0 ]'] : programs.map((argv) => `sudo -n -l ${shellWords(argv)} >/dev/null 2>&1`);
  return [
    ...(words.os === 'hive' ? [HIVE] : []),
    `code=127; out=${shellWords([`${programs.map(([program]) => program).join(' or ')} is not there`])}`,
    `if ${there}; then code=1; out='it may not be run by this user'; ${allowed.join(' && ')} && code=0; fi`,
    judged('[ "$code" = 0 ]'),
  ];
}

function orderArgv(word: 'pause' | 'resume', words: WordsOver): readonly string[] {
  const verb = word === 'pause' ? 'stop' : 'start';
  return words[word] ?? (words.os === 'hive' ? ['miner', verb] : ['systemctl', verb, words.service ?? '']);
}

/** What came of an order; undefined where the answer is none to an order. */
export function orderIn(text: string, where: string): Outcome | undefined {
  const sections = sectionsIn(text);
  const last = sections?.at(-1);
  if (last?.name === 'done') return DONE;
  if (last?.name !== 'refused') return undefined;
  const [code = '', ...said] = last.lines.slice(0, 8);
  if (!/^\d{1,3}$/.test(code)) return undefined;
  const words = said.join(' ').replace(COLOURS, '').slice(0, 200).trim();
  if (/a password is required|not allowed to|not in the sudoers/.test(words)) {
    return failed('unauthorized', `${where}: sudo wants a password: allow this command without (NOPASSWD)`);
  }
  if (code === '127') return failed('unsupported', `${where}: ${words}: is os right, or the command?`, 'later');
  return failed('refused', `${where} did not do it (exit code ${code})${words === '' ? '' : `: ${words}`}`);
}

/** What colours a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is taken out
const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;
