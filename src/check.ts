// The check: every UPS, rig and switch is contacted, reads only. The service runs it with its own rights and sandbox;
// without a service the command line does, and says so.

import { readFile } from 'node:fs/promises';
import { sayFact } from './cli/reason-text.ts';
import { sayDuration } from './cli/text.ts';
import { appraise } from './config/appraise.ts';
import type { Config } from './config/config.ts';
import { secondCutOff } from './core/admit.ts';
import { curveOf, runtimeAt } from './core/battery.ts';
import { decide } from './core/decide.ts';
import { foresee, unknownBattery } from './core/foresee.ts';
import { decimal } from './core/gate.ts';
import { initialState, type State } from './core/state.ts';
import { batterySetting } from './core/supply.ts';
import { sceneOf, supplyOf } from './core/tick.ts';
import { rounded } from './core/want.ts';
import { withDeadline } from './engine/pollers.ts';
import { realClock } from './host/clock.ts';
import type { Input } from './model/input.ts';
import type { Outcome } from './model/outcome.ts';
import type { RigReading } from './model/rig.ts';
import type { SiteUps } from './model/site.ts';
import type { UpsReading } from './model/ups.ts';
import type { CheckItem } from './model/view.ts';
import { rigDriver } from './rigs/registry.ts';
import { type Devices, openDevices } from './service/devices.ts';
import { parseUpsmonConf } from './wire/upsmon-conf.ts';

const UPS_MS = 5_000;
const RIG_MS = 8_000;
const SWITCH_MS = 5_000;
/** Connections are made in the background at the first look; a second one finds them. */
const LOOKS = 3;
const BETWEEN_MS = 700;

