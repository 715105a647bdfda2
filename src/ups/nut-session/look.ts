// One look at one UPS over a session: everything at times, in between only the few figures that move.
import { known } from '../../model/known.ts';
import { type Outcome, ok } from '../../model/outcome.ts';
import type { UpsFigures, UpsNameplate, UpsReading } from '../../model/ups.ts';
import { mapOf } from '../../wire/nut.ts';
import { refusal } from './answers.ts';
import type { NutSession } from './session.ts';

/** LIST VAR takes upsd some 40 ms on loopback, GET VAR 0.1 ms (upsd 2.8.0): the list is for the seldom. */
const LIST_EVERY_MS = 30_000;

const STATUS = 'ups.status';
const MOVING = ['battery.charge', 'battery.runtime', 'ups.load', 'ups.realpower'] as const;
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
  #nameplate: UpsNameplate = {};

  constructor(options: NutLookOptions) {
    this.#options = options;
  }

  /** A fault of upsd's (`DATA-STALE` …) leaves the session as it was. */
  async read(session: NutSession, signal: AbortSignal): Promise<Outcome<UpsReading>> {
    const takenAtMs = this.#options.nowMs();
    const fresh = this.#session !== session;
    const all = fresh || this.#listNext || takenAtMs - this.#listedAtMs >= LIST_EVERY_MS;
    const values = all ? await this.#list(session, signal) : await this.#few(session, signal);
    if (!values.ok) return values;
    if (all) {
      const version = fresh ? await this.#value(session, 'server.version', signal) : ok(this.#nameplate.serverVersion);
      if (!version.ok) return version;
      this.#reported = reportedOf(values.value);
      this.#nameplate = nameplateOf(values.value, version.value);
      this.#session = session;
      this.#listedAtMs = takenAtMs;
    }
    const status = values.value.get(STATUS) ?? '';
    const words = new Set(status.split(/\s+/).filter((word) => word !== ''));
    // Some UPSes report a runtime on battery only, and a driver that has just come says WAIT and nothing else.
    this.#listNext = words.has('WAIT') || status !== this.#status;
    this.#status = status;
    return ok({ ups: this.#options.ups, takenAtMs, words, figures: figuresOf(values.value), nameplate: this.#nameplate });
  }

  async #list(session: NutSession, signal: AbortSignal): Promise<Outcome<Values>> {
    const answer = await session.cmd(['LIST', 'VAR', this.#options.name], signal);
    if (!answer.ok) return answer;
    if (answer.value.kind === 'error') return refusal(answer.value.code);
    return ok(mapOf(answer.value.kind === 'rows' ? answer.value.rows : []));
  }

  async #few(session: NutSession, signal: AbortSignal): Promise<Outcome<Values>> {
    const values = new Map<string, string>();
    for (const name of [STATUS, ...this.#reported]) {
      const value = await this.#value(session, name, signal);
      if (!value.ok) return value;
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
    deviceType: said('device.type'),
    serial: said('ups.serial', 'device.serial'),
    model: said('ups.model', 'device.model'),
    serverVersion,
  });
}
