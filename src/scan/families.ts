// The families of rigs that a scan can tell apart, and with which driver each is spoken to.
import { rigDriver } from '../rigs/registry.ts';

/** In the words of the field. Where a driver of this name is registered, it speaks to it. */
const FAMILIES = {
  antminer: 'with the firmware of Bitmain',
  'antminer-old': 'with the firmware of Bitmain from before the S19, which has no sleep',
  luxos: 'under LuxOS',
  braiins: 'under Braiins OS',
  vnish: 'under VNish or AnthillOS',
  whatsminer: 'of MicroBT',
  avalon: 'of Canaan',
  axeos: 'under AxeOS',
  nerdqaxe: 'NerdQAxe or its kin',
  epic: 'under ePIC PowerPlay (UMC)',
  auradine: 'Teraflux of Auradine (FluxOS)',
  mara: 'under the firmware of MARA',
  sealminer: 'SealMiner of Bitdeer',
  elphapex: 'Elphapex',
  goldshell: 'Goldshell',
  iceriver: 'IceRiver: its firmware has no pause',
  cgminer: 'a miner with the API of cgminer or bfgminer',
  teamredminer: 'TeamRedMiner',
  trex: 'T-Rex',
  xmrig: 'xmrig',
} as const;

export type Family = keyof typeof FAMILIES;

export function aboutFamily(family: Family): string {
  return FAMILIES[family];
}

/** The name of its driver; undefined while there is none. */
export function driverOf(family: Family): string | undefined {
  return rigDriver(family)?.name;
}
