// Configuration files for tests: the smallest, and one that uses every key there is.
import type { Config } from '../../src/config/config.ts';
import { explain, parseConfig } from '../../src/config/load.ts';

export const SMALLEST = `
ups:  { shelf: { nut: { name: shelf } } }
rigs: { m30: { driver: luxos, host: 192.0.2.10, fedBy: [shelf], reward: { perDay: 3.2 }, watts: 2900 } }
`;

export const FULL = `site: { name: cellar, currency: EUR, electricityPerKwh: 0.31, controllerFedBy: [shelf], networkFedBy: [shelf, solar] }
stateDir: /srv/lastwatt/state
socket: /srv/lastwatt/control.sock
armed: true
onAlarm: [/opt/site/ring, loudly]

ups:
  shelf:
    nut: { host: 192.0.2.2, port: 3494, name: smt, role: secondary, hostSyncSeconds: 40, username: watcher, passwordFile: nut.secret, tls: { ca: authority.pem } }
    pollSeconds: { mains: 3, battery: 0.5 }
    nominalWatts: 6000
    reservePercent: 20
    baseWatts: 55
    minutesAtWatts: { 3000: 8, 500: 70, 1500: 20.5 }
    blindOnMains: shed
  solar:
    command: [/opt/site/inverter, "--once"]
    batteryWh: 2400

coins:
  btc: { perDay: 0.05, per: 1 TH/s }
  ltc: { perDay: 2, per: 1 GH/s }

models:
  s19:
    driver: luxos
    reward: { coin: btc, hashrate: 100 TH/s }
    watts: 3000
    graceSeconds: 45

rigs:
  north:
    model: s19
    host: 192.0.2.21
    fedBy: [shelf, solar]
    cutBy: [board:1, board:2]
    pausedWatts: 30
    graceSeconds: 60
    coolDownSeconds: 20
    resumeMinutes: 3
    restartMinutes: 9
    pausePersists: false
  south: { model: s19, host: 192.0.2.22, port: 4029, fedBy: [mains] }
  scrypt: { driver: cgminer, host: 192.0.2.23, fedBy: [solar], cutBy: [plug], reward: { coin: ltc, hashrate: 600 MH/s }, watts: 900 }
  stove:
    driver: command
    read: [/opt/site/stove, read]
    pause: [/opt/site/stove, pause]
    resume: [/opt/site/stove, resume]
    fedBy: [solar]
    watts: 1200
  "007": { driver: none, fedBy: [solar], cutBy: [plug], reward: { perDay: 0.1 }, watts: 40 }

switches:
  board:
    driver: gpio
    gpios: [5, 6]
    activeLow: true
    atRest: cut
    contactor: true
    interrupts: shelf
    minOffSeconds: 90
  plug: { driver: command, cut: [/opt/site/plug, open], feed: [/opt/site/plug, close], read: [/opt/site/plug, show] }

policy:
  kind: threshold
  shedBelowSeconds: 600
  cutBelowSeconds: 120
  ignoreBlipsSeconds: 8
  cutPaused: at-floor
restore: { mainsHeldSeconds: 90, minChargePercent: 40, staggerSeconds: 15, doubtMinutes: 30 }
panel: { button: { gpio: 23, activeLow: false } }
schedules: { selfTest: "30 4 * * sun" }
`;

/** The text with each part replaced by the one beside it. */
export function edited(text: string, ...edits: readonly (readonly [part: string, instead: string])[]): string {
  return edits.reduce((so, [part, instead]) => {
    if (!so.includes(part)) throw new Error(`the file has no ${part}`);
    return so.replace(part, instead);
  }, text);
}

/** A file of the smallest kind with other text in place of one part of it. */
export function smallestWith(part: string, instead: string): string {
  return edited(SMALLEST, [part, instead]);
}

/** What a good file gives. */
export function configOf(text: string): Config {
  const loaded = parseConfig(text, { file: '/etc/site/lastwatt.yaml' });
  if (!loaded.ok) throw new Error(explain('file', loaded));
  return loaded.config;
}
