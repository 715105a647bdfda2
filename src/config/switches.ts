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
    for (const channel of driver.kind.channels(driver.options)) names.add(switchId(board, channel));
    if (whole === undefined) continue;
    const { configured, contacts } = assembleBoard(draft, { board, driver, whole, at });
    boards.set(board, configured);
    for (const contact of contacts) switches.set(contact.id, contact);
  }
  return { boards, switches, names, doubtful, kinds, parts };
}

interface Given {
  readonly board: string;
  readonly driver: { readonly kind: SwitchDriverKind; readonly options: unknown };
  readonly whole: SwitchPart;
  readonly at: Locate;
}

/** The board for its driver, and its contacts for the core. */
function assembleBoard(draft: Draft, { board, driver: { kind, options }, whole, at }: Given) {
  const { atRest, contactor } = whole;
  const { name, bareAmperes } = kind;
  const [way, channels, canRead] = [kind.way(options), kind.channels(options), kind.canRead(options)];
  if (way.certificateFile !== undefined) draft.certificateFiles.push({ path: at(['tls', 'ca']), file: way.certificateFile });
  const holds = kind.holds === true || kind.hasOwnSupply(options);
  checkRest(draft, { kind, atRest, at, isBlind: holds && !canRead });
  const configured: ConfiguredBoard = { driver: name, options, way, bareAmperes, holds, atRest, contactor, channels };
  // To the core it is what a dead machine makes of the contact, and such a board makes nothing of it.
  const part: SwitchPart = holds ? { ...whole, atRest: 'fed' } : whole;
  const contacts = channels.map((channel) => {
    const wiring = `${name} ${kind.wiring(options, channel)}, atRest: ${atRest}`;
    return siteSwitch(part, { id: switchId(board, channel), driver: name, wiring, canRead });
  });
  return { configured, contacts };
}

interface Rest {
  readonly kind: SwitchDriverKind;
  readonly atRest: 'fed' | 'cut';
  readonly at: Locate;
  /** nobody can see how its contacts are, and no reboot makes it certain */
  readonly isBlind: boolean;
}

/** Of a board that lives on its own `cut` would be believed, and a contact taken for open that is not. */
function checkRest(draft: Draft, { kind, atRest, at, isBlind }: Rest): void {
  if (atRest === 'fed' || (kind.holds !== true && !isBlind)) return;
  const say =
    kind.holds === true
      ? `${kind.name} leaves its contacts as they are when this machine dies, so atRest says nothing of them: take it out`
      : `with ownSupply nobody knows how the contacts of a ${kind.name} stand when this machine comes back, for it cannot be read: wire them atRest: fed, or take a board that can be read`;
  draft.report.mistake(at(['atRest']), say);
}

function siteSwitch(
  { atRest, minOffSeconds, interrupts }: SwitchPart,
  own: Pick<SiteSwitch, 'id' | 'driver' | 'wiring' | 'canRead'>,
): SiteSwitch {
  const contact = { ...own, atRest, minOffSeconds };
  return interrupts === undefined ? contact : { ...contact, interrupts };
}
