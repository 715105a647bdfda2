// Why a serial device cannot be opened, in words that say what to do: what is plugged in instead, which group is missing, who
// holds the port. Looks around only after a failure, and never on the way to a step.
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failed, messageOf } from '../model/outcome.ts';
import type { Refusal } from './serialport.ts';

/** Where to look; another in tests. */
export interface Surroundings {
  readonly byId: string;
  readonly proc: string;
  readonly groups: string;
}

const THIS_MACHINE: Surroundings = { byId: '/dev/serial/by-id', proc: '/proc', groups: '/etc/group' };

const NAMES_SHOWN = 6;
const LOOK_MS = 1_000;
const MOST_PROCESSES = 4_096;
const MOST_FILES = 1_024;

/** The fault for an error of the package at opening. Never rejects. */
export async function explainOpening(
  device: string,
  error: unknown,
  { byId, proc, groups }: Surroundings = THIS_MACHINE,
): Promise<Refusal> {
  const words = messageOf(error).replace(/^(Error:? )+/, '');
  if (/no such file/i.test(words)) {
    return failed('unreachable', `${device} is not there, is it plugged in? ${await whatIsThere(byId)}`);
  }
  if (/permission denied/i.test(words)) {
    const group = await groupOf(device, groups);
    return failed(
      'unauthorized',
      `${device} may not be opened: sudo usermod -aG ${group} followed by the user that lastwatt runs as, then restart it`,
    );
  }
  if (/operation not permitted/i.test(words)) {
    const say = `${device} is refused by the sandbox of the service, which knows only the drivers that were loaded when it started: restart it, and list the driver in /etc/modules-load.d`;
    return failed('unauthorized', say);
  }
  if (/cannot lock|resource busy|temporarily unavailable/i.test(words)) {
    return failed('refused', `${device} is in use by ${await holderOf(device, proc)}: a serial board has one owner, stop the other`);
  }
  if (/inappropriate ioctl|is a directory|not a (tty|typewriter)/i.test(words)) {
    return failed('unsupported', `${device} is no serial device. ${await whatIsThere(byId)}`, 'later');
  }
  return failed('unreachable', `${device} does not open: ${words}; unplug it and plug it in again`);
}

async function whatIsThere(byId: string): Promise<string> {
  const names = (await readdir(byId).catch((): string[] => [])).sort();
  if (names.length === 0) return `No serial device is plugged in (nothing in ${byId}); dmesg tells whether its USB adapter was seen`;
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return `There are: ${names
    .slice(0, NAMES_SHOWN)
    .map((name) => join(byId, name))
    .join(', ')}${more}`;
}

/** Of a Raspberry Pi and Debian it is dialout. */
async function groupOf(device: string, groups: string): Promise<string> {
  try {
    const { gid } = await stat(device);
    const lines = (await readFile(groups, 'utf8')).split('\n');
    const name = lines.map((line) => line.split(':')).find((fields) => fields[2] === String(gid))?.[0];
    return name === undefined || name === 'root' ? 'dialout' : name;
  } catch {
    return 'dialout';
  }
}

/** Who has it open, as far as we may look: the service sees its own user's processes alone. */
async function holderOf(device: string, proc: string): Promise<string> {
  const unknown = `another program (sudo fuser -v ${device} names it)`;
  try {
    const target = await realpath(device);
    const endMs = performance.now() + LOOK_MS;
    const own = String(process.pid);
    const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name) && name !== own).slice(0, MOST_PROCESSES);
    for (const pid of [own, ...pids]) {
      if (performance.now() > endMs) return unknown;
      if (await hasOpen(join(proc, pid, 'fd'), target)) return await nameOf(proc, pid);
    }
    return unknown;
  } catch {
    return unknown;
  }
}

async function hasOpen(folder: string, target: string): Promise<boolean> {
  const files = (await readdir(folder).catch((): string[] => [])).slice(0, MOST_FILES);
  const targets = await Promise.all(files.map((file) => readlink(join(folder, file)).catch(() => '')));
  return targets.includes(target);
}

async function nameOf(proc: string, pid: string): Promise<string> {
  if (pid === String(process.pid)) return 'lastwatt itself, under another name of the device';
  const name = (await readFile(join(proc, pid, 'comm'), 'utf8').catch(() => '')).trim();
  return name === '' ? `process ${pid}` : `${name} (process ${pid})`;
}
