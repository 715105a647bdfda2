// The button, pressed by the level of its line.
import { eventually } from '../../support/eventually.ts';
import { everyRig, journal, statusSays } from '../machine.ts';
import type { Site } from '../site.ts';
import { holds, nothing, remark, same } from '../tap.ts';

export async function button(site: Site): Promise<void> {
  const { header, fleet } = site;
  await holds('the button, held for 3 s, takes every rig down and keeps it down', async () => {
    const first = site.orders.length;
    const pressedMs = site.now();
    header.press(true);
    await eventually('the first rig is told to pause', () => site.orders.length > first, 30_000);
    remark(`first pause ${Math.round((site.orders[first]?.atMs ?? 0) - pressedMs - 3000)} ms after the 3 s (emulated)`);
    header.press(false);
    await site.until('every rig is quiet', () => fleet.bestFirst.every((id) => fleet.quiet(id)), 60);
    await statusSays('every rig is held down by the button', (seen) =>
      everyRig(seen, ({ hold }) => hold?.as === 'down' && hold.from === 'button'),
    );
    same((site.orders[first]?.atMs ?? 0) - pressedMs >= 3000, true, 'not before 3 s');
  });
  await holds('a short press releases nobody, and is journaled', async () => {
    header.press(true);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    header.press(false);
    await eventually('the journal tells of it', async () => JSON.stringify((await journal()).slice(-20)).includes('acknowledge'), 20_000);
    same(
      fleet.bestFirst.every((id) => fleet.quiet(id)),
      true,
      'every rig quiet',
    );
  });
  await holds('held for 3 s again it releases them, and every rig hashes', async () => {
    const first = site.orders.length;
    header.press(true);
    await eventually(
      'a rig is told to resume or is fed',
      () => site.orders.length > first || fleet.bestFirst.some((id) => !fleet.quiet(id)),
      60_000,
    );
    header.press(false);
    await site.until('every rig hashes', () => fleet.allHashing && header.allFed, 90);
    nothing(header.glitches(1000), 'glitches');
    await site.calm();
  });
}
