// Where each kind of PDU keeps its outlets in its MIB, and which number means what there: no two kinds agree. Every object named
// here is one outlet's. Those that move all outlets at once (PowerNet-MIB: sPDUMasterControl, rPDUOutletDev) are nowhere.

export interface OutletAddress {
  /** as printed on the PDU, from 1 */
  readonly outlet: number;
  /** the unit of a chain, where the kind counts them; from 1 */
  readonly unit: number;
}

export interface PduMib {
  readonly name: string;
  /** `documented`: from the vendor's MIB; `believed`: told by others, and to be tried on the device before it is relied on */
  readonly sure: 'documented' | 'believed';
  /** column that is set; the index follows */
  readonly control: string;
  readonly set: { readonly on: number; readonly off: number };
  /** column that tells; the index follows */
  readonly state: string;
  readonly tells: { readonly on: number; readonly off: number };
  /** column of the names that its owner gave; the index follows as it does there; absent: it has none */
  readonly names?: string;
  /** whether the unit stands before the outlet in the index */
  readonly byUnit: boolean;
}

const APC = '1.3.6.1.4.1.318.1.1';
const ON_1_OFF_2 = { on: 1, off: 2 } as const;

/** Controlled and read through the same column, where 1 is on and 2 off: the at-once commands, never the delayed ones. */
function oneColumn<N extends string>(
  name: N,
  own: { sure: PduMib['sure']; column: string; names?: string },
): PduMib & { readonly name: N } {
  const { column, ...rest } = own;
  return { name, ...rest, control: column, set: ON_1_OFF_2, state: column, tells: ON_1_OFF_2, byUnit: false };
}

export const pduMibs = [
  /** PowerNet-MIB rPDUOutletControlOutletCommand: AP78xx, AP79xx */
  oneColumn('apc-rpdu', { sure: 'documented', column: `${APC}.12.3.3.1.1.4`, names: `${APC}.12.3.3.1.1.2` }),
  /** PowerNet-MIB rPDU2OutletSwitched: AP86xx, AP89xx; the state counts the other way round than the command */
  {
    name: 'apc-rpdu2',
    sure: 'believed',
    control: `${APC}.26.9.2.4.1.5`,
    set: ON_1_OFF_2,
    state: `${APC}.26.9.2.3.1.5`,
    tells: { on: 2, off: 1 },
    names: `${APC}.26.9.2.3.1.3`,
    byUnit: false,
  },
  /** PowerNet-MIB sPDUOutletCtl: AP9211, AP9217 and the like */
  oneColumn('apc-masterswitch', { sure: 'documented', column: `${APC}.4.4.2.1.3`, names: `${APC}.4.4.2.1.4` }),
  /** PowerNet-MIB ePDU; its outlets bear numbers alone */
  oneColumn('apc-epdu', { sure: 'documented', column: `${APC}.30.6.2.1.4` }),
  /** CPS-MIB ePDUOutletControlOutletCommand */
  oneColumn('cyberpower', { sure: 'believed', column: '1.3.6.1.4.1.3808.1.1.3.3.3.1.1.4', names: '1.3.6.1.4.1.3808.1.1.3.3.3.1.1.2' }),
  /** PDU2-MIB: PX2, PX3 */
  {
    name: 'raritan',
    sure: 'believed',
    control: '1.3.6.1.4.1.13742.6.4.1.2.1.2',
    set: { on: 1, off: 0 },
    state: '1.3.6.1.4.1.13742.6.4.1.2.1.3',
    tells: { on: 7, off: 8 },
    names: '1.3.6.1.4.1.13742.6.3.5.3.1.3',
    byUnit: true,
  },
] as const satisfies readonly PduMib[];

export type PduMibName = (typeof pduMibs)[number]['name'];

export function pduMib(name: string): PduMib | undefined {
  return pduMibs.find((mib) => mib.name === name);
}

/** The object of one outlet in a column. Throws for what is no outlet: an index of 0 is, on some, all of them. */
export function outletOid(column: string, { byUnit }: PduMib, { outlet, unit }: OutletAddress): string {
  if (!Number.isInteger(outlet) || outlet < 1 || !Number.isInteger(unit) || unit < 1) throw new Error(`no outlet ${unit}.${outlet}`);
  return byUnit ? `${column}.${unit}.${outlet}` : `${column}.${outlet}`;
}

/** True: on. Undefined for whatever else the column may hold: unknown, in a reboot, not supported. */
export function outletOn(value: number, { tells }: PduMib): boolean | undefined {
  if (value === tells.on) return true;
  return value === tells.off ? false : undefined;
}

/** Outlets by the name that they bear; several where a name was given more than once. */
export type OutletNames = ReadonlyMap<string, readonly number[]>;

/** Below which the names of a PDU stand, one an outlet. */
export function namesRoot(column: string, { byUnit }: PduMib, unit: number): string {
  return byUnit ? `${column}.${unit}` : column;
}

/** The outlet of an object below that root; undefined where it stands outside. */
export function outletOf(oid: string, root: string): number | undefined {
  if (!oid.startsWith(`${root}.`)) return undefined;
  const outlet = Number(oid.slice(root.length + 1));
  return Number.isInteger(outlet) && outlet >= 1 ? outlet : undefined;
}

/** As it is printed in its web page: some agents fill a name up with blanks or zeros. */
export function outletName(value: unknown): string | undefined {
  return Buffer.isBuffer(value) ? value.toString('utf8').replace(/[\0 ]+$/, '') : undefined;
}

/** `1 "Outlet 1", 2 "ash"`: what to choose from, and no more than fits a line. */
export function sayOutlets(names: OutletNames): string {
  const all = [...names].flatMap(([name, outlets]) => outlets.map((outlet): [number, string] => [outlet, name]));
  const listed = all
    .toSorted(([one], [other]) => one - other)
    .map(([outlet, name]) => `${outlet} ${JSON.stringify(name.slice(0, MOST_SHOWN))}`);
  const more = listed.length - MOST_LISTED;
  return more > 0 ? `${listed.slice(0, MOST_LISTED).join(', ')} and ${more} more` : listed.join(', ');
}

const MOST_SHOWN = 32;
const MOST_LISTED = 24;
