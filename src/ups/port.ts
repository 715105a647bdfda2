// What a source of UPS data must do. One file a source: nut.ts, command.ts.
import type { Fault, Outcome } from '../model/outcome.ts';
import type { UpsReading } from '../model/ups.ts';

export interface UpsSource {
  /** One look. Settles before `signal` aborts or at once after; never rejects. */
  read(signal: AbortSignal): Promise<Outcome<UpsReading>>;
  /** How long a look may take, on battery too, ms; absent: as long as a NUT server is waited for. */
  readonly answerMs?: number;
  /**
   * Role secondary: whether we want to be counted among those whom the primary waits for. Remembered, and carried out
   * (again after every reconnect) at the next read.
   */
  readonly stayLoggedIn?: (wanted: boolean) => void;
  /** Role secondary: why the login that is wanted is not held, as of the last read; undefined while all is well. */
  readonly loginFault?: () => Fault | undefined;
  /** A UPS instant command such as `test.battery.start.quick`. */
  readonly instantCommand?: (name: string, signal: AbortSignal) => Promise<Outcome>;
  close(): Promise<void>;
}
