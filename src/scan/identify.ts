// Who answers: from the answers of one address to family, model, firmware and MAC. Pure. Firmwares borrow the fields of
// each other, so the words that only one of them has are looked for first, and each finding says how sure it is.

import { known } from '../model/known.ts';
import { glanceAt } from '../wire/http-glance.ts';
import { objectOf, parsed } from '../wire/json.ts';
import { measureOf, type Row, textOf, wordOf } from '../wire/rows-4028.ts';
import { decode4028 } from '../wire/socket4028.ts';
import type { Family } from './families.ts';

/** sure: it says so in words of its own; likely: in words that others borrow; guess: one sign alone. */
export type Confidence = 'sure' | 'likely' | 'guess';

export interface Identity {
  readonly family: Family;
  readonly confidence: Confidence;
  readonly model?: string;
  readonly firmware?: string;
  /** as `02:00:00:00:00:01` */
  readonly mac?: string;
  /** W that it says it draws now; above 0 */
  readonly watts?: number;
  /** what was asked when it said so */
  readonly by: QuestionName;
}

/** What can be asked of an address. */
export const QUESTIONS = [
  'version',
  'stats',
  'config',
  'get_version',
  'get_miner_info',
  'devdetails',
  'get.device.info',
  'epic',
  'home',
  'system-info',
  'api-info',
  'api-status',
  'miner-details',
  'xmrig',
  'xmrig-second',
  'cgi-info',
  'auradine',
  'trex',
] as const;

export type QuestionName = (typeof QUESTIONS)[number];

/** Answers by their questions; those that brought no bytes are not in it. */
export type Answers = ReadonlyMap<QuestionName, Uint8Array>;

/** Paths that nobody under Braiins OS keeps behind a login. */
const OPEN_TO_ALL: readonly QuestionName[] = ['home', 'system-info'];

/** Whether it refuses whatever it is asked, as cameras do: that says nothing of any path. */
function refusesAll(answers: Answers): boolean {
  return OPEN_TO_ALL.some((name) => isRefusal(answers.get(name)));
}

function isRefusal(bytes: Uint8Array | undefined): boolean {
  const status = bytes === undefined ? undefined : glanceAt(bytes)?.status;
  return status === 401 || status === 403;
}

type Finding = { readonly [K in Exclude<keyof Identity, 'by'>]?: Identity[K] | undefined };

const RANK: Readonly<Record<Confidence, number>> = { sure: 3, likely: 2, guess: 1 };

/** The best of all findings, with what the others of its family add; undefined where nothing speaks for a rig. */
export function identify(answers: Answers): Identity | undefined {
  const findings = [...answers].flatMap(([by, bytes]) => READERS[by](bytes, answers).map((one) => ({ ...one, by })));
  const named = findings.filter((one) => one.family !== undefined && one.confidence !== undefined);
  const [best] = named.toSorted((a, b) => RANK[b.confidence ?? 'guess'] - RANK[a.confidence ?? 'guess']);
  if (best?.family === undefined || best.confidence === undefined) return undefined;
  // The best first: what it says of itself outranks what a borrowed field says.
  const same = [best, ...findings.filter((one) => one !== best && (one.family ?? best.family) === best.family)];
  const first = <K extends keyof Finding>(key: K): Finding[K] => same.find((one) => one[key] !== undefined)?.[key];
  const more = { model: first('model'), firmware: first('firmware'), mac: first('mac'), watts: first('watts') };
  const told = known<Pick<Identity, 'model' | 'firmware' | 'mac' | 'watts'>>(more);
  const found = { family: best.family, confidence: best.confidence, by: best.by, ...told };
  return found.family === 'antminer' && isOld(found.model) ? { ...found, family: 'antminer-old' } : found;
}

/** Antminers before the S19: their firmware knows no sleep. */
function isOld(model: string | undefined): boolean {
  return /\b(S9|S1[157]|T9|T1[57]|R4|L3|D3|D5|A3|B3|B7|E3|X3|Z9|Z11|Z15|V9)(?!\d)/i.test(model ?? '');
}

