// From the text of the file to a Config, or to every mistake in it with its place. Nothing here touches a device.
import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { MAINS } from '../model/id.ts';
import { codeOf } from '../model/outcome.ts';
import type { Policy } from '../model/site.ts';
import type { Config, ConfiguredBoard, UpsWay } from './config.ts';
import { crossCheck } from './cross.ts';
import { checkSupplies, type Draft, take, takeMapping, topParts } from './draft.ts';
import { assembleGenerators, assembleInputs, checkInput } from './inputs.ts';
import { type Mistake, type Path, visible } from './mistake.ts';
import { reportOn } from './report.ts';
import { assembleRigs } from './rigs.ts';
import { fileSchema, panelSchema, policySchema, restoreSchema, schedulesSchema, siteSchema } from './schema.ts';
import { assembleSwitches } from './switches.ts';
import { cronFault } from './units.ts';
import { assembleUps } from './ups.ts';
import { LARGEST_FILE, readTree } from './yaml-tree.ts';

export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Mistake[] }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

export interface Where {
  /** as it was named; paths in the file are relative to it */
  readonly file: string;
}

/** sun_path holds 108 bytes with its end. */
const LONGEST_SOCKET = 107;
const TOLD_IN_A_LINE = 5;

/** Pure: the same text gives the same answer, on any machine. */
export function parseConfig(text: string, where: Where): Loaded {
  const drawn = draw(text, where);
  return 'mistakes' in drawn ? drawn : judged(drawn.draft, drawn.config);
}

/** Reads and parses the file. One that is missing, not readable or no plain file is a mistake, never a default. */
export async function loadConfig(file: string): Promise<Loaded> {
  const text = await readText(file);
  if (typeof text !== 'string') return { ok: false, mistakes: [{ line: 1, column: 1, path: '', say: text.say }] };
  const drawn = draw(text, { file });
  if ('mistakes' in drawn) return drawn;
  const certificates = await readAllCertificates(drawn.draft, dirname(file));
  return judged(drawn.draft, drawn.config && withCertificates(drawn.config, certificates));
}

/**
 * What a person reads: the file and the number of mistakes, then one aligned line each. `outcome` says what came of it:
 * at a reload `the old one stays in force`.
 */
export function explain(file: string, loaded: { readonly mistakes: readonly Mistake[] }, outcome = 'nothing was started'): string {
  const rows = loaded.mistakes.map(({ line, column, path, say }) => ({ place: `${line}:${column}`, path: path === '' ? '-' : path, say }));
  const placeWidth = Math.max(...rows.map(({ place }) => place.length), 0);
  const pathWidth = Math.max(...rows.map(({ path }) => path.length), 0);
  const count = rows.length === 1 ? '1 mistake' : `${rows.length} mistakes`;
  const lines = rows.map(({ place, path, say }) => `  ${place.padEnd(placeWidth)}  ${path.padEnd(pathWidth)}  ${say}`);
  return [`${file}: ${count}, ${outcome}`, ...lines].join('\n');
}

/** The same in one line, with as many mistakes as a person reads in one. */
export function explainInALine(file: string, loaded: { readonly mistakes: readonly Mistake[] }, outcome: string): string {
  const [head = ''] = explain(file, loaded, outcome).split('\n');
  const told = loaded.mistakes.slice(0, TOLD_IN_A_LINE).map(({ line, column, path, say }) => [`${line}:${column}`, path, say]);
  const more = loaded.mistakes.length - told.length;
  const words = told.map((one) => one.filter((word) => word !== '').join(' ')).join('; ');
  return `${head}: ${words}${more > 0 ? `; and ${more} more: lastwatt check --offline` : ''}`;
}

type Refused = Loaded & { readonly ok: false };

/** The text alone; a config that is there may still have mistakes beside it. */
function draw(text: string, where: Where): Refused | { readonly draft: Draft; readonly config: Config | undefined } {
  const read = readTree(text);
  if (!read.ok) return { ok: false, mistakes: read.mistakes };
  const report = reportOn(read.tree, read.mistakes);
  const draft: Draft = { report, parts: topParts(report, read.tree.value), certificateFiles: [] };
  return { draft, config: draft.parts.size === 0 ? undefined : assemble(draft, where.file) };
}

function judged({ report }: Draft, config: Config | undefined): Loaded {
  const mistakes = report.mistakes();
  if (config === undefined || mistakes.length > 0) return { ok: false, mistakes };
  return { ok: true, config, warnings: report.warnings() };
}

/** By the name of the file, as written. One that is missing or garbled is a mistake at its place in the text. */
async function readAllCertificates(draft: Draft, dir: string): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>();
  if (draft.certificateFiles.length === 0) return all;
  const { readCertificates } = await import('./certificate.ts');
  for (const { path, file } of draft.certificateFiles) {
    const read = await readCertificates(dir, file);
    if (read.ok) all.set(file, read.value);
    else draft.report.mistake(path, read.fault.detail);
  }
  return all;
}

function withCertificates(config: Config, all: ReadonlyMap<string, string>): Config {
  const ups = [...config.ups].map(([id, way]): [string, UpsWay] => {
    if (way.kind !== 'nut' || way.tls === undefined) return [id, way];
    const certificates = all.get(way.tls.ca);
    return [id, certificates === undefined ? way : { ...way, tls: { ...way.tls, certificates } }];
  });
  const boards = [...config.boards].map(([name, board]): [string, ConfiguredBoard] => {
    const certificates = all.get(board.way.certificateFile ?? '');
    return [name, certificates === undefined ? board : { ...board, certificates }];
  });
  return { ...config, ups: new Map(ups), boards: new Map(boards) };
}

