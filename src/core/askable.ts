// The site as the rules see it: a rig that must be given no order, for another machine answers in its place, is one that cannot be
// asked anything. Its contacts are used as those of any such rig.
import type { RigId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import type { Bar, Memory } from './memory.ts';

const NOTHING: Rig['can'] = { read: false, pause: false, resume: false, halt: false };

/** The same site while nobody is barred, and the same other one for the same rigs. */
export function askableSite(site: Site, { barred }: Memory): Site {
  if (barred.size === 0) return site;
  const last = sites.get(site);
  if (last?.barred === barred) return last.site;
  const rigs = new Map([...site.rigs].map(([id, rig]) => [id, barred.has(id) ? { ...rig, can: NOTHING } : rig]));
  const askable = { ...site, rigs };
  sites.set(site, { barred, site: askable });
  return askable;
}
const sites = new WeakMap<Site, { readonly barred: ReadonlyMap<RigId, Bar>; readonly site: Site }>();