/** Opens every device for a moment and looks at it. For a machine on which no service runs. */
export async function checkSite(config: Config): Promise<readonly CheckItem[]> {
  const devices = await openDevices(config, { clock: realClock, hide: () => undefined });
  try {
    return await checkDevices(config, devices);
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
  { rig, known }: { readonly rig?: string | undefined; readonly known?: State } = {},
): Promise<readonly CheckItem[]> {
  if (rig !== undefined) return checkRig(config, devices, { rig, known });
  const [ups, rigs, switches] = await Promise.all([
    Promise.all([...devices.ups.keys()].map((id) => lookAtUps(devices, id))),
    Promise.all([...devices.rigs.keys()].map((id) => lookAtRig(devices, id))),
    Promise.all([...devices.switches.keys()].map((id) => checkSwitch(devices, id))),
  ]);
  const inputs: Input[] = [
    ...rigs.flatMap(([id, outcome]) =>
      outcome === undefined ? [] : [{ kind: 'rig' as const, rig: id, atMs: realClock.monotonicMs(), outcome }],
    ),
    ...ups.map(([id, outcome]) => ({ kind: 'ups' as const, ups: id, atMs: realClock.monotonicMs(), outcome })),
  ];
  const nowMs = realClock.monotonicMs();
  // The rigs first: what a UPS reports is judged with what they are seen drawing.
  const seen = decide(
    known ?? initialState(nowMs),
    inputs.filter((one) => one.kind === 'rig'),
    config.site,
    { nowMs, stamp: '' },
  ).state;
  const state = decide(
    seen,
    inputs.filter((one) => one.kind === 'ups'),
    config.site,
    { nowMs: nowMs + 1, stamp: '' },
  ).state;
  return [
    ...appraise(config),
    ...devices.troubles.map((say): CheckItem => ({ verdict: 'fail', about: 'site', say })),
    ...ups.flatMap(([id, outcome]) => judgeUps(config, state, { id, outcome, nowMs: nowMs + 1 })),
    ...rigs.map(([id, outcome]) => judgeRig(config, id, { outcome, known })),
    ...switches,
    ...(await checkUpsmon(config)),
    { verdict: 'warn', about: 'site', say: secondCutOff({ site: config.site }) } satisfies CheckItem,
  ].filter((item) => !(item.about === 'site' && item.say.startsWith('second cut-off: the primary')));
}

async function lookAtUps(devices: Devices, id: string): Promise<readonly [string, Outcome<UpsReading>]> {
  const source = devices.ups.get(id);
  const ask = (signal: AbortSignal): Promise<Outcome<UpsReading>> => source?.read(signal) ?? Promise.reject(new Error('no such source'));
  let outcome = await withDeadline({ clock: realClock, name: id, ask }, UPS_MS);
  for (let look = 1; !outcome.ok && outcome.fault.retry === 'soon' && look < LOOKS; look += 1) {
    await realClock.sleep(BETWEEN_MS);
    outcome = await withDeadline({ clock: realClock, name: id, ask }, UPS_MS);
  }
  return [id, outcome];
}

async function lookAtRig(devices: Devices, id: string): Promise<readonly [string, Outcome<RigReading> | undefined]> {
  const driver = devices.rigs.get(id);
  if (driver?.read === undefined) return [id, undefined];
  const { read } = driver;
  return [id, await withDeadline({ clock: realClock, name: id, ask: (signal) => read.call(driver, signal) }, RIG_MS)];
}

async function checkSwitch(devices: Devices, id: string): Promise<CheckItem> {
  const contact = devices.switches.get(id);
  if (contact?.read === undefined)
    return { verdict: 'warn', about: id, say: 'can not be read back: that it moved is only seen on its rigs; drill them with --cut' };
  const { read } = contact;
  const outcome = await withDeadline({ clock: realClock, name: id, ask: (signal) => read.call(contact, signal) }, SWITCH_MS);
  return outcome.ok
    ? { verdict: 'pass', about: id, say: `is ${outcome.value}` }
    : { verdict: 'fail', about: id, say: outcome.fault.detail };
}

interface UpsLook {
  readonly id: string;
  readonly outcome: Outcome<UpsReading>;
  readonly nowMs: number;
}

function judgeUps(config: Config, state: State, look: UpsLook): readonly CheckItem[] {
  const { id, outcome, nowMs } = look;
  const ups = config.site.supplies.get(id);
  if (ups === undefined) return [];
  if (!outcome.ok) return [{ verdict: 'fail', about: id, say: outcome.fault.detail }];
  const scene = sceneOf(state, config.site, nowMs);
  const { sample, battery, load } = supplyOf(scene, id);
  const words = [...outcome.value.words].join(' ');
  const setting = batterySetting(ups, supplyOf(scene, id));
  const runtime = runtimeAt(battery, setting, load.watts);
  const facts = rounded({ runtimeSeconds: runtime, chargePercent: sample?.chargePercent, loadWatts: sample?.loadWatts });
  const told = Object.entries(facts).map((fact) => sayFact(fact));
  const items: CheckItem[] = [{ verdict: 'pass', about: id, say: `answers: ${[words === '' ? 'no status' : words, ...told].join(', ')}` }];
  const sized = curveOf(battery, setting) !== undefined;
  if (!sized && sample?.chargePercent === undefined) items.push({ verdict: 'fail', about: id, say: unknownBattery(ups) });
  else if (!sized)
    items.push({
      verdict: 'warn',
      about: id,
      say: `${sample?.runtimeSeconds === undefined ? 'reports its charge and no runtime' : 'its runtime is not believed as long as its load is not settled'}: 4 min at full load are assumed until a discharge shows more; better add minutesAtWatts or batteryWh under ups.${id}`,
    });
  for (const one of sample?.rejected ?? [])
    items.push({ verdict: 'warn', about: id, say: `${one.figure} "${one.found}" is not believed: ${one.why}` });
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
  items.push(...lowPoint(config, state, ups, nowMs));
  return items;
}

function lowPoint(config: Config, state: State, ups: SiteUps, nowMs: number): readonly CheckItem[] {
  const scene = sceneOf(state, config.site, nowMs);
  const { nameplate } = supplyOf(scene, ups.id);
  const outlook = foresee(scene).ups.find((one) => one.id === ups.id);
  const low = decimal(nameplate.runtimeLow);
  const items: CheckItem[] = [];
  if (low !== undefined && low > 0 && outlook !== undefined) {
    const before = (outlook.cutBelowSeconds ?? 0) - outlook.needSeconds >= low;
    items.push(
      before
        ? { verdict: 'pass', about: ups.id, say: `flags low battery at ${low} s; everything is down before that` }
        : {
            verdict: 'warn',
            about: ups.id,
            say: `flags low battery at ${low} s, before everything is down: raise policy.cutBelowSeconds above ${Math.ceil(low + outlook.needSeconds)}`,
          },
    );
  }
  if (outlook?.fits === false) items.push({ verdict: 'fail', about: ups.id, say: outlook.say });
  if (outlook?.fits === true)
    items.push({
      verdict: 'pass',
      about: ups.id,
      say: `if the mains died now, the last rig is down with ${sayDuration(outlook.marginSeconds)} of battery left`,
    });
  return items;
}

interface RigLook {
  readonly outcome: Outcome<RigReading> | undefined;
  readonly known: State | undefined;
}

function judgeRig(config: Config, id: string, { outcome, known }: RigLook): CheckItem {
  const rig = config.site.rigs.get(id);
  const maturity = rigDriver(rig?.driver ?? '')?.maturity ?? 'simulated';
  if (outcome === undefined) return { verdict: 'warn', about: id, say: `driver ${rig?.driver}: can't be asked anything; it is only cut` };
  if (!outcome.ok && known?.rigs.get(id)?.phase === 'dark')
    return { verdict: 'warn', about: id, say: `is dark and can't be asked now; what is waited for: lastwatt why ${id}` };
  if (!outcome.ok) return { verdict: 'fail', about: id, say: outcome.fault.detail };
  const { state, watts, wattsFrom, hashRate, firmware } = outcome.value;
  const told = [
    state,
    ...(hashRate === undefined ? [] : [`${(hashRate / 1e12).toPrecision(3)} TH/s`]),
    ...(watts === undefined ? ['no watts'] : [`${Math.round(watts)} W ${wattsFrom ?? ''}`.trim()]),
    ...(firmware === undefined ? [] : [firmware]),
    `driver ${rig?.driver} (${maturity})`,
  ];
  return { verdict: 'pass', about: id, say: told.join(', ') };
}

const UPSMON_CONF = '/etc/nut/upsmon.conf';

/** Who halts this Pi: upsmon may, lastwatt never does. Silent where the file is not readable. */
async function checkUpsmon(config: Config): Promise<readonly CheckItem[]> {
  let text: string;
  try {
    text = await readFile(UPSMON_CONF, 'utf8');
  } catch {
    return [];
  }
  const conf = parseUpsmonConf(text);
  return [...config.ups].flatMap(([id, way]) => {
    const mine = way.kind === 'nut' ? conf.monitors.find((one) => one.ups === way.name) : undefined;
    if (mine === undefined || !conf.shutsDown) return [];
    if (mine.role === 'primary' && conf.dropsOutput) {
      return [
        {
          verdict: 'warn' as const,
          about: id,
          say: 'upsmon halts this Pi at its low battery and then drops its output: everything must be down before that; lastwatt is safe against a power cut, so nobody needs to halt the Pi',
        },
      ];
    }
    return [
      {
        verdict: 'warn' as const,
        about: id,
        say: `upsmon (${mine.role}) halts this Pi without the UPS dropping its output: if mains comes back meanwhile the Pi stays halted, and no rig returns; set SHUTDOWNCMD to /bin/true here, or give upsmon a POWERDOWNFLAG`,
      },
    ];
  });
}

async function checkRig(
  config: Config,
  devices: Devices,
  { rig, known }: { readonly rig: string; readonly known: State | undefined },
): Promise<readonly CheckItem[]> {
  if (!config.site.rigs.has(rig)) {
    return [{ verdict: 'fail', about: rig, say: `no such rig; there are: ${[...config.site.rigs.keys()].join(', ')}` }];
  }
  const [, outcome] = await lookAtRig(devices, rig);
  const switches = await Promise.all((config.site.rigs.get(rig)?.cutBy ?? []).map((id) => checkSwitch(devices, id)));
  return [judgeRig(config, rig, { outcome, known }), ...switches];
}
