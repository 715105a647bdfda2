// The site of the virtual Pi: its rigs, its relays, its UPS, and the files that tell lastwatt and NUT of them.
import { SimUps } from '../../src/sim/ups.ts';
import type { FleetRig } from '../support/rig-fleet.ts';

export interface Relay {
  readonly contact: string;
  readonly gpio: number;
  /** the level that cuts its rig; the other one is what the pull of its line gives */
  readonly cutLevel: 0 | 1;
}

export const RELAYS: readonly Relay[] = [
  { contact: 'box:1', gpio: 17, cutLevel: 1 },
  { contact: 'box:2', gpio: 27, cutLevel: 1 },
  { contact: 'box:3', gpio: 22, cutLevel: 1 },
  { contact: 'k', gpio: 6, cutLevel: 0 },
];
export const BUTTON = 23;

/** A load that does not swing: each figure that is told costs emulated time in upsd, its driver and the system's log. They start at once. */
const STEADY = { wattsNoise: 0, bootSeconds: 0.3, wakeSeconds: 0.3 };

/** The best earner per watt first; order by name, by watts and by channel all differ. */
export const RIGS: readonly FleetRig[] = [
  { id: 'ivy', watts: 2800, perDay: 8.4, contact: 'box:2', traits: STEADY },
  { id: 'ash', watts: 3300, perDay: 9.2, contact: 'k', traits: STEADY },
  { id: 'fir', watts: 3600, perDay: 8.6, contact: 'box:1', traits: STEADY },
  // The first to go is small: the less it draws, the sooner the second follows.
  { id: 'yew', watts: 1500, perDay: 2.6, contact: 'box:3', traits: STEADY },
];

export const BASE_WATTS = 60;
/** s that the full battery carries all rigs */
const CARRIES_SECONDS = 38;
/** From empty to full, so that a return is not held up by the charge. */
const CHARGE_SECONDS = 20;
export const CONFIG = '/etc/lastwatt/lastwatt.yaml';
export const SETTER = { username: 'setter', password: 'setter-1' } as const;

/** A battery that has carried all of them for a while. */
export function upsOf(nowMs: () => number): SimUps {
  const watts = BASE_WATTS + RIGS.reduce((sum, rig) => sum + rig.watts, 0);
  const battery = { carries: { watts, minutes: CARRIES_SECONDS / 60 }, chargeHours: CHARGE_SECONDS / 3600 };
  const ups = new SimUps({ id: 'rack', battery, nominalWatts: Math.ceil(watts * 1.2), chargeLow: 2, runtimeLow: 2 }, nowMs);
  ups.load(watts);
  return ups;
}

/** More rigs and switches than the header carries. */
export interface More {
  readonly rigs?: Readonly<Record<string, unknown>>;
  readonly switches?: Readonly<Record<string, unknown>>;
}

/** The file of the owner, with small figures; JSON is YAML. `port`: of the rig's API on this machine. */
export function siteFile(port: (rig: string) => number, more: More = {}): string {
  const rigs = RIGS.map((rig) => [
    rig.id,
    {
      driver: 'luxos',
      host: '127.0.0.1',
      port: port(rig.id),
      fedBy: ['rack'],
      cutBy: [rig.contact],
      reward: { perDay: rig.perDay },
      watts: rig.watts,
      graceSeconds: 5,
      coolDownSeconds: 1,
    },
  ]);
  const config = {
    site: { name: 'virtual', controllerFedBy: ['rack'], networkFedBy: ['rack'] },
    ups: { rack: { nut: { name: 'rack' }, pollSeconds: { mains: 0.5, battery: 0.5 }, baseWatts: BASE_WATTS } },
    rigs: { ...Object.fromEntries(rigs), ...more.rigs },
    switches: {
      box: { driver: 'gpio', gpios: [17, 27, 22], contactor: true, minOffSeconds: 1 },
      k: { driver: 'gpio', gpio: 6, activeLow: true, contactor: true, minOffSeconds: 1 },
      ...more.switches,
    },
    panel: { button: { gpio: BUTTON } },
    policy: { shedBelowSeconds: 34, cutBelowSeconds: 10, cutPaused: 'always', ignoreBlipsSeconds: 2 },
    restore: { mainsHeldSeconds: 2, staggerSeconds: 1 },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The files of NUT under /etc/nut: one dummy-ups that is told what the battery does. */
export function nutFiles(variables: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return {
    'nut.conf': 'MODE=netserver\n',
    // Between two updates the driver answers at once; in an update it sleeps for a second.
    'ups.conf': 'maxretry = 3\n[rack]\n driver = dummy-ups\n port = rack.dev\n mode = dummy-once\n pollinterval = 3600\n',
    'upsd.conf': 'LISTEN 127.0.0.1 3493\n',
    'upsd.users': `[${SETTER.username}]\n password = ${SETTER.password}\n actions = SET\n instcmds = ALL\n`,
    'rack.dev': deviceFile(variables),
  };
}

export function deviceFile(variables: ReadonlyMap<string, string>): string {
  return [...variables].map(([name, value]) => `${name}: ${value}\n`).join('');
}
