// Plays every scenario on the virtual Pi, in one boot. Exit code 0: all of it held.
import { existsSync } from 'node:fs';
import { shown } from './machine.ts';
import { boot, calm } from './scenarios/calm.ts';
import { wrongFile } from './scenarios/file.ts';
import { lives } from './scenarios/lives.ts';
import { nutLoss } from './scenarios/nut-loss.ts';
import { outage } from './scenarios/outage.ts';
import { button } from './scenarios/panel.ts';
import { Site } from './site.ts';
import { remark, sum } from './tap.ts';

process.on('unhandledRejection', (error) => remark(`not waited for: ${error instanceof Error ? error.stack : String(error)}`));

// Lines of the character device end with the process that holds them, so what a killed service leaves is another story there.
const withSysfs = !existsSync('/opt/virtual-pi/without-sysfs');
const scenarios = [calm, nutLoss, outage, ...(withSysfs ? [lives] : []), button, wrongFile];

/** What the time goes to, for whoever wants it shorter. */
const SPENDERS = ['lastwatt', 'virtual-pi', 'nut-server', 'nut-driver@rack', 'systemd-journald'];
const spent = async (unit: string): Promise<string> =>
  `${unit} ${Math.round(Number(await shown('CPUUsageNSec', `${unit}.service`)) / 1e9)}`;

const site = await Site.open();
// Where the service does not even run, the rest would only be waiting.
if (await boot(site)) for (const scenario of scenarios) await scenario(site);
await site.close();
remark(`emulated seconds spent by ${(await Promise.all(SPENDERS.map(spent))).join(', ')}`);
process.exitCode = sum();
