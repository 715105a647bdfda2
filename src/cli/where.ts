// Which service is meant: --socket, else LASTWATT_SOCKET, else what the configuration file says, else the usual place.
import { dirname, resolve } from 'node:path';
import { USUAL_CONFIG, USUAL_SOCKET } from '../config/config.ts';
import { codeOf, failed, type Outcome, ok } from '../model/outcome.ts';
import type { Outside } from './outside.ts';

export interface Named {
  /** --config; absent: the usual file, which need not be readable */
  readonly config?: string;
  /** --socket */
  readonly socket?: string;
}

/** The path of the socket. A file named with --config must be readable, unless the socket is named too. */
export async function findSocket(outside: Pick<Outside, 'env' | 'readText'>, named: Named): Promise<Outcome<string>> {
  const { LASTWATT_SOCKET: fromEnvironment } = outside.env;
  const given = named.socket ?? fromEnvironment;
  if (given !== undefined && given !== '') return ok(given);
  const file = named.config ?? USUAL_CONFIG;
  let text: string;
  try {
    text = await outside.readText(file);
  } catch (error) {
    // The usual file belongs to root and the service; who may not read it may still use the socket.
    if (named.config === undefined) return ok(USUAL_SOCKET);
    return failed(
      'refused',
      `cannot read ${file} (${codeOf(error) ?? 'not readable'}): check the path, or name the socket with --socket`,
      'never',
    );
  }
  const socket = await keyIn(text, 'socket');
  return ok(socket === undefined ? USUAL_SOCKET : resolve(dirname(file), socket));
}

/** Only this one key is looked at: whether the file is right is for `check --offline` to say. */
export async function keyIn(text: string, key: 'socket' | 'stateDir'): Promise<string | undefined> {
  const { parseDocument } = await import('yaml');
  try {
    const value: unknown = parseDocument(text, { logLevel: 'silent' }).get(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}
