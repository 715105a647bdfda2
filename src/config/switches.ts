// The switches of the file: boards for their drivers, single contacts for the core.
import { MAINS, type SwitchId } from '../model/id.ts';
import type { SiteSwitch } from '../model/site.ts';
import type { SwitchDriverKind } from '../switches/port.ts';
import type { ConfiguredBoard } from './config.ts';
import {
  type Draft,
  isMapping,
  keysAndValues,
  type Locate,
  reportUnknown,
  split,
  type Taken,
  take,
  takeDriver,
  takeMapping,
  things,
} from './draft.ts';
import { type SwitchPart, switchSchema } from './schema.ts';

export interface Switches {
  readonly boards: ReadonlyMap<string, ConfiguredBoard>;
  readonly switches: ReadonlyMap<SwitchId, SiteSwitch>;
  /** boards with mistakes: nothing is said of who refers to their channels */
  readonly doubtful: ReadonlySet<string>;
  /** what is good in each, also in those with mistakes */
  readonly parts: ReadonlyMap<string, Partial<SwitchPart>>;
}

export const COMMON_SWITCH_KEYS = Object.keys(switchSchema.shape);

export function assembleSwitches(draft: Draft, supplyNames: readonly string[]): Switches {
  const boards = new Map<string, ConfiguredBoard>();
  const switches = new Map<SwitchId, SiteSwitch>();
  const parts = new Map<string, Partial<SwitchPart>>();
  const doubtful = new Set<string>();
  for (const [id, value] of things(draft, 'switches')) {
    const { whole, good, driver } = readBoard(draft, id, value);
    parts.set(id, good);
    const { interrupts } = good;
    if (interrupts !== undefined && ![...supplyNames, MAINS].includes(interrupts)) {
      reportUnknown(draft, ['switches', id, 'interrupts'], {
        name: interrupts,
        kind: 'supply of this file',
        known: [...supplyNames, MAINS],
      });
    }
    if (whole === undefined || driver === undefined) {
      doubtful.add(id);
      continue;
    }
    const channels = driver.kind.channels(driver.options);
    const canRead = driver.kind.canRead(driver.options);
    boards.set(id, { driver: driver.kind.name, options: driver.options, atRest: whole.atRest, channels });
    for (const channel of channels) {
      const switchId = channel === '' ? id : `${id}:${channel}`;
      switches.set(switchId, {
        id: switchId,
        driver: driver.kind.name,
        atRest: whole.atRest,
        canRead,
        minOffSeconds: whole.minOffSeconds,
        ...(interrupts !== undefined && { interrupts }),
      });
    }
  }
  return { boards, switches, doubtful, parts };
}

interface ReadBoard extends Taken<typeof switchSchema> {
  /** undefined when it is unknown or its options are a mistake */
  readonly driver: { readonly kind: SwitchDriverKind; readonly options: Record<string, unknown> } | undefined;
}

function readBoard(draft: Draft, id: string, value: unknown): ReadBoard {
  const at: Locate = (inner) => ['switches', id, ...inner];
  if (!isMapping(value)) return { ...takeMapping(draft, switchSchema, { value, at }), driver: undefined };
  const { common, options } = split(keysAndValues(value), COMMON_SWITCH_KEYS);
  const part = takeMapping(draft, switchSchema, { value: common, at });
  const kind = takeDriver(draft, draft.switchDrivers, { name: part.good.driver, kind: 'switch driver', at });
  if (kind === undefined) return { ...part, driver: undefined };
  const fits = take(draft, kind.options, { value: options, at, alsoKnown: COMMON_SWITCH_KEYS });
  return { ...part, driver: fits === undefined ? undefined : { kind, options } };
}
