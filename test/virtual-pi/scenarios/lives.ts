// The service ends in every way it can while relays are open: killed, hung, restarted, reloaded, upgraded. None of them moves a relay.
import { existsSync } from 'node:fs';
import { done, doneWithin, SERVICE, servedAnew, servicePid, shown, systemctl, UPGRADE_MS } from '../machine.ts';
import type { Site } from '../site.ts';
import { holds, nothing, remark, same } from '../tap.ts';

/** Emulated so slowly, by its own clock, the whole stage would take over four minutes with what nothing else needs. */
const SLOW_AT_MS = 150_000;
const ALL = existsSync('/opt/virtual-pi/all');

export async function lives(site: Site): Promise<void> {
  const { header, fleet } = site;
  await holds(
    'killed in the middle of an outage it is started anew by systemd, the open relay stays open, and it goes on shedding',
    async () => {
      await site.mains(false);
      await site.until('the worst is dark', () => fleet.dark('yew'), 60);
      const before = await servicePid();
      const sinceMs = site.now();
      await site.batteryHeld(async () => {
        await done('kill', '-9', String(before));
        await servedAnew(before);
      });
      remark(`ready ${Math.round(site.now() - sinceMs)} ms after it was killed`);
      nothing(header.touched(sinceMs, ['box:3']), 'touched');
      await site.until('the next leaves too', () => fleet.dark('fir'), 60);
      await site.lowBattery(true);
      await site.until('all are dark', () => fleet.allDark && header.allCut, 60);
    },
  );
  await holds('restarted and reloaded with every relay open it touches none', async () => {
    const sinceMs = site.now();
    await systemctl('restart', SERVICE);
    await systemctl('reload', SERVICE);
    nothing(header.touched(sinceMs), 'touched');
    same(header.allCut, true, 'every relay open');
  });
  if (ALL || site.now() < SLOW_AT_MS) await hung(site);
  else remark('left out, for this machine emulates slowly: a service that hangs is ended by the watchdog (--all plays it)');
  if (ALL) await upgraded(site);
  await holds('and after all that it brings every rig back when the mains are', async () => {
    const backMs = site.now();
    await site.lowBattery(false);
    await site.mains(true);
    await site.until('every rig hashes', () => fleet.allHashing && header.allFed, 90);
    same(fleet.startedInOrder(backMs), fleet.bestFirst, 'started in order');
    nothing(header.glitches(1000), 'glitches');
    await site.calm();
  });
}

async function hung(site: Site): Promise<void> {
  const { header } = site;
  await holds('hung, it is ended by the watchdog and started anew, and no relay is touched', async () => {
    const before = await servicePid();
    const sinceMs = site.now();
    await done('kill', '-STOP', String(before));
    await servedAnew(before);
    remark(`ready ${Math.round(site.now() - sinceMs)} ms after it hung`);
    same(await shown('Result'), 'success', 'of the one that runs');
    nothing(header.touched(sinceMs), 'touched');
  });
}

async function upgraded(site: Site): Promise<void> {
  const { header } = site;
  const upgrade = async (): Promise<void> => {
    const before = await servicePid();
    const sinceMs = site.now();
    const { said } = await doneWithin(UPGRADE_MS, '/srv/lastwatt/scripts/install.sh');
    same(said.includes('service enabled and started'), true, `install.sh said: ${said}`);
    await servedAnew(before);
    nothing(header.touched(sinceMs), 'touched');
    same(header.allCut, true, 'every relay open');
  };
  await holds(
    'upgraded by scripts/install.sh in the same outage it is restarted, and no relay is touched',
    upgrade,
    (2 * UPGRADE_MS) / 1000,
  );
}