function assemble(draft: Draft, file: string): Config | undefined {
  const top = topLevel(draft);
  const { names, supplies, ways } = assembleUps(draft);
  const switches = assembleSwitches(draft, names);
  const { rigs, configured, coins, sketches } = assembleRigs(draft, { supplyNames: names, switches, file });
  checkFedBy(draft, names, top.site.good);
  const { names: inputNames, inputs, labels } = assembleInputs(draft);
  checkInput(draft, top.site.good.mainsWhen, { known: inputNames, at: () => ['site', 'mainsWhen'] });
  const generators = assembleGenerators(draft, { upses: names.filter((name) => name !== MAINS), inputs: inputNames });
  crossCheck(draft, { rigs: sketches, switches, policy: top.policy.good, panel: top.panel.good });
  const { stateDir, armed, onAlarm } = top;
  const socket = top.socket === undefined ? undefined : checkSocket(draft, besideFile(file, top.socket));
  const [site, policy, restore] = [top.site.whole, top.policy.whole, top.restore.whole];
  if (site === undefined || policy === undefined || restore === undefined) return undefined;
  if (stateDir === undefined || socket === undefined || armed === undefined) return undefined;
  const { electricityPerKwh, mainsWhen, ...named } = site;
  const { button, led, buzzer } = top.panel.good;
  const { selfTest } = top.schedules.good;
  return {
    file,
    site: {
      ...named,
      armed,
      supplies,
      rigs,
      switches: switches.switches,
      ...(labels.size > 0 && { inputs: labels }),
      ...(generators.length > 0 && { generators }),
      ...(mainsWhen !== undefined && { mainsWhen }),
      ...(coins.sourced.size > 0 && { coins: coins.sourced }),
      ...(electricityPerKwh !== undefined && { electricityPerKwh }),
      policy: policyOf(policy),
      restore,
    },
    stateDir: besideFile(file, stateDir),
    socket,
    ...(onAlarm !== undefined && { onAlarm }),
    ups: ways,
    rigs: configured,
    coins: coins.ways,
    boards: switches.boards,
    inputs,
    panel: { ...(button !== undefined && { button }), ...(led !== undefined && { led }), ...(buzzer !== undefined && { buzzer }) },
    schedules: { ...(selfTest !== undefined && { selfTest }) },
  };
}

/** Whoever names a threshold wants one; else the policy that keeps more is taken (docs/policies.md). */
function policyOf({ kind, ...numbers }: z.output<typeof policySchema>): Policy {
  return { ...numbers, kind: kind ?? (numbers.shedBelowSeconds === 'auto' ? 'outage-aware' : 'threshold') };
}

/** The parts without names, each on its own, so that a mistake in one hides none in another. */
function topLevel(draft: Draft) {
  const { shape } = fileSchema;
  const of = (key: keyof typeof shape) => ({ value: draft.parts.get(key), at: (inner: Path): Path => [key, ...inner] });
  const mapping = (key: keyof typeof shape) => ({ ...of(key), value: draft.parts.has(key) ? draft.parts.get(key) : {} });
  take(draft, shape.meters, of('meters'));
  const schedules = takeMapping(draft, schedulesSchema, mapping('schedules'));
  const fault = schedules.good.selfTest === undefined ? undefined : cronFault(schedules.good.selfTest);
  if (fault !== undefined) draft.report.mistake(['schedules', 'selfTest'], fault);
  return {
    site: takeMapping(draft, siteSchema, mapping('site')),
    stateDir: take(draft, shape.stateDir, of('stateDir')),
    socket: take(draft, shape.socket, of('socket')),
    armed: take(draft, shape.armed, of('armed')),
    onAlarm: take(draft, shape.onAlarm, of('onAlarm')),
    policy: takeMapping(draft, policySchema, mapping('policy')),
    restore: takeMapping(draft, restoreSchema, mapping('restore')),
    panel: takeMapping(draft, panelSchema, mapping('panel')),
    schedules,
  };
}

function checkFedBy(
  draft: Draft,
  known: readonly string[],
  site: { controllerFedBy?: readonly string[]; networkFedBy?: readonly string[] },
): void {
  for (const key of ['controllerFedBy', 'networkFedBy'] as const)
    checkSupplies(draft, site[key] ?? [], { known, at: (i) => ['site', key, i] });
}

function besideFile(file: string, path: string): string {
  return resolve(dirname(file), path);
}

function checkSocket(draft: Draft, socket: string): string {
  const bytes = Buffer.byteLength(socket);
  if (bytes > LONGEST_SOCKET)
    draft.report.mistake(['socket'], `the path of a socket has at most ${LONGEST_SOCKET} bytes, this one ${bytes}: choose a shorter one`);
  return socket;
}

async function readText(file: string): Promise<string | { readonly say: string }> {
  try {
    // Asked first: opening a pipe would wait for whoever writes to it.
    if (!(await stat(file)).isFile()) return { say: 'this is no plain file; name one with --config FILE' };
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(LARGEST_FILE + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { say: whyNot(error) };
  }
}

function whyNot(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'the file is not UTF-8; save it as UTF-8';
  if (code === 'ENOENT') return 'there is no such file; write one, or name it with --config FILE';
  if (code === 'EACCES') return 'the file may not be read; give it group lastwatt and mode 0640';
  return `the file cannot be read: ${visible(code ?? String(error))}`;
}
