// A generator takes over in an outage: what its UPS takes for mains carries few rigs, and all come back with the mains.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { EIGHT } from '../support/rig-fleet.ts';
import { violations } from './judge.ts';
import { describeNights, NIGHT_MS, night } from './night.ts';

const THREE = EIGHT.slice(0, 3);

describeNights('a generator behind a transfer switch', () => {
  it(
    'carries the two rigs that earn most within its watts; the third leaves at once, and comes back with the mains',
    () =>
      night({ carriesSeconds: 600, rigs: THREE }, async (one) => {
        const contact = join(one.folder, 'ats');
        await writeFile(contact, 'open\n');
        await one.configure({
          inputs: { ats: { driver: 'command', read: ['/bin/cat', contact] } },
          generators: { diesel: { behind: ['rack'], carriesWhen: 'ats', watts: 6200 } },
        });
        await one.begin();
        const line = async (): Promise<string | undefined> => (await one.service.status())?.ups[0]?.line;
        await one.mains(false);
        await one.recorded('outage-began');
        await writeFile(contact, 'closed\n');
        const carriedMs = await one.mains(true);
        await one.recorded('line', ({ to }) => to === 'generator');
        await one.until('the third rig has paused', async () => {
          const rigs = (await one.service.status())?.rigs ?? [];
          return rigs.filter(({ phase }) => phase === 'hashing').length === 2;
        });
        const pauses = (await one.service.journal()).filter(
          ({ event, monoMs, step }) => event === 'step-due' && monoMs >= carriedMs && (step as { kind: string }).kind === 'pause',
        );
        expect(pauses.map(({ because }) => because)).toEqual([
          { rule: 'generator-has-no-room', facts: { generator: 'diesel', carriesWatts: 6200, watts: 2200 } },
        ]);
        expect((await one.service.status())?.notes).toContainEqual(expect.stringMatching(/^rack is carried by diesel: rigs within 6200 W/));
        await writeFile(contact, 'open\n');
        await one.until('the mains carry it again', async () => (await line()) === 'mains', 15);
        await one.until(
          'every rig is back',
          async () => (await one.service.status())?.rigs.every(({ phase }) => phase === 'hashing') === true,
          60,
        );
        expect(await violations(one)).toEqual([]);
      }),
    NIGHT_MS,
  );
});
