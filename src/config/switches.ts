// The switches of the file: boards for their drivers, single contacts for the core.
import type { SwitchId } from '../model/id.ts';
import { splitSwitchId, switchId } from '../model/id.ts';
import type { SiteSwitch } from '../model/site.ts';
import type { SwitchDriverKind } from '../switches/port.ts';
import { switchDrivers } from '../switches/registry.ts';
import type { ConfiguredBoard } from './config.ts';
import { checkSupplies, type Draft, type Locate, takeDriven, things } from './draft.ts';
import { type SwitchPart, switchSchema } from './schema.ts';

export interface Switches {
  readonly boards: ReadonlyMap<string, ConfiguredBoard>;
  readonly switches: ReadonlyMap<SwitchId, SiteSwitch>;
  /** of every switch in the file, also of those with mistakes; a board whose channels are not known stands for them */
  readonly names: ReadonlySet<SwitchId>;
  /** boards whose channels are not known: nothing is said of who refers to them */
  readonly doubtful: ReadonlySet<string>;
  /** by board, also of those with mistakes */
  readonly kinds: ReadonlyMap<string, SwitchDriverKind>;
  /** what is good in each, also in those with mistakes */
  readonly parts: ReadonlyMap<string, Partial<SwitchPart>>;
}

/** Also of a board whose channels are not known. */
export function mayExist({ names, doubtful }: Switches, id: SwitchId): boolean {
  return names.has(id) || doubtful.has(splitSwitchId(id).board);
}

export function assembleSwitches(draft: Draft, supplyNames: readonly string[]): Switches {
  const boards = new Map<string, ConfiguredBoard>();
  const switches = new Map<SwitchId, SiteSwitch>();
  const parts = new Map<string, Partial<SwitchPart>>();
  const names = new Set<SwitchId>();
  const doubtful = new Set<string>();
  const kinds = new Map<string, SwitchDriverKind>();
  for (const [board, value] of things(draft, 'switches')) {
    const at: Locate = (inner) => ['switches', board, ...inner];
    const given = { schema: switchSchema, drivers: switchDrivers, driverWords: 'switch driver', value, at };
    const { whole, good, driver } = takeDriven(draft, given);
    parts.set(board, good);
    const { interrupts } = good;
    if (driver !== undefined) kinds.set(board, driver.kind);
    checkSupplies(draft, interrupts === undefined ? [] : [interrupts], { known: supplyNames, at: () => at(['interrupts']) });
    if (!driver?.fits) {
      names.add(board);
      doubtful.add(board);
      continue;
    }
    const { kind, options } = driver;
    const channels = kind.channels(options);
    const canRead = kind.canRead(options);
    const ids = new Map(channels.map((channel) => [channel, switchId(board, channel)]));
    for (const id of ids.values()) names.add(id);
    if (whole === undefined) continue;
    const { atRest, contactor } = whole;
    const { name, bareAmperes, holds = false } = kind;
    checkRest(draft, { kind, atRest, at });
    const way = kind.way(options);
    if (way.certificateFile !== undefined) draft.certificateFiles.push({ path: at(['tls', 'ca']), file: way.certificateFile });
    boards.set(board, { driver: name, options, way, bareAmperes, holds, atRest, contactor, channels });
    for (const [channel, id] of ids) {
      const wiring = `${name} ${kind.wiring(options, channel)}, atRest: ${atRest}`;
      switches.set(id, siteSwitch(whole, { id, driver: name, wiring, canRead }));
    }
  }
  return { boards, switches, names, doubtful, kinds, parts };
}

/** Of a board that lives on its own `cut` would be believed, and a contact taken for open that is not. */
function checkRest(
  draft: Draft,
  { kind, atRest, at }: { readonly kind: SwitchDriverKind; readonly atRest: 'fed' | 'cut'; readonly at: Locate },
): void {
  if (kind.holds !== true || atRest === 'fed') return;
  const say = `${kind.name} leaves its contacts as they are when this machine dies, so atRest says nothing of them: take it out`;
  draft.report.mistake(at(['atRest']), say);
}

function siteSwitch(
  { atRest, minOffSeconds, interrupts }: SwitchPart,
  own: Pick<SiteSwitch, 'id' | 'driver' | 'wiring' | 'canRead'>,
): SiteSwitch {
  const contact = { ...own, atRest, minOffSeconds };
  return interrupts === undefined ? contact : { ...contact, interrupts };
}
