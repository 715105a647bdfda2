// Who halts this machine: upsmon may, lastwatt never does. Its file holds passwords and is closed to the service on purpose:
// whoever runs `lastwatt check` with the right to read it looks for himself.
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { codeOf } from '../model/outcome.ts';
import type { CheckItem } from '../model/view.ts';
import { parseUpsmonConf, type UpsmonConf } from '../wire/upsmon-conf.ts';

const FILE = '/etc/nut/upsmon.conf';

/** Nothing where there is no such file, or no UPS of this site is in NUT. */
export async function checkUpsmon(config: Config, file = FILE): Promise<readonly CheckItem[]> {
  if ([...config.ups.values()].every(({ kind }) => kind !== 'nut')) return [];
  try {
    return judge(config, parseUpsmonConf(await readFile(file, 'utf8')));
  } catch (error) {
    const code = codeOf(error) ?? 'unknown';
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    const say = `could not read ${file} (${code}), so whether upsmon halts this machine is not known: sudo lastwatt check looks once with root's rights (group nut would give the service the passwords of upsd as well)`;
    return [{ verdict: 'warn', about: 'site', say, unread: file }];
  }
}

function judge(config: Config, conf: UpsmonConf): readonly CheckItem[] {
  return [...config.ups].flatMap(([id, way]): CheckItem[] => {
    const mine = way.kind === 'nut' ? conf.monitors.find((one) => one.ups === way.name) : undefined;
    if (mine === undefined || !conf.shutsDown) return [];
    const say =
      mine.role === 'primary' && conf.dropsOutput
        ? 'upsmon halts this Pi at its low battery and then drops its output: everything must be down before that; lastwatt is safe against a power cut, so nobody needs to halt the Pi'
        : `upsmon (${mine.role}) halts this Pi without the UPS dropping its output: if mains comes back meanwhile the Pi stays halted, and no rig returns; set SHUTDOWNCMD to /bin/true here, or give upsmon a POWERDOWNFLAG`;
    return [{ verdict: 'warn', about: id, say }];
  });
}
