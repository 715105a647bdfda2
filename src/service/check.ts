// The check: every UPS, rig and switch is contacted, reads only. The service runs it with its own rights and sandbox;
// without a service the command line does, and says so.
import { basename } from 'node:path';
import { sayFact } from '../cli/reason-text.ts';
import { sayDuration, sayHashRate } from '../cli/text.ts';
import { appraise, appraiseRig } from '../config/appraise.ts';
import type { Config } from '../config/config.ts';
import type { OutputVolts } from '../config/relays.ts';
import { secondCutOff } from '../core/admit.ts';
import { curveOf } from '../core/battery.ts';
import { batteryView, refusedWords } from '../core/battery-words.ts';
import { decide } from '../core/decide.ts';
import { type Outlook, outlooksOf, unknownBattery } from '../core/foresee.ts';
import { decimal } from '../core/gate.ts';
import { initialState, type State } from '../core/state.ts';
import { strangerWords } from '../core/strangers.ts';
import { batterySetting, runtimeLeft } from '../core/supply.ts';
import { lowPointSeconds } from '../core/thresholds.ts';
import { type Scene, sceneOf, supplyOf } from '../core/tick.ts';
import { rounded } from '../core/want.ts';
import { withDeadline } from '../engine/pollers.ts';
import { upsDeadlineMs } from '../engine/senses.ts';
import { realClock } from '../host/clock.ts';
import { ownVersion } from '../host/version.ts';
import type { ContactInput } from '../inputs/port.ts';
import { splitSwitchId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { Fault, Outcome } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { UpsReading } from '../model/ups.ts';
import type { CheckItem } from '../model/view.ts';
import type { RigDriver } from '../rigs/port.ts';
import { rigDriver } from '../rigs/registry.ts';
import type { Switch } from '../switches/port.ts';
import type { GpioHost } from '../transports/gpio-lines.ts';
import type { UpsSource } from '../ups/port.ts';
import { type Devices, openDevices } from './devices.ts';
import { floorItems } from './floor.ts';
import { gpioItems, panelItems } from './gpio-check.ts';
import { checkCoins } from './market.ts';
import { viewOfReading } from './reading-view.ts';
import { checkUpsmon } from './upsmon.ts';

const UPS_MS = 5_000;
const RIG_MS = 8_000;
const SWITCH_MS = 5_000;
/** Connections are made in the background at the first look; a second one finds them. */
const LOOKS = 3;
const BETWEEN_MS = 700;
/** From Japan's 100 V with a sag to 277 V with a swell. */
const LEAST_VOLTS = 90;
const MOST_VOLTS = 300;

/** Opens every device for a moment and looks at it. For a machine on which no service runs. */
export async function checkSite(config: Config, rig?: string): Promise<readonly CheckItem[]> {
  const devices = await openDevices(config, { clock: realClock, hide: () => undefined });
  try {
    return await checkDevices(config, devices, { rig });
  } finally {
    await devices.close();
  }
}

/**
 * Looks at everything, or at one rig; `pass`, `warn` or `fail` an item, with what to do about it. Never moves anything.
 * `known`: what a running service believes already, of batteries, loads and rigs that are out by its doing.
 */
export async function checkDevices(
  config: Config,
  devices: Devices,
  { rig, known, gpio }: { readonly rig?: string | undefined; readonly known?: State; readonly gpio?: GpioHost } = {},
): Promise<readonly CheckItem[]> {
  if (rig !== undefined) return checkRig(config, devices, { rig, known });
  const [ups, rigs, switches, inputs, coins] = await Promise.all([
    Promise.all([...devices.ups].map(([id, source]) => lookAtUps(id, source))),
    Promise.all([...devices.rigs].map(([id, driver]) => lookAtRig(id, driver, devices))),
    Promise.all([...devices.switches.keys()].map((id) => checkSwitch(devices, id))),
    Promise.all([...devices.inputs].map(([id, input]) => checkInput(id, input))),
    checkCoins(config, ownVersion()),
  ]);
  const nowMs = realClock.monotonicMs();
  const ofRigs = rigs.flatMap(({ id, outcome }): Input[] =>
    outcome === undefined ? [] : [{ kind: 'rig', rig: id, atMs: nowMs, outcome }],
  );
  const ofUpses = ups.map(({ id, outcome }): Input => ({ kind: 'ups', ups: id, atMs: nowMs, outcome }));
  // The rigs first: what a UPS reports is judged with what they are seen drawing.
  const seen = decide(known ?? initialState(nowMs), ofRigs, config.site, { nowMs, stamp: '' }).state;
  const { state } = decide(seen, ofUpses, config.site, { nowMs: nowMs + 1, stamp: '' });
  const scene = sceneOf(state, config.site, nowMs + 1);
  const outlooks = outlooksOf(scene);
  return [
    ...appraise(config, voltsOf(scene)),
    ...devices.troubles.map((say): CheckItem => ({ verdict: 'fail', about: 'site', say })),
    ...ups.flatMap((look) =>
      judgeUps(
        scene,
        look,
        outlooks.find((one) => one.ups === look.id),
      ),
    ),
    ...floorItems(scene),
    ...rigs.map((look) => judgeRig(config, look, known)),
    ...switches,
    ...inputs,
    ...coins,
    ...(await gpioItems(config, gpio)),
    ...(await panelItems(config, gpio)),
    ...(await checkUpsmon(config)),
    ...checkSecondCutOff(config),
  ];
}

/** What each UPS tells of the volts at its output; one that is out or tells nonsense tells none. */
function voltsOf(scene: Scene): OutputVolts {
  return new Map(
    [...scene.site.supplies.keys()].flatMap((id): [string, number][] => {
      const volts = decimal(supplyOf(scene, id).nameplate.outputVolts);
      return volts !== undefined && volts >= LEAST_VOLTS && volts <= MOST_VOLTS ? [[id, volts]] : [];
    }),
  );
}

interface UpsLook {
  readonly id: string;
  readonly outcome: Outcome<UpsReading>;
  readonly tookMs: number;
  /** how long an answer is waited for on battery */
  readonly deadlineMs: number;
  /** role secondary: why the primary does not wait for us */
  readonly loginFault: Fault | undefined;
}

async function lookAtUps(id: string, source: UpsSource): Promise<UpsLook> {
  const deadlineMs = upsDeadlineMs(source, 'battery');
  const look = async (): Promise<Pick<UpsLook, 'outcome' | 'tookMs'>> => {
    const sinceMs = realClock.monotonicMs();
    const outcome = await ask(id, (signal) => source.read(signal), UPS_MS);
    return { outcome, tookMs: realClock.monotonicMs() - sinceMs };
  };
  let last = await look();
  // One slow look may have been the first, or a busy moment.
  for (let looks = 1; looks < LOOKS && (last.outcome.ok ? last.tookMs > deadlineMs : last.outcome.fault.retry === 'soon'); looks += 1) {
    await realClock.sleep(BETWEEN_MS);
    last = await look();
  }
  return { id, ...last, deadlineMs, loginFault: source.loginFault?.() };
}

interface RigLook {
  readonly id: string;
  /** absent: it can't be asked anything */
  readonly outcome?: Outcome<RigReading>;
  /** absent: it can't be asked whether it would take an order */
  readonly order?: Outcome;
}

async function lookAtRig(id: string, driver: RigDriver, { places }: Pick<Devices, 'places'>): Promise<RigLook> {
  const { read, mayOrder } = driver;
  if (read === undefined) return { id };
  const outcome = await ask(id, (signal) => places.take(false, signal, () => read.call(driver, signal)), RIG_MS);
  if (!outcome.ok || mayOrder === undefined) return { id, outcome };
  return { id, outcome, order: await ask(id, (signal) => mayOrder.call(driver, signal), RIG_MS) };
}

async function checkSwitch(devices: Devices, id: string): Promise<CheckItem> {
  const contact = devices.switches.get(id);
  if (contact?.read === undefined) return checkPresence(id, contact);
  const { read, maySet } = contact;
  const outcome = await ask(id, (signal) => read.call(contact, signal), SWITCH_MS);
  if (!outcome.ok) return { verdict: 'fail', about: id, say: outcome.fault.detail };
  const may = maySet === undefined ? outcome : await ask(id, (signal) => maySet.call(contact, signal), SWITCH_MS);
  return may.ok
    ? { verdict: 'pass', about: id, say: `is ${outcome.value}` }
    : { verdict: 'fail', about: id, say: `reads ${outcome.value}, and could not be moved: ${may.fault.detail}` };
}

async function checkInput(id: string, input: ContactInput): Promise<CheckItem> {
  const outcome = await ask(id, (signal) => input.read(signal), SWITCH_MS);
  return outcome.ok
    ? { verdict: 'pass', about: id, say: `is ${outcome.value}` }
    : { verdict: 'fail', about: id, say: outcome.fault.detail };
}

/** Of a contact that can not be read, no more than whether its board is there. */
async function checkPresence(id: string, contact: Switch | undefined): Promise<CheckItem> {
  const blind = 'can not be read back: that it moved is only seen on its rigs; drill them with --cut';
  const probe = contact?.probe;
  if (probe === undefined) return { verdict: 'warn', about: id, say: blind };
  const there = await ask(id, (signal) => probe.call(contact, signal), SWITCH_MS);
  return there.ok ? { verdict: 'warn', about: id, say: `is there, and ${blind}` } : { verdict: 'fail', about: id, say: there.fault.detail };
}

function ask<T>(name: string, how: (signal: AbortSignal) => Promise<Outcome<T>>, withinMs: number): Promise<Outcome<T>> {
  return withDeadline({ clock: realClock, name, ask: how }, withinMs);
}

function judgeUps(scene: Scene, look: UpsLook, outlook: Outlook | undefined): readonly CheckItem[] {
  const { id, outcome, loginFault } = look;
  const ups = scene.site.supplies.get(id);
  if (ups === undefined) return [];
  if (!outcome.ok) return [{ verdict: 'fail', about: id, say: outcome.fault.detail }];
  const supply = supplyOf(scene, id);
  const { sample } = supply;
  const words = [...outcome.value.words].join(' ');
  const facts = rounded({ runtimeSeconds: runtimeLeft(scene, ups), chargePercent: sample?.chargePercent, loadWatts: sample?.loadWatts });
  const told = Object.entries(facts).map((fact) => sayFact(fact));
  const items: CheckItem[] = [{ verdict: 'pass', about: id, say: `answers: ${[words === '' ? 'no status' : words, ...told].join(', ')}` }];
  items.push(...slowAnswer(ups, look));
  items.push(...sizeOf(scene, ups));
  const battery = batteryView(scene, ups);
  for (const say of refusedWords(battery)) items.push({ verdict: 'warn', about: id, say });
  if (battery.learned !== null)
    items.push({
      verdict: battery.size.learnedPercent !== null && battery.size.learnedPercent < 90 ? 'warn' : 'pass',
      about: id,
      say: battery.learned,
    });
  if (sample?.forced)
    items.push({ verdict: 'fail', about: id, say: 'shows a forced shutdown while it is looked at: a latch from before; restart upsd' });
  if (sample?.lowBattery && sample.line === 'mains')
    items.push({
      verdict: 'warn',
      about: id,
      say: 'flags low battery on mains: a worn battery or one that charges; the return waits for it',
    });
  if (sample?.loadWatts === undefined)
    items.push({
      verdict: 'warn',
      about: id,
      say: `its load in W is not known: give nominalWatts under ups.${id}; until then the rigs' own watts are counted`,
    });
  if (loginFault !== undefined) items.push({ verdict: 'warn', about: id, say: `the primary does not wait for us: ${loginFault.detail}` });
  items.push(...lowPoint(scene, ups, outlook));
  return items;
}

/** What is known of how long its battery lasts. */
function sizeOf(scene: Scene, ups: SiteUps): readonly CheckItem[] {
  const { battery, sample, ...supply } = supplyOf(scene, ups.id);
  const about = ups.id;
  if (curveOf(battery, batterySetting(ups, { battery, ...supply })) === undefined)
    return [{ verdict: 'fail', about, say: unknownBattery(scene, ups) }];
  if (battery.capacityFrom !== 'assumed' || batterySetting(ups, { battery, ...supply }).declared !== undefined) return [];
  const told =
    battery.charge === undefined
      ? 'reports the voltage of its battery, and neither charge nor runtime'
      : 'reports its charge and no runtime';
  const why = sample?.runtimeSeconds === undefined ? told : 'its runtime is not believed at so small a load, or one that is not settled';
  const say = `${why}: 4 min at full load are assumed until a discharge shows more; better add minutesAtWatts or batteryWh under ups.${about}`;
  return [{ verdict: 'warn', about, say }];
}

function slowAnswer(ups: SiteUps, { tookMs, deadlineMs }: UpsLook): readonly CheckItem[] {
  if (tookMs <= deadlineMs) return [];
  const say = `took ${sayTenths(tookMs)} to answer, and on battery ${sayTenths(deadlineMs)} are waited for: it would count as silent there; make ${ups.source} answer sooner`;
  return [{ verdict: 'warn', about: ups.id, say }];
}

const sayTenths = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function lowPoint(scene: Scene, ups: SiteUps, { view, lowComesFirst }: Partial<Outlook> = {}): readonly CheckItem[] {
  const supply = supplyOf(scene, ups.id);
  const { nameplate, load } = supply;
  // By its own runtime, or by its charge at the load of now: whichever it says first.
  const low = Math.round(lowPointSeconds(supply, curveOf(supply.battery, batterySetting(ups, supply)), load.watts));
  const byCharge = low > (decimal(nameplate.runtimeLow) ?? 0) ? ` (${decimal(nameplate.chargeLow)} % of charge)` : '';
  const items: CheckItem[] = [];
  if (low > 0 && view !== undefined) {
    const before = (view.cutBelowSeconds ?? 0) - view.needSeconds >= low && lowComesFirst !== true;
    items.push(
      before
        ? { verdict: 'pass', about: ups.id, say: `flags low battery at ${low} s${byCharge}; everything is down before that` }
        : {
            verdict: 'warn',
            about: ups.id,
            say: `flags low battery at ${low} s${byCharge}, before everything is down: raise policy.cutBelowSeconds above ${Math.ceil(low + view.needSeconds)}`,
          },
    );
  }
  if (view?.fits === false) items.push({ verdict: 'fail', about: ups.id, say: view.say });
  if (view?.fits === true)
    items.push({
      verdict: 'pass',
      about: ups.id,
      say: `if the mains died now, the last rig is down with ${sayDuration(view.marginSeconds)} of battery left`,
    });
  return items;
}

function judgeRig(config: Config, { id, outcome, order }: RigLook, known: State | undefined): CheckItem {
  const rig = config.site.rigs.get(id);
  const maturity = rigDriver(rig?.driver ?? '')?.maturity ?? 'simulated';
  if (outcome === undefined) return { verdict: 'warn', about: id, say: `driver ${rig?.driver}: can't be asked anything; it is only cut` };
  if (!outcome.ok && known?.rigs.get(id)?.phase === 'dark')
    return { verdict: 'warn', about: id, say: `is dark and can't be asked now; what is waited for: lastwatt why ${id}` };
  if (!outcome.ok) return { verdict: 'fail', about: id, say: outcome.fault.detail };
  const reading = viewOfReading(outcome.value, order);
  const stranger = known && strangerWords(sceneOf(known, config.site, realClock.monotonicMs()), id, outcome.value);
  if (stranger !== undefined) return { verdict: 'fail', about: id, reading, say: stranger };
  const no = refusalIn(order);
  if (no !== undefined) return { verdict: 'fail', about: id, reading, say: `answers, and takes no orders: ${no.detail}` };
  const { state, watts, wattsFrom, hashRate, firmware } = outcome.value;
  const told = [
    state,
    ...(hashRate === undefined ? [] : [sayHashRate(hashRate)]),
    ...(watts === undefined ? ['no watts'] : [`${Math.round(watts)} W ${wattsFrom ?? ''}`.trim()]),
    ...(firmware === undefined ? [] : [firmware]),
    `driver ${rig?.driver} (${maturity})`,
    ...(isUntested(order) ? ['whether it takes its password is seen by an order alone: drill it'] : []),
  ];
  if (goesOn(outcome.value, rig?.watts))
    return {
      verdict: 'warn',
      about: id,
      reading,
      say: `says that it is paused, and goes on: ${told.slice(1).join(', ')}; only a switch stops it`,
    };
  return { verdict: 'pass', about: id, reading, say: told.join(', ') };
}

/** That tells only who gives it an order. */
function isUntested(order: Outcome | undefined): boolean {
  return order?.ok === false && order.fault.code === 'not-asked';
}

function refusalIn(order: Outcome | undefined): Fault | undefined {
  return order === undefined || order.ok || isUntested(order) ? undefined : order.fault;
}

/** Against its own word. `usual`: W that it draws at work. */
function goesOn({ state, hashRate = 0, watts = 0 }: RigReading, usual = Number.POSITIVE_INFINITY): boolean {
  return state === 'paused' && (hashRate > 0 || watts > usual / 2);
}

async function checkRig(
  config: Config,
  devices: Devices,
  { rig, known }: { readonly rig: string; readonly known: State | undefined },
): Promise<readonly CheckItem[]> {
  const driver = devices.rigs.get(rig);
  if (driver === undefined) return appraiseRig(config, rig);
  const look = await lookAtRig(rig, driver, devices);
  const switches = await Promise.all((config.site.rigs.get(rig)?.cutBy ?? []).map((id) => checkSwitch(devices, id)));
  return [...secretItems(config, devices, rig), ...appraiseRig(config, rig), judgeRig(config, look, known), ...switches];
}

/** Why the secrets of one rig and its switches could not be read; each such sentence begins with the file. */
function secretItems({ rigs, boards, site }: Config, { troubles }: Devices, rig: string): readonly CheckItem[] {
  const ways = (site.rigs.get(rig)?.cutBy ?? []).map((id) => boards.get(splitSwitchId(id).board)?.way);
  const files = [rigs.get(rig), ...ways].flatMap((one) => one?.secretFiles ?? []);
  const say = troubles.filter((trouble) => files.some((file) => trouble.includes(`/${basename(file)} `)));
  return say.map((one): CheckItem => ({ verdict: 'fail', about: rig, say: one }));
}

function checkSecondCutOff({ site }: Config): readonly CheckItem[] {
  if ([...site.supplies.values()].some(({ role }) => role === 'secondary')) return [];
  return [{ verdict: 'warn', about: 'site', say: secondCutOff({ site }) }];
}
