// What a rig of graphics cards is asked over a shell, and what its answer says: cards of NVIDIA by nvidia-smi's CSV, of AMD by
// the kernel's hwmon files (µW, m°C, rpm; kernel documentation, gpu/amdgpu) or rocm-smi's JSON, the miner by its session, service or name.
import { objectOf, parsed } from './json.ts';

export interface Card {
  /** what nvidia-smi or the PCI bus calls it; stays the same over a reboot */
  readonly id: string;
  readonly maker: 'nvidia' | 'amd';
  /** W that it draws now; absent where it does not tell */
  readonly watts?: number;
  /** its hottest sensor of the chip */
  readonly temperatureC?: number;
  readonly fanRpm?: number;
  /** W that it may draw now, and what that can be set to; absent where it can't be set */
  readonly limit?: { readonly watts: number; readonly leastWatts: number; readonly mostWatts: number };
}

export interface GpuLook {
  readonly cards: readonly Card[];
  /** a tool that should tell of cards failed, or tells of fewer than there are on the bus */
  readonly blind: boolean;
  /** the miner runs; undefined: nothing says so or denies it */
  readonly runs: boolean | undefined;
  /** the service that is named as the miner is not known there */
  readonly noService: boolean;
  /** the limits, W, that stood before ours, by card */
  readonly before: ReadonlyMap<string, number>;
  readonly uptimeSeconds?: number;
  readonly system?: string;
  readonly mac?: string;
}

/** How the miner is found. */
export interface MinerSigns {
  /** screen's name for its session, under Hive OS */
  readonly session?: string;
  /** a unit of systemd */
  readonly service?: string;
  /** names of processes; more than one may be right */
  readonly processes: readonly string[];
}

/** Where the limits from before ours are kept on the rig: memory, gone with a reboot as the limits are. */
export const BEFORE_FILE = '/run/lastwatt-power-limits';
/** The first and the last line of a whole answer: rigs whose shells greet put their greeting before it. */
export const FIRST_LINE = '@lastwatt';
export const LAST_LINE = '@end';

const say = (section: string): string => `printf '\\n@%s\\n' ${section}`;
const QUERY = 'uuid,power.draw,temperature.gpu,power.limit,power.min_limit,power.max_limit';

/**
 * Nothing that it runs changes anything; a tool that hangs is left after 3 s, and the rest is still told, within the 5 s that a look
 * may take with its login: a rig that draws full power would count as silent otherwise.
 */
const CARDS = [
  `${say('bus')}; for d in /sys/bus/pci/devices/*; do read -r c <"$d/class" || continue; case $c in 0x0300*|0x0302*|0x0380*) cat "$d/vendor";; esac; done 2>/dev/null`,
  "T=; command -v timeout >/dev/null 2>&1 && T='timeout -k 1 3'",
  'if command -v nvidia-smi >/dev/null 2>&1; then',
  `${say('nvidia')}; $T nvidia-smi --query-gpu=${QUERY} --format=csv,noheader,nounits 2>/dev/null`,
  'fi',
  'A=',
  'for h in /sys/bus/pci/devices/*/hwmon/hwmon*; do',
  'n=; [ -e "$h/name" ] && read -r n <"$h/name"; [ "$n" = amdgpu ] || continue',
  `A=1; d=\${h%/hwmon/hwmon*}; ${say('amd')}; echo "id \${d##*/}"`,
  'for f in power1_average power1_input temp1_input temp2_input fan1_input power1_cap power1_cap_min power1_cap_max; do',
  'v=$(cat "$h/$f" 2>/dev/null) && echo "$f $v"',
  'done; done',
  'if [ -z "$A" ] && command -v rocm-smi >/dev/null 2>&1; then',
  `${say('rocm')}; $T rocm-smi --showpower --showtemp --showfan --json 2>/dev/null; printf '\\n=%s\\n' $?`,
  'fi',
  `if [ -e ${BEFORE_FILE} ]; then ${say('before')}; cat ${BEFORE_FILE}; fi`,
];

const WHO = [
  `${say('uptime')}; cat /proc/uptime`,
  `${say('system')}; sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null`,
  `${say('mac')}; for n in /sys/class/net/*; do [ -e "$n/device" ] && cat "$n/address" 2>/dev/null; done`,
];

function minerLines({ session, service, processes }: MinerSigns): readonly string[] {
  return [
    ...(session === undefined ? [] : [`${say('session')}; screen -ls ${session} 2>&1; printf '=%s\\n' $?`]),
    ...(service === undefined ? [] : [`${say('service')}; systemctl show -p LoadState -p ActiveState ${service} 2>/dev/null`]),
    // Where a user is shown his own alone (hidepid), the miner of another is not seen, and not gone: then nothing is told.
    ...(processes.length === 0 ? [] : [`if [ -r /proc/1/comm ]; then ${say('processes')}; cat /proc/[0-9]*/comm 2>/dev/null; fi`]),
  ];
}

/** A script for a POSIX shell; the words in `signs` are plain names. */
export function lookScript(signs: MinerSigns): string {
  return framed([...WHO, ...CARDS, ...minerLines(signs)]);
}

