// IPv4 networks as people write them, and the addresses in them. Pure.
import { failed, type Outcome, ok } from '../model/outcome.ts';

export interface Network {
  /** the first address, as a number of 32 bits */
  readonly base: number;
  /** of the mask, 0 to 32 */
  readonly bits: number;
}

/** The number of an address, or undefined for what is none (a leading 0 is none: some read it as octal). */
export function addressOf(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1) ?? [];
  const bytes = parts.map(Number);
  if (parts.length !== 4 || parts.some((part) => part.length > 1 && part.startsWith('0')) || bytes.some((byte) => byte > 255))
    return undefined;
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

export function sayAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** `10.0.0.0/24`, or one address; bits behind the mask are dropped, as in `10.0.0.21/24`. */
export function parseNetwork(text: string): Outcome<Network> {
  const [host = '', mask, ...more] = text.split('/');
  const address = addressOf(host);
  const bits = mask === undefined ? 32 : /^\d{1,2}$/.test(mask) ? Number(mask) : 33;
  if (address === undefined || bits > 32 || more.length > 0) {
    return failed('refused', `${JSON.stringify(text.slice(0, 40))} is no network: write it like 192.168.1.0/24, or one address`, 'never');
  }
  return ok({ base: address - (address % sizeOf({ bits })), bits });
}

export function sizeOf({ bits }: Pick<Network, 'bits'>): number {
  return 2 ** (32 - bits);
}

export function sayNetwork({ base, bits }: Network): string {
  return `${sayAddress(base)}/${bits}`;
}

/** Every address that a device may have in it: those of the network itself and of all in it are left out from /30 on. */
export function hostsOf({ base, bits }: Network): readonly string[] {
  const edge = bits >= 31 ? 0 : 1;
  return Array.from({ length: sizeOf({ bits }) - 2 * edge }, (_, at) => sayAddress(base + edge + at));
}

/** What RFC 1918 sets aside for networks of one's own, and this machine itself. */
const PRIVATE: readonly Network[] = [
  { base: 10 * 2 ** 24, bits: 8 },
  { base: 172 * 2 ** 24 + 16 * 2 ** 16, bits: 12 },
  { base: 192 * 2 ** 24 + 168 * 2 ** 16, bits: 16 },
  { base: 127 * 2 ** 24, bits: 8 },
];

/** Whether it is nobody's but its owner's. */
export function isPrivate({ base, bits }: Network): boolean {
  return PRIVATE.some((one) => bits >= one.bits && base >= one.base && base < one.base + sizeOf(one));
}