const READERS: Readonly<Record<QuestionName, (bytes: Uint8Array, all: Answers) => readonly Finding[]>> = {
  version: (bytes, all) => (glanceAt(bytes) === undefined ? ofVersion(bytes) : ofHttpOn4028(bytes, all.get('epic'))),
  stats: (bytes) => ofStats(bytes),
  config: (bytes) => ofLuxosConfig(bytes),
  get_version: (bytes) => ofWhatsminer(bytes, (told) => ({ firmware: wordOf(told, 'fw_ver') }), 'fw_ver'),
  get_miner_info: (bytes) => ofWhatsminer(bytes, (told) => ({ mac: macOf(told, 'mac') }), 'mac'),
  devdetails: (bytes) => ofDetails(bytes),
  'get.device.info': (bytes) => ofDeviceInfo(bytes),
  epic: (bytes) => ofEpic(bytes),
  home: (bytes) => ofHome(bytes),
  'system-info': (bytes) => ofSystemInfo(bytes),
  'api-info': (bytes) => ofVnish(bytes),
  'api-status': (bytes) => ofVnishStatus(bytes),
  'miner-details': (bytes, all) => ofBraiins(bytes, all),
  xmrig: (bytes) => ofXmrig(bytes),
  'xmrig-second': (bytes) => ofXmrig(bytes),
  'cgi-info': (bytes) => ofCgi(bytes),
  auradine: (bytes) => ofAuradine(bytes),
  trex: (bytes) => ofTrex(bytes),
};

/** A MAC in any of the ways that they write it; nothing but zeros is none. */
function macOf(row: Row | undefined, key: string): string | undefined {
  const digits = (wordOf(row, key) ?? '').replace(/[:-]/g, '').toLowerCase();
  return /^[0-9a-f]{12}$/.test(digits) && !/^0+$/.test(digits) ? digits.replace(/(..)(?=.)/g, '$1:') : undefined;
}

/** W; no rig of any family draws more */
const WATTS_LIMIT = 20_000;

function wattsIn(row: Row | undefined, key: string): number | undefined {
  const watts = measureOf(row, key, WATTS_LIMIT);
  return watts === undefined || watts === 0 ? undefined : watts;
}

/** What stands in an answer to `version` on port 4028. */
interface Version {
  readonly row: Row | undefined;
  /** `Description` */
  readonly who: string;
  /** `Type` and `Miner`, which several firmwares fill with the words of others */
  readonly borrowed: string;
  readonly message: string;
  readonly model: string | undefined;
  /** whether a key or the description begins so */
  readonly has: (pattern: RegExp) => boolean;
}

/** The answer to `version`: who wrote it stands in the names of its keys, or in `Description`. The first that fits. */
const VERSIONS: readonly ((version: Version) => Finding | false)[] = [
  (one) => one.has(/^LUXminer/i) && { ...sure('luxos', one), firmware: luxosIn(one) },
  (one) => one.has(/^BOS(miner|er)/i) && { ...sure('braiins', one), firmware: firstOf(one.row, /^BOS(miner|er)/i) ?? one.who },
  (one) => /vnish|anthill/i.test(one.borrowed) && { ...sure('vnish', one), firmware: wordOf(one.row, 'Miner') },
  (one) => (/^Avalon/i.test(wordOf(one.row, 'PROD') ?? '') || one.has(/^(LOADER|HWTYPE|UPAPI)$/)) && ofAvalon(one.row),
  (one) => /whatsminer|btminer/i.test(`${one.who} ${one.message}`) && { family: 'whatsminer', confidence: 'likely' },
  (one) => /^bdminer/i.test(one.who) && { ...sure('sealminer', one), firmware: one.who },
  (one) => /^(GCMiner|FluxOS)/i.test(one.who) && { ...sure('auradine', one), firmware: one.who },
  (one) => one.has(/^TeamRedMiner/i) && { ...sure('teamredminer', one), firmware: one.who },
  (one) =>
    (one.has(/^BMMiner$/i) || /\bAntminer/i.test(one.borrowed)) && {
      ...sure('antminer', one),
      confidence: 'likely',
      firmware: wordOf(one.row, 'CompileTime'),
    },
  (one) => one.has(/^(CGMiner|BFGMiner)/i) && { family: 'cgminer', confidence: 'guess', firmware: one.who },
];

