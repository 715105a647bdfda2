// Every rig family that can be played, a line each: for whoever wants to rehearse without machines.
import type { SimRig } from '../sim/rig.ts';
import { startAntminerFake } from './antminer-rig.ts';
import { startAuradineFake } from './auradine-rig.ts';
import { startAvalonFake } from './avalon-rig.ts';
import { startAxeosFake } from './axeos-rig.ts';
import { startBraiinsFake } from './braiins-rig.ts';
import { startCgminerFake } from './cgminer-rig.ts';
import { startElphapexFake } from './elphapex-rig.ts';
import { startEpicFake } from './epic-rig.ts';
import type { CardKind } from './gpu-folder.ts';
import { startLuxosFake } from './luxos-rig.ts';
import { startMaraFake } from './mara-rig.ts';
import { startNerdqaxeFake } from './nerdqaxe-rig.ts';
import { startSealminerFake } from './sealminer-rig.ts';
import { FAKE_KEY, startSshHostFake } from './ssh-host-rig.ts';
import { startTeamredminerFake } from './teamredminer-rig.ts';
import { startTrexFake } from './trex-rig.ts';
import { startVnishFake } from './vnish-rig.ts';
import { PAGE, startWebhookFake } from './webhook-rig.ts';
import { startWhatsminerFake } from './whatsminer-rig.ts';
import { startXmrigFake } from './xmrig-rig.ts';

export interface FakeRigStart {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** of 127.0.0.1; 0 or absent: the system chooses one */
  readonly port?: number;
  /** of ssh-host: where the program that stands in for ssh is written, and how its cards are asked */
  readonly client?: string;
  readonly cardKind?: CardKind;
  /** of luxos: somebody else is logged on, and never leaves */
  readonly sessionHeld?: boolean;
  /** of vnish: it takes no login for some minutes */
  readonly lockedOut?: boolean;
}

/** A way to misbehave that not all families have. */
export type FakeHabit = 'sessionHeld' | 'lockedOut' | 'breaksJson' | 'changesPools';

/** A rig that is played, on a port of 127.0.0.1. */
export interface FakeRigServer {
  readonly port: number;
  /** what its driver wants beside host, port and secret, where that is known only now */
  readonly options?: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

export interface FakeRigKind {
  /** as the driver is named */
  readonly family: string;
  /** the port that its real ones answer on */
  readonly usualPort: number;
  /** what it takes from who gives it orders; absent: it asks nobody who he is */
  readonly login?: {
    readonly username?: string;
    readonly password: string;
    /** that names the file which holds it, where there is a choice of them */
    readonly option?: string;
  };
  /** what its driver wants beside host, port and secret */
  readonly options?: Readonly<Record<string, unknown>>;
  /** it is met by a program that stands in for ssh, and not by its port; absent: a socket */
  readonly over?: 'ssh';
  /** W while paused, where it is more than a control board */
  readonly pausedWatts?: number;
  /** absent: `changesPools` alone, which is of all that tell their pools */
  readonly habits?: readonly FakeHabit[];
  readonly start: (options: FakeRigStart) => Promise<FakeRigServer>;
}

const ON_4028: readonly FakeHabit[] = ['changesPools', 'breaksJson'];

export const habitsOf = ({ habits = ['changesPools'] }: FakeRigKind): readonly FakeHabit[] => habits;

export const fakeRigs: readonly FakeRigKind[] = [
  { family: 'luxos', usualPort: 4028, habits: [...ON_4028, 'sessionHeld'], start: startLuxosFake },
  { family: 'antminer', usualPort: 80, login: { username: 'root', password: 'root' }, start: startAntminerFake },
  { family: 'vnish', usualPort: 80, login: { password: 'admin' }, habits: ['changesPools', 'lockedOut'], start: startVnishFake },
  { family: 'braiins', usualPort: 80, login: { username: 'root', password: 'pass word' }, start: startBraiinsFake },
  { family: 'axeos', usualPort: 80, start: startAxeosFake },
  // API 2; of API 3, 405 ports above, the password is notsuper.
  { family: 'whatsminer', usualPort: 4028, login: { password: 'notadmin' }, habits: ON_4028, start: startWhatsminerFake },
  { family: 'epic', usualPort: 4028, login: { password: 'letmein' }, start: startEpicFake },
  { family: 'nerdqaxe', usualPort: 80, start: startNerdqaxeFake },
  { family: 'auradine', usualPort: 8080, login: { username: 'admin', password: 'admin' }, start: startAuradineFake },
  { family: 'sealminer', usualPort: 4028, habits: ON_4028, start: startSealminerFake },
  { family: 'mara', usualPort: 80, login: { username: 'root', password: 'root' }, start: startMaraFake },
  { family: 'cgminer', usualPort: 4028, habits: ON_4028, start: startCgminerFake },
  { family: 'avalon', usualPort: 4028, habits: ON_4028, start: startAvalonFake },
  // Its owner chooses port and token: the port is that of the example in its documentation.
  {
    family: 'xmrig',
    usualPort: 44_444,
    login: { password: 'fake-token' },
    start: (options) => startXmrigFake({ token: 'fake-token', ...options }),
  },
  {
    family: 'trex',
    usualPort: 4067,
    login: { password: 'Fake-password-1' },
    start: (options) => startTrexFake({ password: 'Fake-password-1', ...options }),
  },
  { family: 'teamredminer', usualPort: 4028, habits: ON_4028, start: startTeamredminerFake },
  // The token that its owner has chosen, as he chose all else of it.
  {
    family: 'webhook',
    usualPort: 80,
    login: { password: 'X-Rig-Token: fake-token', option: 'headerFile' },
    options: PAGE,
    habits: [],
    start: (options) => startWebhookFake({ token: 'fake-token', ...options }),
  },
  {
    family: 'ssh-host',
    usualPort: 22,
    login: { password: FAKE_KEY, option: 'keyFile' },
    options: { knownHostsFile: '/dev/null' },
    over: 'ssh',
    habits: [],
    pausedWatts: 130,
    start: startSshHostFake,
  },
  { family: 'elphapex', usualPort: 80, login: { username: 'root', password: 'root' }, start: startElphapexFake },
];
