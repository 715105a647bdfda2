// The serial lines of the service: the same device is the same line for all that name it, also across a reload, where the
// new boards take it over before the old ones let go.
import { failed } from '../model/outcome.ts';
import { explainOpening } from './serial-faults.ts';
import { OpenLine, type SerialLine } from './serial-line.ts';
import { deviceIdentity, openSerialPort, type SerialHost, type SerialSettings } from './serialport.ts';

export interface SerialLines {
  /** A share in the line to this device, which begins to open at once. Two that differ in their settings take turns: the later opens when the earlier is closed. */
  claim(device: string, settings: SerialSettings): SerialLine;
}

const REAL: SerialHost = { open: openSerialPort, identity: deviceIdentity, explain: explainOpening };

interface Shared {
  readonly line: OpenLine;
  holders: number;
}

/** Opens nothing before the first claim. */
export function serialLines(host: SerialHost = REAL): SerialLines {
  const open = new Map<string, Shared>();
  const letGo = async (key: string, shared: Shared): Promise<void> => {
    shared.holders -= 1;
    if (shared.holders > 0) return;
    open.delete(key);
    await shared.line.close();
    // One of these may be the same device by another name, or with other settings.
    for (const { line } of open.values()) line.hurry();
  };
  return {
    claim: (device, settings) => {
      const key = `${settings.baudRate} ${settings.parity} ${device}`;
      const shared = open.get(key) ?? { line: new OpenLine(device, settings, host), holders: 0 };
      open.set(key, shared);
      shared.holders += 1;
      return shareOf(shared.line, () => letGo(key, shared));
    },
  };
}

function shareOf(line: OpenLine, letGo: () => Promise<void>): SerialLine {
  const deaf: (() => void)[] = [];
  let closing: Promise<void> | undefined;
  return {
    device: line.device,
    run: ({ work, ...turn }) => {
      const over = failed('refused', `${line.device} was closed`);
      if (closing !== undefined) return Promise.resolve(over);
      return line.run({ ...turn, work: async (wire, signal) => (closing === undefined ? work(wire, signal) : over) });
    },
    ready: (signal) => line.ready(signal),
    onNews: (tell) => void deaf.push(line.listen(tell)),
    close: () => {
      for (const stop of deaf.splice(0)) stop();
      closing ??= letGo();
      return closing;
    },
  };
}
