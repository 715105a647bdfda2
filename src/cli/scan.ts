// `lastwatt scan`: which rigs are on a network, and a configuration for them. What is found goes to standard output; which
// networks are looked at, and how far it is, to standard error. It needs no service.

import { USUAL_CONFIG } from '../config/config.ts';
import { codeOf } from '../model/outcome.ts';
import type { ScanPorts } from '../scan/questions.ts';
import { emptySeconds, type Found, type ScanResult, scan } from '../scan/scan.ts';
import { viewOfReading } from '../service/reading-view.ts';
import { hostsOf, isPrivate, type Network, parseNetwork, sayNetwork, sizeOf } from '../wire/ipv4.ts';
import { complain, EXIT, type Outside, print, printJson, type RigAt } from './outside.ts';
import { draftOf, knownAt } from './scan-draft.ts';
import { clean, plural, sayDuration } from './text.ts';

export interface ScanAsk {
  /** absent: the private networks of this machine */
  readonly network?: string | undefined;
  readonly json?: true | undefined;
  /** --config; absent: the usual file, which need not be there */
  readonly config?: string | undefined;
}

/** bits of the largest network; a larger one is some thousand addresses, of which each is asked */
const WIDEST_BITS = 22;
/** s that rigs may take beside what the empty addresses do */
const RIGS_SECONDS = 120;

/** 2 for a network that is none or too large; 0 else, also where nothing is found. `ports`: only for tests. */
export async function scanNetworks(outside: Outside, ask: ScanAsk, ports?: ScanPorts): Promise<number> {
  const networks = ask.network === undefined ? ownNetworks(outside) : namedNetwork(ask.network);
  if (typeof networks === 'string') return misused(outside, networks);
  const known = await rigsOfFile(outside, ask.config);
  if (typeof known === 'string') return misused(outside, known);
  for (const one of networks)
    if (!isPrivate(one)) outside.stderr.write(`${sayNetwork(one)} is no private network: scan only what is yours\n`);
  const hosts = [...new Set(networks.flatMap(hostsOf))];
  const names = networks.map(sayNetwork);
  const empty = emptySeconds(hosts.length);
  outside.stderr.write(
    `asks ${hosts.length === 1 ? '1 address' : `${hosts.length} addresses`} of ${names.join(', ')}; some ${sayDuration(empty)}\n`,
  );
  const signal = AbortSignal.any([outside.interrupted(), AbortSignal.timeout((empty * 2 + RIGS_SECONDS) * 1000)]);
  const result = await scan({
    hosts,
    signal,
    nowMs: outside.clock.monotonicMs,
    progress: progressOn(outside),
    ...(ports !== undefined && { ports }),
  });
  if (outside.stderr.isTTY) outside.stderr.write(CLEAR);
  tell(outside, result, { known, names, json: ask.json });
  return EXIT.done;
}

function misused(outside: Outside, say: string): number {
  complain(outside, say);
  return EXIT.usage;
}

function namedNetwork(text: string): readonly Network[] | string {
  const network = parseNetwork(text);
  if (!network.ok) return network.fault.detail;
  const wide = tooWide(network.value);
  return wide ?? [network.value];
}

/** What to ask instead of a network that is too large; undefined for one that is not. */
function tooWide(network: Network): string | undefined {
  if (network.bits >= WIDEST_BITS) return undefined;
  const part = sayNetwork({ base: network.base, bits: WIDEST_BITS });
  const size = sizeOf(network).toLocaleString('en-US');
  return `${sayNetwork(network)} has ${size} addresses: scan it in parts of at most /${WIDEST_BITS}, such as ${part}, or /24 where the rigs are`;
}

/** The private ones alone: what lies beyond them is somebody else's unless its owner names it. */
function ownNetworks(outside: Outside): readonly Network[] | string {
  const all = outside.networks().flatMap((text) => {
    const network = parseNetwork(text);
    return network.ok && network.value.bits < 31 && isPrivate(network.value) ? [network.value] : [];
  });
  const fit = all.filter((one) => tooWide(one) === undefined);
  const [wide] = all.flatMap((one) => tooWide(one) ?? []);
  if (fit.length === 0) return wide ?? 'this machine has no private IPv4 network: name one, such as lastwatt scan 192.168.1.0/24';
  for (const one of all) if (!fit.includes(one)) outside.stderr.write(`not looked at: ${tooWide(one)}\n`);
  return [...new Map(fit.map((one) => [sayNetwork(one), one])).values()];
}

/** Who stands in the file already; a sentence where the file was named and can't be used. */
async function rigsOfFile(outside: Outside, named: string | undefined): Promise<readonly RigAt[] | string> {
  const file = named ?? USUAL_CONFIG;
  try {
    await outside.readText(file);
  } catch (error) {
    if (named !== undefined) return `cannot read ${file} (${codeOf(error) ?? 'not readable'}): check the path, or leave --config out`;
    if (codeOf(error) !== 'ENOENT') outside.stderr.write(`cannot read ${file}: rigs that are in it already are not marked\n`);
    return [];
  }
  const opened = await outside.openSite(file);
  if (opened.ok) return opened.site.rigs();
  outside.stderr.write(`${file} has mistakes (lastwatt check --offline): rigs that are in it already are not marked\n`);
  return [];
}

const CLEAR = '\r\u001b[K';

/** One line that is written over, where a person looks on. */
function progressOn({ stderr }: Outside): (state: { looked: number; of: number; found: number }) => void {
  return ({ looked, of, found }) => {
    if (stderr.isTTY) stderr.write(`${CLEAR}${looked} of ${of} looked at, ${plural(found, 'rig')} found …`);
  };
}

interface Told {
  readonly known: readonly RigAt[];
  readonly names: readonly string[];
  readonly json: true | undefined;
}

function tell(outside: Outside, result: ScanResult, { known, names, json }: Told): void {
  const { found, strangers, looked, left, there } = result;
  if (json) {
    printJson(outside, { networks: names, looked, left, there, found: found.map((one) => viewOf(one, known)), strangers });
    return;
  }
  for (const line of draftOf(found, known)) print(outside, line);
  for (const { host, say } of strangers) print(outside, `# ${host}  ${clean(say)}`);
  outside.stderr.write(
    `${plural(found.length, 'rig')} among ${there} that are there${left === 0 ? '' : `; ${left} not looked at, for it was broken off`}\n`,
  );
}

/** What is not known is null. */
function viewOf(one: Found, known: readonly RigAt[]): unknown {
  const { host, port, family, driver, model, firmware, mac, confidence, reading, unread, watts } = one;
  return {
    host,
    port: port ?? null,
    family,
    driver: driver ?? null,
    model: model ?? null,
    firmware: firmware ?? null,
    mac: mac ?? null,
    confidence,
    watts: reading?.watts ?? watts ?? null,
    rig: knownAt(one, known)?.id ?? null,
    reading: reading === undefined ? null : viewOfReading(reading, undefined),
    unread: unread ?? null,
  };
}
