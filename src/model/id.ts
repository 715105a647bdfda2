// Names of the things on a site. Plain strings at run time; the aliases say which room a name belongs to.

export type UpsId = string;
export type RigId = string;
/** A single contact (`k2`) or one channel of a board (`box:1`). */
export type SwitchId = string;

/** A contact that is read: mains there or not, a transfer switch. */
export type InputId = string;
export type GeneratorId = string;
/** What hash rates earn: `btc`. */
export type CoinId = string;

/** `k2`, or `box:1`. */
export const SWITCH_NAME = /^[a-z0-9][a-z0-9-]{0,31}(:[a-z0-9-]{1,32})?$/;

/** What a thing on a site may be called; `mains` is taken. */
export const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** The word in `fedBy` for a rig that hangs on no UPS. */
export const MAINS = 'mains';

/** A UPS, or `mains`. */
export type SupplyId = UpsId | typeof MAINS;

/** `box:1` belongs to board `box`, channel `1`; `k2` is board `k2`, channel ''. */
export function splitSwitchId(id: SwitchId): { readonly board: string; readonly channel: string } {
  const colon = id.indexOf(':');
  return colon < 0 ? { board: id, channel: '' } : { board: id.slice(0, colon), channel: id.slice(colon + 1) };
}

/** The other way round. */
export function switchId(board: string, channel: string): SwitchId {
  return channel === '' ? board : `${board}:${channel}`;
}
