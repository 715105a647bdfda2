// What a driver wants in a configuration beside the address: mostly the file with a password, which only its owner has.
import type { RigDriverKind } from '../rigs/port.ts';

export interface At {
  readonly host: string;
  readonly port?: number;
}

export interface DriverOptions {
  /** the driver takes them as they stand */
  readonly options: Readonly<Record<string, unknown>>;
  /** the option that names the file with its secret; `wanted`: nothing goes without it */
  readonly secret?: { readonly option: string; readonly wanted: boolean };
}

/** What drivers call the file of their secret. */
const SECRETS = ['passwordFile', 'tokenFile', 'apiKeyFile', 'keyFile'] as const;

/** With `file` where a secret is wanted; undefined where more than that is. */
export function optionsFor({ options: schema, secretFiles }: RigDriverKind, { host, port }: At, file: string): DriverOptions | undefined {
  const at = { host, ...(port !== undefined && { port }) };
  const option = secretFiles === undefined ? undefined : SECRETS.find((name) => schema.safeParse({ ...at, [name]: file }).success);
  if (schema.safeParse(at).success) return { options: at, ...(option !== undefined && { secret: { option, wanted: false } }) };
  return option === undefined ? undefined : { options: { ...at, [option]: file }, secret: { option, wanted: true } };
}
