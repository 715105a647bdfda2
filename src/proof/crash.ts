// A crash at one operation of the card: the write, sync, rename or truncate of that number never ends, and with it whatever
// runs. As any trouble it ends: the service is started again, or the Pi boots.
import { drawNight, type Size } from './draw-night.ts';
import type { Scenario, Trouble } from './scenario.ts';
import type { Watch } from './watch.ts';

/** s until it is there again, by turns */
const BACK_AFTER_SECONDS = { killed: [0.5, 4, 25], dead: [15, 40, 120] } as const;
const ITS_OWN: ReadonlySet<Trouble['kind']> = new Set<Trouble['kind']>(['killed', 'stopped', 'pi-dead', 'card']);

/** Each operation of the card costs four lives of the night: what a crash can do needs no large fleet. */
const SMALL: Size = { mostRigs: 4, mostOutages: 2, longest: 240 };

/** A small night of this seed, without other troubles of the service or the card: the episode that crashes are tried in. */
export function episodeOf(seed: number): Scenario {
  const night = drawNight(seed, SMALL);
  return { ...night, name: `seed ${seed}, for crashes`, troubles: night.troubles.filter(({ kind }) => !ITS_OWN.has(kind)) };
}

/** Lets the scenario crash where it says; `happened` takes the crash as a trouble, once it was. */
export function armCrash(watch: Watch, happened: (trouble: Trouble) => void): void {
  const { night, scenario } = watch;
  const { crash } = scenario;
  const { disk } = night.card;
  watch.card = { disk, operations: disk.operations };
  if (crash === undefined) return;
  disk.losePowerIn(disk.operations + crash.operation);
  void disk.dark.then(() => {
    const fromSeconds = night.nowSeconds - watch.fromSeconds;
    const turns = BACK_AFTER_SECONDS[crash.as === 'killed' ? 'killed' : 'dead'];
    const toSeconds = fromSeconds + (turns[crash.operation % turns.length] ?? 0);
    // The Pi may have died in this very moment of something else, with another card in the next life.
    if (!night.runs || night.card.disk !== disk) return;
    watch.crashed = { backAtSeconds: night.nowSeconds + toSeconds - fromSeconds };
    if (crash.as === 'killed') night.killInAWrite();
    else night.killController(crash.as);
    happened(
      crash.as === 'killed' ? { kind: 'killed', fromSeconds, toSeconds } : { kind: 'pi-dead', aftermath: crash.as, fromSeconds, toSeconds },
    );
  });
}

/** What the card has done in this scenario, until it first lost power. */
export function operationsOf({ card }: Watch): number {
  return card === undefined ? 0 : card.disk.operations - card.operations;
}

/** Starts again what crashed, when its time is over and there is power. */
export async function afterCrash(watch: Watch): Promise<void> {
  const { night, crashed } = watch;
  if (crashed === undefined || crashed.over === true || night.nowSeconds < crashed.backAtSeconds || !night.powered) return;
  crashed.over = true;
  if (!night.runs) await night.start();
}

/** The same crash as a trouble at a time, so that the scenario can be made small. */
export function timed(scenario: Scenario, crash: Trouble | undefined): Scenario {
  const { crash: _, ...rest } = scenario;
  return crash === undefined ? rest : { ...rest, troubles: [...rest.troubles, crash].sort((a, b) => a.fromSeconds - b.fromSeconds) };
}
