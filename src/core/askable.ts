// The site as the rules see it. A rig that must be given no order, for another machine answers in its place, is one that cannot be
// asked anything; its contacts are used as those of any such rig. One whose driver is benched is read and not told. And a rig brings along what it was seen to take.
import type { Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import { AS_IN_THE_FILE, type Memory } from './memory.ts';
import { timesOf } from './rig-times.ts';

const NOTHING: Rig['can'] = { read: false, pause: false, resume: false, halt: false };

/** The same site while every rig is as the file has it, and the same other one until that changes. */
export function askableSite(site: Site, memory: Memory): Site {
  const { seenAs, barred } = memory;
  if (seenAs === AS_IN_THE_FILE) return site;
  const last = sites.get(site);
  if (last?.seenAs === seenAs) return last.site;
  const rigs = new Map(
    [...site.rigs].map(([id, rig]) => {
      const times = timesOf(memory, rig);
      const can = barred.has(id) ? NOTHING : memory.rigs.get(id)?.benched === undefined ? rig.can : { ...NOTHING, read: rig.can.read };
      return [id, { ...rig, can, ...(times !== undefined && { times }) }];
    }),
  );
  const askable = { ...site, rigs };
  sites.set(site, { seenAs, site: askable });
  return askable;
}
const sites = new WeakMap<Site, { readonly seenAs: object; readonly site: Site }>();