/** The lines of a script between the lines that show that its answer is whole. */
export function framed(lines: readonly string[]): string {
  return [`PATH=$PATH:/usr/sbin:/sbin:/opt/rocm/bin; export PATH; LC_ALL=C; export LC_ALL; echo ${FIRST_LINE}`, ...lines, say('end')].join(
    '\n',
  );
}

/** A thousand processes and 64 cards have fewer. */
const MOST_LINES = 3_000;
const MOST_SECTIONS = 96;

export type Sections = readonly { readonly name: string; readonly lines: readonly string[] }[];

/** The sections of a whole answer; undefined where its first or last line is missing, or where it holds more than text. */
export function sectionsIn(text: string): Sections | undefined {
  if (text.includes('\0')) return undefined;
  const lines = text.split(/\r?\n/, MOST_LINES + 1);
  if (lines.length > MOST_LINES) return undefined;
  const first = lines.indexOf(FIRST_LINE);
  const last = lines.lastIndexOf(LAST_LINE);
  if (first < 0 || last < first || lines.slice(last + 1).some((line) => line.trim() !== '')) return undefined;
  const sections: { name: string; lines: string[] }[] = [];
  for (const line of lines.slice(first + 1, last)) {
    const name = line.startsWith('@') ? /^@([a-z]{1,16})$/.exec(line)?.[1] : undefined;
    if (name !== undefined && sections.length >= MOST_SECTIONS) return undefined;
    if (name !== undefined) sections.push({ name, lines: [] });
    else if (line.trim() !== '') sections.at(-1)?.lines.push(line.trim());
  }
  return sections;
}

