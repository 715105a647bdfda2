// NUT goes away on mains that have been steady: nobody is shed for it. (Soon after an outage somebody would be.)
import { eventually } from '../../support/eventually.ts';
import { pause, statusSays, systemctl } from '../machine.ts';
import type { Site } from '../site.ts';
import { holds, nothing, same } from '../tap.ts';

const DRIVER = 'nut-driver@rack.service';
const SERVER = 'nut-server.service';
/** After it has been called silent. */
const AWAY_MS = 2000;

export async function nutLoss(site: Site): Promise<void> {
  const { header } = site;
  const unmoved = async (go: () => Promise<void>, comeBack: () => Promise<void>): Promise<void> => {
    const sinceMs = site.now();
    const first = site.orders.length;
    await go();
    await statusSays('the UPS is called silent', ({ ups }) => ups[0]?.alarms.includes('silent') === true, 60_000);
    await pause(AWAY_MS);
    await comeBack();
    await eventually(
      'upsd takes what it is told',
      async () =>
        site.tellAgain().then(
          () => true,
          () => false,
        ),
      40_000,
    );
    await statusSays('the UPS is heard on mains', ({ ups }) => ups[0]?.line === 'mains' && !ups[0].alarms.includes('silent'), 60_000);
    nothing(header.touched(sinceMs), 'touched');
    nothing(
      site.orders.slice(first).map(({ rig, what }) => `${rig} ${what}`),
      'orders',
    );
    same(site.fleet.allHashing, true, 'every rig hashes');
  };
  await holds('the driver is killed and stays away on mains: nobody is shed, and it is heard when it is back', () =>
    unmoved(
      async () => {
        await systemctl('kill', '--signal=SIGKILL', DRIVER);
        await systemctl('stop', DRIVER);
      },
      async () => {
        await systemctl('start', DRIVER);
      },
    ),
  );
  await holds('upsd is stopped and started on mains: nobody is shed, and it is heard when it is back', () =>
    unmoved(
      async () => {
        await systemctl('stop', SERVER);
      },
      async () => {
        // dummy-ups 2.8.0 dies at its first change after upsd has left it.
        await systemctl('restart', DRIVER);
        await systemctl('start', SERVER);
      },
    ),
  );
}
