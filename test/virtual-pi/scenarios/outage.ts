// A whole outage, and one in which the service is killed: what the relays do, read from their lines.
import { eventually } from '../../support/eventually.ts';
import { done, lastwatt, servedAnew, servicePid } from '../machine.ts';
import type { Site } from '../site.ts';
import { holds, nothing, remark, same } from '../tap.ts';

export async function outage(site: Site): Promise<void> {
  const { header, fleet } = site;
  await holds('armed by a person, it still touches no relay line', async () => {
    const { code, said } = await lastwatt('arm');
    same(code === 0 || code === 1, true, `lastwatt arm ended with ${code}: ${said}`);
    nothing(header.writesOfRelays(), 'writes');
  });
  await holds('in an outage rigs are paused, then cut, the worst earner per watt first; low battery takes the rest', async () => {
    const first = header.edges.length;
    const outMs = await site.mains(false);
    await site.until('the worst is dark', () => fleet.dark('yew'), 40);
    await site.until('the next is dark', () => fleet.dark('fir'), 40);
    same([fleet.hashing('ash'), fleet.hashing('ivy')], [true, true], 'the better ones hash on');
    await site.lowBattery(true);
    await site.until('all are dark', () => fleet.allDark, 20);
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
    same(site.died, false, 'the battery gave out');
  });
  await holds('when the mains are back every relay feeds again, the best earner first, and every rig hashes', async () => {
    const backMs = site.now();
    await site.lowBattery(false);
    await site.mains(true);
    await site.until('every rig hashes', () => fleet.allHashing && header.allFed, 60);
    same(fleet.startedInOrder(backMs), fleet.bestFirst, 'started in order');
    remark(`every rig hashes ${((site.now() - backMs) / 1000).toFixed(1)} s after the mains came`);
    await site.calm();
  });
  await holds("so far every relay moved exactly twice, with no pulse between, by the kernel's own record", () => {
    const moves = header.edges.map(({ relay }) => relay.contact).toSorted();
    same(moves, ['box:1', 'box:1', 'box:2', 'box:2', 'box:3', 'box:3', 'k', 'k'], 'moves seen');
    nothing(header.glitches(1000), 'glitches');
    nothing(header.strayWrites(), 'writes to other lines');
  });
}

export async function killed(site: Site): Promise<void> {
  const { header, fleet } = site;
  await holds('killed in the middle of an outage it is started anew by systemd, no relay moves meanwhile, and it goes on', async () => {
    await site.mains(false);
    await site.until('the worst is dark', () => fleet.dark('yew'), 40);
    const before = await servicePid();
    const sinceMs = site.now();
    await done('kill', '-9', String(before));
    await servedAnew(before);
    remark(`ready ${Math.round(site.now() - sinceMs)} ms after it was killed`);
    nothing(
      header.writesOfRelays(sinceMs).filter(({ gpio }) => gpio === 22),
      'writes to the relay that was open',
    );
    same(header.isCut('box:3'), true, 'still cut');
    await site.until('the next leaves too', () => fleet.dark('fir'), 60);
  });
  await holds('and brings back after that outage what it had cut before it was killed', async () => {
    await site.mains(true);
    await eventually('box:3 and box:1 feed', () => header.allFed, 60_000);
    await site.calm();
    nothing(header.glitches(1000), 'glitches');
  });
}
