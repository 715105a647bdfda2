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
  /** whether the unit stands before the outlet in the index */
  readonly byUnit: boolean;
}

const APC = '1.3.6.1.4.1.318.1.1';
const ON_1_OFF_2 = { on: 1, off: 2 } as const;

/** Controlled and read through the same column, where 1 is on and 2 off: the at-once commands, never the delayed ones. */
function oneColumn(name: string, sure: PduMib['sure'], column: string): PduMib {
  return { name, sure, control: column, set: ON_1_OFF_2, state: column, tells: ON_1_OFF_2, byUnit: false };
}

export const pduMibs = [
  /** PowerNet-MIB rPDUOutletControlOutletCommand: AP78xx, AP79xx */
  oneColumn('apc-rpdu', 'documented', `${APC}.12.3.3.1.1.4`),
  /** PowerNet-MIB rPDU2OutletSwitched: AP86xx, AP89xx; the state counts the other way round than the command */
  {
    name: 'apc-rpdu2',
    sure: 'believed',
    control: `${APC}.26.9.2.4.1.5`,
    set: ON_1_OFF_2,
    state: `${APC}.26.9.2.3.1.5`,
    tells: { on: 2, off: 1 },
    byUnit: false,
  },
  /** PowerNet-MIB sPDUOutletCtl: AP9211, AP9217 and the like */
  oneColumn('apc-masterswitch', 'documented', `${APC}.4.4.2.1.3`),
  /** PowerNet-MIB ePDU */
  oneColumn('apc-epdu', 'documented', `${APC}.30.6.2.1.4`),
  /** CPS-MIB ePDUOutletControlOutletCommand */
  oneColumn('cyberpower', 'believed', '1.3.6.1.4.1.3808.1.1.3.3.3.1.1.4'),
  /** PDU2-MIB: PX2, PX3 */
  {
    name: 'raritan',
    sure: 'believed',
    control: '1.3.6.1.4.1.13742.6.4.1.2.1.2',
    set: { on: 1, off: 0 },
    state: '1.3.6.1.4.1.13742.6.4.1.2.1.3',
    tells: { on: 7, off: 8 },
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