function ofVersion(bytes: Uint8Array): readonly Finding[] {
  const answer = decode4028(bytes);
  if (!answer.ok) return [];
  const { description: who = '', message, rows } = answer.value;
  const row = rows('VERSION')[0];
  const keys = [...(row?.keys() ?? []), who];
  const version: Version = {
    row,
    who,
    borrowed: `${wordOf(row, 'Type') ?? ''} ${wordOf(row, 'Miner') ?? ''}`,
    message,
    model: modelIn(wordOf(row, 'Type')),
    has: (pattern) => keys.some((key) => pattern.test(key)),
  };
  for (const rule of VERSIONS) {
    const found = rule(version);
    if (found !== false) return [found];
  }
  return [];
}

function sure(family: Family, { model }: Version): Finding {
  return { family, confidence: 'sure', model };
}

function luxosIn({ row, who }: Version): string | undefined {
  const version = firstOf(row, /^LUXminer/i);
  return version === undefined ? who : `LUXminer ${version}`;
}

function firstOf(row: Row | undefined, pattern: RegExp): string | undefined {
  const key = [...(row?.keys() ?? [])].find((one) => pattern.test(one));
  return key === undefined ? undefined : wordOf(row, key);
}

/** `Antminer S19 (VNish 1.2)` is an Antminer S19. */
function modelIn(type: string | undefined): string | undefined {
  const model = type?.replace(/\s*\(.*$/, '').trim();
  return model === '' ? undefined : model;
}

function ofAvalon(row: Row | undefined): Finding {
  const firmware = wordOf(row, 'VERSION') ?? wordOf(row, 'LVERSION');
  return { family: 'avalon', confidence: 'sure', model: wordOf(row, 'PROD') ?? wordOf(row, 'MODEL'), firmware, mac: macOf(row, 'MAC') };
}

/** ePIC speaks HTTP on 4028, and to a request that is none it says 400. So do gateways: `summary` is what it said when it was asked. */
function ofHttpOn4028(bytes: Uint8Array, summary: Uint8Array | undefined): readonly Finding[] {
  if (summary !== undefined && ofEpic(summary).length === 0) return [];
  return [{ family: 'epic', confidence: glanceAt(bytes)?.status === 400 ? 'likely' : 'guess' }];
}

function ofEpic(bytes: Uint8Array): readonly Finding[] {
  const told = objectIn(bytes);
  const firmware = wordOf(told, 'Software');
  if (told === undefined || !(told.has('HBs') || /powerplay/i.test(firmware ?? ''))) return [];
  return [{ family: 'epic', confidence: 'sure', firmware, watts: wattsIn(objectOf(told.get('Power Supply Stats')), 'Input Power') }];
}

/** For those that call themselves cgminer: an Avalon gives its modules as texts of `NAME[value]`. */
function ofStats(bytes: Uint8Array): readonly Finding[] {
  const answer = decode4028(bytes);
  const row = answer.ok ? answer.value.rows('STATS')[0] : undefined;
  const module = textOf(row, [...(row?.keys() ?? [])].find((key) => /^MM ID/.test(key)) ?? '');
  if (module === undefined) return [];
  const version = /\bVer\[([\x20-\x5c\x5e-\x7e]{1,64})\]/.exec(module)?.[1];
  const model = version?.split('-')[0];
  return [{ family: 'avalon', confidence: 'sure', model: model === undefined ? undefined : `Avalon ${model}`, firmware: version }];
}

function ofLuxosConfig(bytes: Uint8Array): readonly Finding[] {
  const answer = decode4028(bytes);
  const row = answer.ok ? answer.value.rows('CONFIG')[0] : undefined;
  return row === undefined ? [] : [{ model: wordOf(row, 'Model'), mac: macOf(row, 'MACAddr') }];
}

/** The style of MicroBT: STATUS is a letter, Msg an object. */
function ofWhatsminer(bytes: Uint8Array, read: (told: Row) => Finding, proof: string): readonly Finding[] {
  const answer = objectOf(parsed(new TextDecoder().decode(bytes).replace(/\0+\s*$/, '')));
  const told = objectOf(answer?.get('Msg'));
  if (told === undefined || !told.has(proof)) return [];
  return [{ family: 'whatsminer', confidence: 'sure', ...read(told) }];
}

function ofDetails(bytes: Uint8Array): readonly Finding[] {
  const answer = decode4028(bytes);
  const model = answer.ok ? wordOf(answer.value.rows('DEVDETAILS')[0], 'Model') : undefined;
  return model === undefined ? [] : [{ model: /^M\d/.test(model) ? `Whatsminer ${model}` : model }];
}

/** A frame of Whatsminer's API 3: four bytes of length, the lowest first, then JSON. */
function ofDeviceInfo(bytes: Uint8Array): readonly Finding[] {
  const told = objectOf(objectOf(parsed(new TextDecoder().decode(bytes.subarray(4))))?.get('msg'));
  const system = objectOf(told?.get('system'));
  const miner = objectOf(told?.get('miner'));
  if (miner === undefined && system === undefined) return [];
  const model = wordOf(miner, 'type');
  return [
    {
      family: 'whatsminer',
      confidence: 'sure',
      model: model === undefined ? undefined : `Whatsminer ${model}`,
      firmware: wordOf(system, 'fwversion'),
      mac: macOf(objectOf(told?.get('network')), 'mac'),
    },
  ];
}

/** Words of pages that only one family serves; a page alone is a guess. */
const PAGES: readonly (readonly [RegExp, Family])[] = [
  [/axeos/i, 'axeos'],
  [/nerd(q|octa)?axe/i, 'nerdqaxe'],
  [/anthill|vnish/i, 'vnish'],
  [/braiins/i, 'braiins'],
  [/luxos|luxor/i, 'luxos'],
  [/whatsminer|microbt/i, 'whatsminer'],
  [/kaonsu|marafw/i, 'mara'],
  [/elphapex/i, 'elphapex'],
  [/goldshell/i, 'goldshell'],
  [/iceriver/i, 'iceriver'],
  [/auradine|fluxos/i, 'auradine'],
];

function ofHome(bytes: Uint8Array): readonly Finding[] {
  const glance = glanceAt(bytes);
  if (glance === undefined) return [];
  const asks = glance.headers.get('www-authenticate') ?? '';
  // Hammer builds on the same firmware, under a name of its own.
  if (glance.status === 401 && /realm="?antMiner Configuration/i.test(asks)) return [{ family: 'antminer', confidence: 'sure' }];
  if (glance.status === 401 && /realm="?blackMiner Configuration/i.test(asks)) return [{ family: 'antminer', confidence: 'likely' }];
  const [, family] = PAGES.find(([word]) => word.test(`${asks} ${glance.body}`)) ?? [];
  return family === undefined ? [] : [{ family, confidence: 'guess' }];
}

function objectIn(bytes: Uint8Array): Row | undefined {
  const glance = glanceAt(bytes);
  return glance?.status === 200 ? objectOf(parsed(glance.body)) : undefined;
}

function ofSystemInfo(bytes: Uint8Array): readonly Finding[] {
  const told = objectIn(bytes);
  const chip = wordOf(told, 'ASICModel');
  if (told === undefined || chip === undefined) return [];
  const device = wordOf(told, 'deviceModel');
  const firmware = wordOf(told, 'version') ?? wordOf(told, 'axeOSVersion');
  const known = { firmware, mac: macOf(told, 'macAddr'), watts: wattsIn(told, 'power') };
  if (/nerd|octaxe/i.test(device ?? '')) return [{ family: 'nerdqaxe', confidence: 'sure', model: device, ...known }];
  const board = wordOf(told, 'boardVersion');
  const model = device ?? `Bitaxe ${board === undefined ? '' : `${board} `}${chip}`;
  return [{ family: 'axeos', confidence: 'sure', model, ...known }];
}

function ofVnish(bytes: Uint8Array): readonly Finding[] {
  const told = objectIn(bytes);
  const firmware = wordOf(told, 'fw_version');
  if (told === undefined || firmware === undefined) return [];
  const network = objectOf(objectOf(told.get('system'))?.get('network_status'));
  const name = wordOf(told, 'fw_name') ?? 'VNish';
  return [
    { family: 'vnish', confidence: 'sure', model: wordOf(told, 'miner'), firmware: `${name} ${firmware}`, mac: macOf(network, 'mac') },
  ];
}

/** What it says without a login, whichever version it is. */
function ofVnishStatus(bytes: Uint8Array): readonly Finding[] {
  const told = objectIn(bytes);
  return wordOf(told, 'miner_state') === undefined ? [] : [{ family: 'vnish', confidence: told?.has('unlocked') ? 'sure' : 'likely' }];
}

/** Without a token it tells nothing, and that it wants one is a sign that some others share. */
function ofBraiins(bytes: Uint8Array, all: Answers): readonly Finding[] {
  if (isRefusal(bytes)) return refusesAll(all) ? [] : [{ family: 'braiins', confidence: 'guess' }];
  const told = objectIn(bytes);
  const version = wordOf(objectOf(told?.get('bos_version')), 'current');
  if (told === undefined || version === undefined) return [];
  const model = wordOf(objectOf(told.get('miner_identity')), 'name');
  return [{ family: 'braiins', confidence: 'sure', model, firmware: version, mac: macOf(told, 'mac_address') }];
}

/** Where it wants a token it says no more than that, in words that others might use. */
function ofXmrig(bytes: Uint8Array): readonly Finding[] {
  const glance = glanceAt(bytes);
  if (glance?.status === 401 && /"error":\s*"UNAUTHORIZED"/.test(glance.body)) return [{ family: 'xmrig', confidence: 'guess' }];
  const agent = wordOf(objectIn(bytes), 'ua');
  if (agent === undefined || !/^xmrig/i.test(agent)) return [];
  return [{ family: 'xmrig', confidence: 'sure', firmware: agent.split(' ')[0] }];
}

/** A page that wants a login says whose it is in the name of what it guards. */
function ofCgi(bytes: Uint8Array): readonly Finding[] {
  const asks = glanceAt(bytes)?.headers.get('www-authenticate') ?? '';
  return /realm="?elphapex/i.test(asks) ? [{ family: 'elphapex', confidence: 'likely' }] : ofHome(bytes);
}

/** To whoever brings no token it says so in the manner of 4028, and who it is. */
function ofAuradine(bytes: Uint8Array): readonly Finding[] {
  const answer = decode4028(Buffer.from(glanceAt(bytes)?.body ?? ''));
  const who = answer.ok ? (answer.value.description ?? '') : '';
  return /^(GCMiner|FluxOS)/i.test(who) ? [{ family: 'auradine', confidence: 'sure', firmware: who }] : [];
}

/** One that wants a login for its summary too says no more than that. */
function ofTrex(bytes: Uint8Array): readonly Finding[] {
  const told = objectIn(bytes);
  if (told?.get('error') === 'unauthorized request') return [{ family: 'trex', confidence: 'guess' }];
  if (!/^t-rex/i.test(wordOf(told, 'name') ?? '')) return [];
  const version = wordOf(told, 'version');
  return [{ family: 'trex', confidence: 'sure', firmware: version === undefined ? 'T-Rex' : `T-Rex ${version}` }];
}
