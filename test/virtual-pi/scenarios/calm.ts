// Nothing happens: boot, a reload and arming move no relay and claim no line.
import { readFile } from 'node:fs/promises';
import { check, everyRig, lastwatt, SERVICE, servicePid, shown, statusSays, systemctl } from '../machine.ts';
import type { Site } from '../site.ts';
import { holds, nothing, same } from '../tap.ts';

export function boot({ header }: Site): Promise<boolean> {
  return holds('the installed service is ready at boot, enabled and disarmed, and no relay line was touched', async () => {
    same([await shown('ActiveState'), await shown('UnitFileState'), await shown('NRestarts')], ['active', 'enabled', '0'], 'unit');
    nothing(header.touched(0), 'touched');
    same(header.allFed, true, 'every rig fed');
  });
}

export async function calm(site: Site): Promise<void> {
  const { header } = site;
  await holds('it runs as its own user, without capabilities, with no way to new ones, behind a filter of system calls', async () => {
    const text = await readFile(`/proc/${await servicePid()}/status`, 'utf8');
    const value = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1] ?? '';
    same(['CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp'].map(value), ['0000000000000000', '0000000000000000', '1', '2'], 'of the process');
    same(value('Uid') === '0', false, 'is root');
  });
  await holds('a reload takes the edited file up, every rig is seen hashing, and no relay line is touched', async () => {
    const sinceMs = site.now();
    await site.configure();
    await systemctl('reload', SERVICE);
    await statusSays(
      'every rig is seen hashing on mains',
      (seen) => seen.ups[0]?.line === 'mains' && everyRig(seen, ({ phase }) => phase === 'hashing'),
    );
    nothing(header.touched(sinceMs), 'touched');
  });
  await holds('the service itself reads every relay through its sandbox', async () => {
    const items = await check();
    nothing(
      items.filter(({ verdict }) => verdict === 'fail'),
      'failed',
    );
    same(
      items.filter(({ say }) => say === 'is fed').map(({ about }) => about),
      ['box:1', 'box:2', 'box:3', 'k'],
      'said to be fed',
    );
  });
  await holds('armed by a person, it still touches no relay line', async () => {
    const { code, said } = await lastwatt('arm');
    same(code === 0 || code === 1, true, `lastwatt arm ended with ${code}: ${said}`);
    nothing(header.touched(0), 'touched');
  });
}
