// The names that the outlets of one PDU bear, as its agent tells them: walked through when they are first needed, and again when one is
// no longer where it was.
import { failed, type Outcome, ok } from '../../model/outcome.ts';
import { orAborted } from '../../transports/or-aborted.ts';
import type { SnmpDevice, SnmpTurn } from '../../transports/snmp-device.ts';
import { namesRoot, type OutletNames, outletName, outletOf, type PduMib, sayOutlets } from '../../wire/snmp-pdus.ts';

/** More than any PDU has, chained ones included. */
const MOST_OUTLETS = 192;
/** All contacts of a PDU look for theirs at once when the service starts; a name that is wrong is not looked for all the time. */
const FRESH_MS = 10_000;
/** Of a walk that several wait for. */
const WALK_MS = 8_000;

export interface NamesKit {
  readonly device: SnmpDevice;
  readonly mib: PduMib;
  readonly unit: number;
  /** monotonic ms */
  readonly nowMs: () => number;
}

export class OutletDirectory {
  readonly #kit: NamesKit;
  #told: { readonly atMs: number; readonly names: OutletNames } | undefined;
  readonly #walks = new Map<'calm' | 'urgent', Promise<Outcome<OutletNames>>>();

  constructor(kit: NamesKit) {
    this.#kit = kit;
  }

  /** The one outlet of that name. None, or two: a mistake in the file or on the PDU, and nothing is moved. */
  async find(name: string, turn: SnmpTurn): Promise<Outcome<number>> {
    const names = await this.#names(name, turn);
    return names.ok ? this.#only(name, names.value) : names;
  }

  /** An outlet was found under another name than it had. */
  forget(): void {
    this.#told = undefined;
  }

  async #names(name: string, turn: SnmpTurn): Promise<Outcome<OutletNames>> {
    const { nowMs, device } = this.#kit;
    const told = this.#told !== undefined && nowMs() - this.#told.atMs < FRESH_MS ? this.#told.names : undefined;
    if (told !== undefined && (!turn.urgent || told.get(name)?.length === 1)) return ok(told);
    const late = failed('timeout', `${device.where} did not tell the names of its outlets in time`);
    return orAborted(this.#sharedWalk(turn.urgent), turn.signal, late);
  }

  /** An order does not wait for a reading, which others may push aside; of orders that come together one walks for all. */
  #sharedWalk(urgent: boolean): Promise<Outcome<OutletNames>> {
    const kind = urgent ? 'urgent' : 'calm';
    const under = this.#walks.get(kind);
    if (under !== undefined) return under;
    const walk = this.#walk({ signal: AbortSignal.timeout(WALK_MS), urgent, first: urgent }).finally(() => this.#walks.delete(kind));
    this.#walks.set(kind, walk);
    return walk;
  }

  #only(name: string, names: OutletNames): Outcome<number> {
    const { where } = this.#kit.device;
    const [only, ...others] = names.get(name) ?? [];
    const quoted = JSON.stringify(name);
    if (only === undefined) {
      const there = names.size === 0 ? 'it tells no names at all: is mib the right one?' : `there are: ${sayOutlets(names)}`;
      return failed('unsupported', `${where} has no outlet named ${quoted}; ${there}`, 'later');
    }
    if (others.length === 0) return ok(only);
    const both = `outlets ${[only, ...others].join(' and ')} are both named ${quoted}`;
    return failed('unsupported', `${where}: ${both}: name one otherwise there, or use outlets: with its number`, 'later');
  }

  /** A turn for each name, so that an order of another outlet goes in between. */
  async #walk(turn: SnmpTurn): Promise<Outcome<OutletNames>> {
    const { device, mib, unit, nowMs } = this.#kit;
    if (mib.names === undefined) return failed('unsupported', `the outlets of ${mib.name} bear no names: use outlets:`, 'never');
    const root = namesRoot(mib.names, mib, unit);
    const names = new Map<string, number[]>();
    let oid = root;
    for (let last = 0, seen = 0; seen < MOST_OUTLETS; seen += 1) {
      const next = await device.next(oid, turn);
      if (!next.ok) return next;
      const outlet = next.value === undefined ? undefined : outletOf(next.value.oid, root);
      const name = outletName(next.value?.value);
      // Out of the column, or round in circles.
      if (next.value === undefined || outlet === undefined || outlet <= last || name === undefined) break;
      names.set(name, [...(names.get(name) ?? []), outlet]);
      oid = next.value.oid;
      last = outlet;
    }
    this.#told = { atMs: nowMs(), names };
    return ok(names);
  }
}
