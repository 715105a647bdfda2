// One look at one UPS over a session: everything at times, in between only the few figures that move.
import { known } from '../model/known.ts';
import { type Fault, type Outcome, ok } from '../model/outcome.ts';
import type { UpsFigures, UpsNameplate, UpsReading } from '../model/ups.ts';
import { refusal } from '../transports/nut-session/answers.ts';
import type { NutSession } from '../transports/nut-session/session.ts';
import { mapOf } from '../wire/nut.ts';

/** LIST VAR takes upsd some 40 ms on loopback, GET VAR 0.1 ms (upsd 2.8.0): the list is for the seldom. */
const LIST_EVERY_MS = 30_000;

const STATUS = 'ups.status';
const MOVING = ['battery.charge', 'battery.runtime', 'ups.load', 'ups.realpower', 'battery.voltage'] as const;
/** Asked for where `ups.realpower` is missing. */
const OUTPUT_WATTS = 'output.realpower';

type Values = ReadonlyMap<string, string>;

export interface NutLookOptions {
  readonly ups: string;
  /** what upsd calls it */
  readonly name: string;
  readonly nowMs: () => number;
}

export class NutLook {
  readonly #options: NutLookOptions;
  /** The session that the rest was learned on; another one is asked afresh. */
  #session: NutSession | undefined;
  #listedAtMs = 0;
  #listNext = true;
  #reported: readonly string[] = [];
  #status = '';
  /** a driver that has just come says so, and nothing else */
  #waits = false;
  #nameplate: UpsNameplate = {};

  constructor(options: NutLookOptions) {
    this.#options = options;
  }

  /** A fault of upsd's (`DATA-STALE` …) leaves the session as it was. */
  async read(session: NutSession, signal: AbortSignal): Promise<Outcome<UpsReading>> {
    const takenAtMs = this.#options.nowMs();
    const listAgeMs = takenAtMs - this.#listedAtMs;
    const mustList = this.#session !== session || this.#waits || listAgeMs >= 2 * LIST_EVERY_MS;
    const first = mustList ? ok(undefined) : await this.#value(session, STATUS, signal);
    if (!first.ok) return first;
    // A status that is new must not wait for the list.
    const known = (first.value ?? '') === this.#status;
    const all = mustList || (known && (this.#listNext || listAgeMs >= LIST_EVERY_MS));
    const values = all ? await this.#everything(session, signal) : await this.#few(session, first.value, signal);
    if (!values.ok) return values;
    if (all) this.#listedAtMs = takenAtMs;
    const status = values.value.get(STATUS) ?? '';
    const words = new Set(status.split(/\s+/).filter((word) => word !== ''));
    // Some UPSes report a runtime on battery only.
    this.#listNext = (!all && this.#listNext) || status !== this.#status;
    this.#waits = words.has('WAIT');
    this.#status = status;
    return ok({ ups: this.#options.ups, takenAtMs, words, figures: figuresOf(values.value), nameplate: this.#nameplate });
  }

  /** The list, and what is learned from it for the looks in between. */
  async #everything(session: NutSession, signal: AbortSignal): Promise<Outcome<Values>> {
    const values = await this.#list(session, signal);
    if (!values.ok) return values;
    const asked = this.#session !== session;
    const version = asked ? await this.#value(session, 'server.version', signal) : ok(this.#nameplate.serverVersion);
    // The status stands in the list.
    if (!version.ok && !isLate(version)) return version;
    this.#reported = reportedOf(values.value);
    this.#nameplate = nameplateOf(values.value, version.ok ? version.value : this.#nameplate.serverVersion);
    this.#session = session;
    return values;
  }

  async #list(session: NutSession, signal: AbortSignal): Promise<Outcome<Values>> {
    const answer = await session.cmd(['LIST', 'VAR', this.#options.name], signal);
    if (!answer.ok) return answer;
    if (answer.value.kind === 'error') return refusal(answer.value.code);
    return ok(mapOf(answer.value.kind === 'rows' ? answer.value.rows : []));
  }

  async #few(session: NutSession, status: string | undefined, signal: AbortSignal): Promise<Outcome<Values>> {
    const values = new Map<string, string>(status === undefined ? [] : [[STATUS, status]]);
    for (const name of this.#reported) {
      const value = await this.#value(session, name, signal);
      if (!value.ok) return isLate(value) ? ok(values) : value;
      if (value.value !== undefined) values.set(name, value.value);
      // Not asked for again before the next list.
      else this.#reported = this.#reported.filter((other) => other !== name);
    }
    return ok(values);
  }

  /** Undefined where the UPS does not report it. */
  async #value(session: NutSession, variable: string, signal: AbortSignal): Promise<Outcome<string | undefined>> {
    const answer = await session.cmd(['GET', 'VAR', this.#options.name, variable], signal);
    if (!answer.ok) return answer;
    if (answer.value.kind === 'line') return ok(answer.value.words[0]);
    if (answer.value.kind === 'error' && answer.value.code !== 'VAR-NOT-SUPPORTED') return refusal(answer.value.code);
    return ok(undefined);
  }
}

/** A server that answers slowly gives the status in time and the last figures not: a number never costs the status. */
const isLate = ({ fault }: { readonly fault: Fault }): boolean => fault.code === 'timeout';

function reportedOf(values: Values): readonly string[] {
  const moving: string[] = MOVING.filter((name) => values.has(name));
  return !values.has('ups.realpower') && values.has(OUTPUT_WATTS) ? [...moving, OUTPUT_WATTS] : moving;
}

function figuresOf(values: Values): UpsFigures {
  return known<UpsFigures>({
    charge: values.get('battery.charge'),
    runtime: values.get('battery.runtime'),
    loadPercent: values.get('ups.load'),
    loadWatts: values.get('ups.realpower') ?? values.get(OUTPUT_WATTS),
    batteryVolts: values.get('battery.voltage'),
  });
}

function nameplateOf(values: Values, serverVersion: string | undefined): UpsNameplate {
  // A name that is there and empty says nothing.
  const said = (...names: readonly string[]): string | undefined =>
    names.map((name) => values.get(name)?.trim()).find((value) => value !== undefined && value !== '');
  return known<UpsNameplate>({
    nominalWatts: said('ups.realpower.nominal'),
    nominalVoltAmps: said('ups.power.nominal'),
    runtimeLow: said('battery.runtime.low'),
    chargeLow: said('battery.charge.low'),
    batteryVolts: said('battery.voltage.nominal'),
    batteryVoltsLow: said('battery.voltage.low'),
    outputVolts: said('output.voltage.nominal', 'output.voltage'),
    deviceType: said('device.type'),
    serial: said('ups.serial', 'device.serial'),
    model: said('ups.model', 'device.model'),
    serverVersion,
  });
}
