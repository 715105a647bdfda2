// A whole outage, and one in which the service is killed: what the relays do, read from their lines.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { eventually } from '../../support/eventually.ts';
import { check, journal, pause } from '../machine.ts';
import type { Site } from '../site.ts';
import { holds, nothing, remark, same } from '../tap.ts';
import { serialBoard } from './serial.ts';

export async function outage(site: Site): Promise<void> {
  const { header, fleet } = site;
  let first = 0;
  await holds('in an outage rigs are paused, then cut, the worst earner per watt first', async () => {
    first = header.edges.length;
    const outMs = await site.mains(false);
    await site.until('the worst is dark', () => fleet.dark('yew'), 40);
    await site.until('the next is dark', () => fleet.dark('fir'), 40);
    same([fleet.hashing('ash'), fleet.hashing('ivy')], [true, true], 'the better ones hash on');
    same(fleet.askedInOrder('pause', outMs).slice(0, 2), ['yew', 'fir'], 'paused first');
    same(
      header.edges.slice(first, first + 2).map(({ relay }) => relay.contact),
      ['box:3', 'box:1'],
      'cut first',
    );
    nothing(
      fleet.cuts.filter(({ atMs, level }) => atMs >= outMs && level > 0),
      'cut while they hashed',
    );
  });
  await holds('low battery takes the rest; a line that another program holds is named, left to it, and driven once it is free', () =>
    busyLine(site),
  );
  await holds('when the mains are back every relay feeds again, the best earner first, and every rig hashes', async () => {
    const backMs = site.now();
    await site.lowBattery(false);
    await site.mains(true);
    await site.until('every rig hashes', () => fleet.allHashing && header.allFed, 60);
    same(fleet.startedInOrder(backMs), fleet.bestFirst, 'started in order');
    remark(`every rig hashes ${((site.now() - backMs) / 1000).toFixed(1)} s after the mains came`);
    await site.calm();
  });
  await holds("in that outage every relay moved exactly twice, with no pulse between, by the kernel's own record", () => {
    const moves = header.edges
      .slice(first)
      .map(({ relay }) => relay.contact)
      .toSorted();
    same(moves, ['box:1', 'box:1', 'box:2', 'box:2', 'box:3', 'box:3', 'k', 'k'], 'moves seen');
    nothing(header.glitches(1000), 'glitches');
    nothing(header.strayWrites(), 'writes to other lines');
  });
  await serialBoard(site);
}

/** gpioset has the line of box:2, on which ivy hangs, at the level that it has by itself. */
async function busyLine(site: Site): Promise<void> {
  const { fleet, header } = site;
  const sinceMs = site.now();
  const holder = spawn('gpioset', ['--mode=signal', (await readFile('/run/header-chip', 'utf8')).trim(), '27=0'], { stdio: 'ignore' });
  try {
    await eventually('gpioset drives the line', () => header.writesOfRelays(sinceMs).some(({ gpio }) => gpio === 27), 10_000);
    await site.lowBattery(true);
    let told = '';
    const named = async (): Promise<boolean> => {
      await pause(200);
      told = JSON.stringify((await journal()).filter(({ event, monoMs }) => event === 'step-settled' && monoMs >= sinceMs));
      return /gpio 27 is held by/.test(told);
    };
    await eventually('the journal names the line', named, 30_000).catch(() => Promise.reject(new Error(`the journal tells ${told}`)));
    await site.until('ash is dark all the same', () => fleet.dark('ash'), 20);
    same(header.isCut('box:2'), false, 'cut while another held it');
    const item = (await check()).find(({ about }) => about === 'box:2');
    same([item?.verdict, /gpio 27 is held by "gpioset"/.test(item?.say ?? '')], ['fail', true], `check names it: ${item?.say}`);
  } finally {
    holder.kill();
  }
  await site.until('ivy is dark, too', () => fleet.dark('ivy'), 60);
}
