// Whether wall time has been synchronised since boot, learnt beside the ticks: what has been learnt is looked up, nothing waits.
// systemd-timesyncd leaves a file; under chrony or ntpd there is none, and systemd reads it off the kernel (adjtimex) for us.
import { access } from 'node:fs/promises';
import { runChild } from '../transports/child.ts';
import type { Clock } from './port.ts';

export interface WallSyncKit {
  readonly clock: Clock;
  /** A program is started in calm only. */
  readonly calm: () => boolean;
  /** there while systemd runs this machine; where it does not, nobody can be asked and the clock is taken at its word */
  readonly systemd?: string;
  /** what systemd-timesyncd leaves when it has synchronised */
  readonly file?: string;
  /** prints yes or no */
  readonly argv?: readonly string[];
}

export interface WallSync {
  isSet(): boolean;
  close(): Promise<void>;
}

const SYSTEMD = '/run/systemd/system';
/** A Pi without a clock of its own starts with the time of its last shutdown, and this is not there yet. */
const FILE = '/run/systemd/timesync/synchronized';
const ARGV = ['timedatectl', 'show', '--property=NTPSynchronized', '--value'];
const ASK_MS = 5_000;
const AGAIN_MS = 30_000;

/** The files are looked at before it resolves; the question runs on, until its answer is yes, and then never again. */
export async function watchWallSync(kit: WallSyncKit): Promise<WallSync> {
  const { systemd = SYSTEMD, file = FILE, argv = ARGV } = kit;
  const end = new AbortController();
  let isSet = !(await exists(systemd)) || (await exists(file));

  const asked = async (): Promise<boolean> => {
    const answer = await runChild({ argv, signal: AbortSignal.any([end.signal, AbortSignal.timeout(ASK_MS)]) });
    return answer.ok && answer.value.trim() === 'yes';
  };
  const watch = async (): Promise<void> => {
    while (!isSet && !end.signal.aborted) {
      isSet = (await exists(file)) || (kit.calm() && (await asked()));
      if (!isSet) await kit.clock.sleep(AGAIN_MS, end.signal);
    }
  };
  const watching = watch();
  return {
    isSet: () => isSet && kit.clock.wallIsSet(),
    close: () => {
      end.abort();
      return watching;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
