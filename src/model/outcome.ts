// Expected faults are values. A device that is dark, silent or rude is a `Fault`; only bugs throw.

/** `not-asked`: the question was not put, or broken off by us; of the other end nothing has been learnt. */
export type FaultCode = 'unreachable' | 'timeout' | 'refused' | 'garbled' | 'unsupported' | 'unauthorized' | 'not-asked';

export interface Fault {
  readonly code: FaultCode;
  /** Whether asking again can help: soon (seconds), later (a minute or more), never (a person must act). */
  readonly retry: 'soon' | 'later' | 'never';
  /** One sentence for a person: what happened, where. Never holds a secret. */
  readonly detail: string;
}

export type Outcome<T = void> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

/** What happens to a fault of this code when nobody says otherwise. */
const USUAL_RETRY: Readonly<Record<FaultCode, Fault['retry']>> = {
  unreachable: 'soon',
  timeout: 'soon',
  refused: 'soon',
  garbled: 'soon',
  unsupported: 'never',
  unauthorized: 'later',
  'not-asked': 'soon',
};

export const DONE: Outcome = { ok: true, value: undefined };

export function ok<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** What moves a cursor, turns text round or breaks a line. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
const LONGEST_DETAIL = 1_000;

/** `detail` may quote a device, a program or a stranger: it is made one line, and cut. */
export function failed(code: FaultCode, detail: string, retry: Fault['retry'] = USUAL_RETRY[code]): { ok: false; fault: Fault } {
  return { ok: false, fault: { code, retry, detail: detail.slice(0, LONGEST_DETAIL).replace(UNFIT, ' ') } };
}

/** The system's word for an error (`ENOSPC`), or undefined where it has none. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** What was thrown, in its own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
