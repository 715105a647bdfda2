// Plays every scenario on the virtual Pi, in one boot. Exit code 0: all of it held.
import { boot, calm } from './scenarios/calm.ts';
import { killed, outage } from './scenarios/outage.ts';
import { Site } from './site.ts';
import { remark, sum } from './tap.ts';

process.on('unhandledRejection', (error) => remark(`not waited for: ${error instanceof Error ? error.stack : String(error)}`));

const site = await Site.open();
// Where the service does not even run, the rest would only be waiting.
if (await boot(site)) for (const scenario of [calm, outage, killed]) await scenario(site);
await site.close();
process.exitCode = sum();
