// A file that is wrong: a reload refuses it, a start ends with 2 and is not tried again.
import { writeFile } from 'node:fs/promises';
import { pause, run, SERVICE, servicePid, shown } from '../machine.ts';
import type { Site } from '../site.ts';
import { CONFIG } from '../site-file.ts';
import { holds, nothing, same } from '../tap.ts';

export async function wrongFile(site: Site): Promise<void> {
  const { header } = site;
  await holds('a reload of a wrong file fails, and the service goes on with what it has', async () => {
    const before = await servicePid();
    const sinceMs = site.now();
    await writeFile(CONFIG, 'rigs: [\n');
    const { code } = await run('systemctl', 'reload', SERVICE);
    same(code === 0, false, 'the reload was accepted');
    same([await servicePid(), await shown('ActiveState')], [before, 'active'], 'service');
    nothing(header.touched(sinceMs), 'touched');
  });
  await holds('started on a wrong file it ends with 2 and systemd does not try again', async () => {
    const sinceMs = site.now();
    const { code } = await run('systemctl', 'restart', SERVICE);
    same(code === 0, false, 'the start succeeded');
    // RestartSec is one second.
    await pause(1800);
    same([await shown('ActiveState'), await shown('ExecMainStatus'), await shown('NRestarts')], ['failed', '2', '0'], 'unit');
    nothing(header.touched(sinceMs), 'touched');
  });
}