/** Undefined where it is no whole answer to `lookScript(signs)`. */
export function gpuLookIn(text: string, signs: MinerSigns): GpuLook | undefined {
  const sections = sectionsIn(text);
  if (sections === undefined) return undefined;
  const linesOf = (name: string): readonly string[] | undefined => sections.find((one) => one.name === name)?.lines;
  const nvidia = linesOf('nvidia');
  const rocm = linesOf('rocm');
  const rocmCards = rocm === undefined ? [] : rocmCardsIn(rocm);
  const cards = [
    ...(nvidia ?? []).flatMap(nvidiaCard),
    ...sections.filter(({ name }) => name === 'amd').flatMap(({ lines }) => amdCard(lines)),
    ...(rocmCards ?? []),
  ];
  const uptime = amount(linesOf('uptime')?.[0]?.split(' ')[0], YEARS);
  const system = linesOf('system')?.[0]?.replace(/^["']|["']$/g, '');
  const mac = macIn(linesOf('mac') ?? []);
  return {
    cards,
    blind: missing(linesOf('bus') ?? [], cards) || (rocm !== undefined && (rocmCards === undefined || !endedWell(rocm))),
    ...minerIn(linesOf, signs),
    before: beforeIn(linesOf('before') ?? []),
    ...(uptime !== undefined && { uptimeSeconds: uptime }),
    ...(system !== undefined && /^[\x20-\x7e]{1,80}$/.test(system) && { system }),
    ...(mac !== undefined && { mac }),
  };
}

/** The lowest that is burnt in, else the lowest: a wireless card that is not connected looks for networks under ever new names of its own. */
function macIn(lines: readonly string[]): string | undefined {
  const macs = lines.filter((one) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(one) && one !== '00:00:00:00:00:00').sort();
  return macs.find((one) => !LOCAL.test(one)) ?? macs[0];
}
/** The second bit of the first byte: given by software, by itself or by chance. */
const LOCAL = /^.[2367abef]/;

/** s; no machine runs longer */
const YEARS = 1e9;
/** W; no card draws more */
const MOST_WATTS = 3_000;
const MOST_CARDS = 64;

/** A plain number from 0 to `most`; `[N/A]`, a word or nothing is none. */
function amount(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !/^\d{1,15}(\.\d{1,9})?$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

/** Vendors of graphics cards on the PCI bus. nvidia-smi alone proves nothing: on some images it stands without such a card, and fails. */
const VENDORS = { nvidia: '0x10de', amd: '0x1002' } as const;

/** Whether the bus has more cards of a maker than were told of: one that hangs is left out by its tool. */
function missing(bus: readonly string[], cards: readonly Card[]): boolean {
  const count = (maker: Card['maker']): number => cards.filter((one) => one.maker === maker).length;
  return (['nvidia', 'amd'] as const).some((maker) => bus.filter((vendor) => vendor === VENDORS[maker]).length > count(maker));
}

const endedWell = (lines: readonly string[]): boolean => lines.at(-1) === '=0';

function nvidiaCard(line: string): readonly Card[] {
  const [id = '', draw, temperature, limit, least, most] = line.split(',').map((part) => part.trim());
  if (!/^GPU-[0-9a-f-]{4,60}$/i.test(id)) return [];
  return [
    card({ id, maker: 'nvidia' }, [amount(draw, MOST_WATTS), amount(temperature, 200)], {
      watts: amount(limit, MOST_WATTS),
      leastWatts: amount(least, MOST_WATTS),
      mostWatts: amount(most, MOST_WATTS),
    }),
  ];
}

function amdCard(lines: readonly string[]): readonly Card[] {
  const files = new Map(lines.map((line): [string, string] => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
  const id = files.get('id') ?? '';
  if (!/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(id)) return [];
  const wattsOf = (file: string): number | undefined => scaled(amount(files.get(file), MOST_WATTS * 1e6), 1e-6);
  const chip = ['temp1_input', 'temp2_input'].flatMap((file) => scaled(amount(files.get(file), 200_000), 1e-3) ?? []);
  return [
    card(
      { id, maker: 'amd' },
      [wattsOf('power1_average') ?? wattsOf('power1_input'), chip.length === 0 ? undefined : Math.max(...chip)],
      { watts: wattsOf('power1_cap'), leastWatts: wattsOf('power1_cap_min') ?? 0, mostWatts: wattsOf('power1_cap_max') },
      amount(files.get('fan1_input'), 30_000),
    ),
  ];
}

/** A text, or a number as one; what else JSON holds has none that is safe to make. */
const plain = (field: unknown): string | undefined =>
  typeof field === 'string' ? field : typeof field === 'number' ? `${field}` : undefined;

const scaled = (value: number | undefined, by: number): number | undefined => (value === undefined ? undefined : value * by);

/** Undefined where it is no JSON. The names of the fields differ by version, their units stand in them. */
function rocmCardsIn(lines: readonly string[]): readonly Card[] | undefined {
  const all = objectOf(parsed(lines.filter((line) => !line.startsWith('=')).join('\n')));
  if (all === undefined) return undefined;
  return [...all]
    .filter(([name]) => /^card\d{1,2}$/.test(name))
    .slice(0, MOST_CARDS)
    .map(([id, value]) => {
      const fields = [...(objectOf(value) ?? [])];
      const of = (pattern: RegExp, most: number): readonly number[] =>
        fields.flatMap(([name, field]) => (pattern.test(name) ? (amount(plain(field), most) ?? []) : []));
      const chip = of(/^Temperature \(Sensor (edge|junction)\) \(C\)$/, 200);
      const watts = of(/Graphics Package Power \(W\)$/, MOST_WATTS)[0];
      return card({ id, maker: 'amd' }, [watts, chip.length === 0 ? undefined : Math.max(...chip)], {}, of(/^Fan RPM$/, 30_000)[0]);
    });
}

function card(
  who: Pick<Card, 'id' | 'maker'>,
  [watts, temperatureC]: readonly [number | undefined, number | undefined],
  bounds: { readonly watts?: number | undefined; readonly leastWatts?: number | undefined; readonly mostWatts?: number | undefined },
  fanRpm?: number,
): Card {
  const { watts: limit, leastWatts, mostWatts } = bounds;
  return {
    ...who,
    ...(watts !== undefined && { watts }),
    ...(temperatureC !== undefined && { temperatureC }),
    ...(fanRpm !== undefined && { fanRpm }),
    ...(limit !== undefined && leastWatts !== undefined && mostWatts !== undefined && { limit: { watts: limit, leastWatts, mostWatts } }),
  };
}

type LinesOf = (name: string) => readonly string[] | undefined;

/** It runs where one sign says so; it does not where all that were asked for deny it. */
function minerIn(linesOf: LinesOf, { session, service, processes }: MinerSigns): Pick<GpuLook, 'runs' | 'noService'> {
  const signs: (boolean | undefined)[] = [];
  if (session !== undefined) signs.push(sessionRuns(linesOf('session'), session));
  const unit = linesOf('service');
  if (service !== undefined) signs.push(serviceRuns(unit));
  // The kernel cuts the name of a process to 15 characters.
  const names = new Set(processes.map((name) => name.slice(0, 15)));
  const running = linesOf('processes');
  if (names.size > 0) signs.push(running === undefined || running.length === 0 ? undefined : running.some((name) => names.has(name)));
  return {
    runs: signs.includes(true) ? true : signs.length === 0 || signs.includes(undefined) ? undefined : false,
    noService: unit?.includes('LoadState=not-found') === true,
  };
}

/** screen ends with 1 where it finds no session, and says so; another end is no word of it. */
function sessionRuns(lines: readonly string[] | undefined, session: string): boolean | undefined {
  if (lines === undefined) return undefined;
  const name = new RegExp(`^\\d{1,9}\\.${session}\\b`);
  if (lines.some((line) => name.test(line))) return true;
  return lines.some((line) => /^No Sockets found|^There (is|are) .*screen/.test(line)) ? false : undefined;
}

/** One that is being stopped still runs. */
function serviceRuns(lines: readonly string[] | undefined): boolean | undefined {
  const state = lines?.find((line) => line.startsWith('ActiveState='));
  if (state === undefined || lines?.includes('LoadState=loaded') !== true) return undefined;
  return state !== 'ActiveState=inactive' && state !== 'ActiveState=failed';
}

function beforeIn(lines: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    lines.slice(0, MOST_CARDS).flatMap((line): [string, number][] => {
      const [id = '', watts] = line.split(' ');
      const value = amount(watts, MOST_WATTS);
      return value === undefined ? [] : [[id, value]];
    }),
  );
}
