// Nights that go on through the return, with rigs that do not come back as they are told. Every other night heals when the
// last outage is over, before anybody is woken: what goes wrong in a return would be met by chance alone (F36).
import type { RigId } from '../model/id.ts';
import type { Chance } from '../sim/chance.ts';
import type { SimRigQuirks } from '../sim/rig.ts';
import { type Trouble, tenths } from './scenario.ts';

const NIGHTS = 0.08;
const MOST_RIGS = 3;
/** Longer than three tries at a rig, so that some are given up, and shorter, so that some wake by a later one. */
const LASTS_SECONDS = { least: 90, most: 900 } as const;
const QUIRKS: readonly SimRigQuirks[] = [
  { willNotWake: true },
  { willNotWake: true },
  { willNotWake: true },
  { losesAnswers: true },
  { answerSeconds: 7 },
  { garbles: true },
];

/** From about when mains are back for good. */
export function badReturns(draw: Chance, rigs: readonly RigId[], mainsBackSeconds: number): readonly Trouble[] {
  if (!draw.happens(NIGHTS)) return [];
  const chosen = new Set(Array.from({ length: 1 + draw.below(MOST_RIGS) }, () => draw.pick(rigs) ?? ''));
  return [...chosen].map((on) => {
    const from = Math.max(1, mainsBackSeconds - draw.between(0, 60));
    const to = mainsBackSeconds + draw.between(LASTS_SECONDS.least, LASTS_SECONDS.most);
    return { kind: 'rig' as const, on, quirks: draw.pick(QUIRKS) ?? {}, fromSeconds: tenths(from), toSeconds: tenths(to) };
  });
}
