// The package serialport, loaded only when a serial board is first needed, and one open port of it as we use it: whole
// writes that have left the machine, input as it comes, and one word when the port is gone.
import { statSync } from 'node:fs';
import { failed, messageOf, type Outcome, ok } from '../model/outcome.ts';

export interface SerialSettings {
  readonly baudRate: number;
  readonly parity: 'none' | 'even' | 'odd';
}

/** Whoever may use a port listens to it so. Neither is called after `close`. */
export interface PortEars {
  readonly onData: (bytes: Uint8Array) => void;
  /** the port is gone, with the system's word for it; called once */
  readonly onLost: (why: string) => void;
}

/** Each may reject as the port does; none is called after `close`. */
export interface OpenPort {
  /** Resolves when the last byte has left. */
  write(bytes: Uint8Array): Promise<void>;
  /** Drops what has come in, and what has not left. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface DeviceIdentity {
  /** a word that changes when it is another device */
  readonly node: string;
  /** a word that changes when others may open it: udev sets that a moment after the device is there */
  readonly access: string;
}

export type Refusal = Outcome<never> & { readonly ok: false };

/** What a serial line stands on; a fake of it lets a board live in memory. */
export interface SerialHost {
  /** Rejects with the words of the package where the device cannot be opened; a fault where there is no package. */
  readonly open: (device: string, settings: SerialSettings, ears: PortEars) => Promise<Outcome<OpenPort>>;
  /** What the path leads to now; undefined: nothing is there. */
  readonly identity: (device: string) => DeviceIdentity | undefined;
  /** What an error at opening means, and what to do about it. Never rejects; takes a second at most. */
  readonly explain: (device: string, error: unknown) => Promise<Refusal>;
}

type Callback = (error?: Error | null) => void;

/** The part of the package that we use. Written out here, for the package is optional and its types may be absent at a build. */
interface PackagePort {
  open(done: Callback): void;
  write(bytes: Uint8Array, done: Callback): boolean;
  drain(done: Callback): void;
  flush(done: Callback): void;
  close(done: Callback): void;
  readonly isOpen: boolean;
  on(event: 'data', hear: (bytes: Uint8Array) => void): unknown;
  on(event: 'error' | 'close', hear: (error?: Error | null) => void): unknown;
}

interface PackageOptions extends SerialSettings {
  readonly path: string;
  readonly autoOpen: false;
  readonly hupcl: false;
  readonly dataBits: 8;
  readonly stopBits: 1;
}

type PortClass = new (options: PackageOptions) => PackagePort;

/** Never rejects. A failure is for a person: it says what is missing and how to get it. */
export async function loadSerialport(load: () => Promise<unknown> = importSerialport): Promise<Outcome<PortClass>> {
  try {
    const loaded = await load();
    const found = member(loaded, 'SerialPort') ?? member(member(loaded, 'default'), 'SerialPort');
    if (typeof found === 'function') return ok(found as PortClass);
    return failed(
      'unsupported',
      'the package serialport is installed but holds no SerialPort: npm ci, in the directory of lastwatt, puts it right',
    );
  } catch (error) {
    const why = messageOf(error).split('\n', 1)[0];
    return failed(
      'unsupported',
      `serial boards cannot be used, the package serialport does not load (${why}): npm ci --include=optional in the directory of lastwatt`,
    );
  }
}

function importSerialport(): Promise<unknown> {
  // Not a literal, so that the compiler does not ask for a package that may be absent.
  const name: string = 'serialport';
  return import(name);
}

function member(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}

/** One open of the device by the package. hupcl stays false: some boards reset when DTR falls. */
export async function openSerialPort(device: string, settings: SerialSettings, ears: PortEars): Promise<Outcome<OpenPort>> {
  const portClass = await loadSerialport();
  if (!portClass.ok) return portClass;
  const port = new portClass.value({ path: device, autoOpen: false, hupcl: false, dataBits: 8, stopBits: 1, ...settings });
  let gone = false;
  const lost = (error?: Error | null): void => {
    if (gone) return;
    gone = true;
    ears.onLost(error?.message ?? 'closed');
  };
  port.on('data', (bytes) => {
    if (!gone) ears.onData(bytes);
  });
  port.on('error', lost);
  port.on('close', lost);
  await settled((done) => port.open(done));
  const whileOpen = (act: (done: Callback) => void): Promise<void> =>
    // The package keeps what is asked of a closed port for its next opening, which never comes.
    port.isOpen ? settled(act) : Promise.reject(new Error('the port is closed'));
  return ok({
    write: (bytes) =>
      whileOpen((done) => {
        port.write(bytes, (error) => (error ? done(error) : port.drain(done)));
      }),
    flush: () => whileOpen((done) => port.flush(done)),
    close: () => {
      gone = true;
      return port.isOpen ? settled((done) => port.close(done)) : Promise.resolve();
    },
  });
}

function settled(act: (done: Callback) => void): Promise<void> {
  return new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
}

/** A look into /dev, which is in memory: it never waits. */
export function deviceIdentity(device: string): DeviceIdentity | undefined {
  try {
    const { dev, ino, rdev, mode, uid, gid } = statSync(device);
    return { node: [dev, ino, rdev].join('.'), access: [mode, uid, gid].join('.') };
  } catch {
    return undefined;
  }
}
