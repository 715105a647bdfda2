// Makes the troubles of a scenario happen. Several may be on one device at a time; when one ends, the others go on.
import type { SimRigQuirks } from '../sim/rig.ts';
import type { SimSwitchQuirks } from '../sim/switch.ts';
import type { SimContactQuirks } from '../sim/transfer.ts';
import type { SimUpsQuirks } from '../sim/ups.ts';
import type { Night } from './night.ts';
import type { Trouble } from './scenario.ts';

/** Those that stand on a device or a way while they last. */
type Lasting = With<
  'ups' | 'rig' | 'switch' | 'forced-shutdown' | 'second-feed' | 'server-gone' | 'network-gone' | 'card' | 'generator' | 'input'
>;
type With<K extends Trouble['kind']> = Extract<Trouble, { readonly kind: K }>;

export class Troubles {
  readonly #night: Night;
  readonly #standing = new Set<Trouble>();

  constructor(night: Night) {
    this.#night = night;
  }

  async begin(trouble: Trouble): Promise<void> {
    const night = this.#night;
    if (trouble.toSeconds !== undefined) this.#standing.add(trouble);
    switch (trouble.kind) {
      case 'mains-gone':
        return night.loseMains(trouble.on);
      case 'rig-reboots':
        return night.world.rigs.get(trouble.on)?.reboot();
      case 'board-resets':
        for (const contact of night.world.switches.values()) contact.reset();
        return;
      case 'killed':
        return night.kill();
      case 'stopped':
        return night.stop();
      case 'pi-dead':
        return night.killController(trouble.aftermath);
      case 'wall-clock':
        return night.world.clock.stepWall(trouble.byHours * 3_600_000);
      case 'person':
        if (night.runs && !night.stopped) await night.submit(trouble.command, trouble.from);
        return;
      default:
        return this.#apply(trouble, true);
    }
  }

  async end(trouble: Trouble): Promise<void> {
    const night = this.#night;
    if (!this.#standing.delete(trouble)) return;
    switch (trouble.kind) {
      case 'mains-gone':
        // Lost twice, they are back when both are over.
        return this.#all('mains-gone').some(({ on }) => on === trouble.on) ? undefined : night.returnMains(trouble.on);
      case 'killed':
      case 'pi-dead':
        // The other of the two may have ended first, or the Pi may be without power still.
        if (!night.runs && night.powered) await night.start();
        return;
      case 'stopped':
        return night.goOn();
      case 'rig-reboots':
      case 'board-resets':
      case 'wall-clock':
      case 'person':
        return;
      default:
        return this.#apply(trouble, false);
    }
  }

  /** All that stands ends now; what is over by itself, or is a person's wish, stays as it is. */
  async endAll(): Promise<void> {
    for (const trouble of [...this.#standing]) await this.end(trouble);
  }

  #apply(trouble: Lasting, begins: boolean): void {
    const { world, card } = this.#night;
    switch (trouble.kind) {
      case 'ups':
        return world.ups.get(trouble.on)?.behave(this.#merged<SimUpsQuirks>('ups', trouble.on));
      case 'rig':
        return world.rigs.get(trouble.on)?.behave(this.#merged<SimRigQuirks>('rig', trouble.on));
      case 'switch':
        return world.switches.get(trouble.on)?.behave(this.#merged<SimSwitchQuirks>('switch', trouble.on));
      case 'generator':
        return this.#night.carry(
          trouble.on,
          this.#all('generator').some(({ on }) => on === trouble.on),
        );
      case 'input':
        return world.transfers.get(trouble.on)?.behave(this.#merged<SimContactQuirks>('input', trouble.on));
      case 'forced-shutdown':
        return world.ups.get(trouble.on)?.force(begins);
      case 'second-feed':
        return world.secondFeed(trouble.on, begins);
      case 'server-gone':
        return world.server(!this.#stands('server-gone'));
      case 'network-gone':
        return world.network(!this.#stands('network-gone'));
      case 'card':
        return card.misbehave(Object.assign({}, ...this.#all('card').map(({ quirks }) => quirks)));
    }
  }

  #stands(kind: Trouble['kind']): boolean {
    return [...this.#standing].some((one) => one.kind === kind);
  }

  #all<K extends Trouble['kind']>(kind: K): readonly With<K>[] {
    return [...this.#standing].filter((one): one is With<K> => one.kind === kind);
  }

  #merged<Q extends object>(kind: 'ups' | 'rig' | 'switch' | 'input', on: string): Q {
    return together(this.#all(kind).flatMap((one) => (one.on === on ? [one.quirks] : []))) as Q;
  }
}

/** Of what stands at once one takes nothing from the other: each of the figures is false, and each stands still. */
function together(all: readonly object[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const [name, value] of all.flatMap((quirks) => Object.entries(quirks))) {
    const before = merged[name];
    if (Array.isArray(before) && Array.isArray(value)) merged[name] = [...new Set([...before, ...value])];
    else if (isTable(before) && isTable(value)) merged[name] = { ...before, ...value };
    else merged[name] = value;
  }
  return merged;
}

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
