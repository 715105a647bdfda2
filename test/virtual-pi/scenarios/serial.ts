// A relay board behind a serial line, after the first outage: what it was told in it, and what is said when its plug is pulled.
import { check, pause } from '../machine.ts';
import type { Site } from '../site.ts';
import { holds, remark, same } from '../tap.ts';

/** Each order is given twice, for the board tells nothing: `A0 channel coil sum`. */
const TOLD = ['a00101a2', 'a00101a2', 'a00100a1', 'a00100a1'];

export async function serialBoard(site: Site): Promise<void> {
  const { board } = site;
  if (board === undefined) {
    remark('no driver for serial boards in what is installed: its scenarios are left out');
    return;
  }
  const frames = (): readonly string[] => board.frames;
  await holds('the serial board was told to cut once the outage took its rig, to feed when it came back, and nothing else', async () => {
    await site.until('its rig is fed again', () => frames().length >= TOLD.length, 60);
    same(frames(), TOLD, 'frames');
  });
  await holds(
    'a serial board that is unplugged is named by lastwatt check, and is well again once it is back, told nothing by that',
    async () => {
      await board.unplug();
      const pulledMs = site.now();
      const faulty = async (): Promise<boolean> => {
        await pause(200);
        return (await check()).some(({ about, verdict }) => about.startsWith('usb') && verdict === 'fail');
      };
      await site.until('check fails on it', faulty, 30);
      remark(`named ${Math.round(site.now() - pulledMs)} ms after it was pulled (emulated)`);
      await board.plug();
      await site.until('check is content with it', async () => !(await faulty()), 60);
      same(frames(), TOLD, 'frames');
    },
  );
}
