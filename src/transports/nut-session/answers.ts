// What upsd's error codes mean for us, and the sentence that a person gets to read.
import { DONE, type FaultCode, failed, type Outcome } from '../../model/outcome.ts';
import type { NutAnswer } from '../../wire/nut.ts';

type Meaning = readonly [kind: FaultCode, say: string];

const MEANINGS = new Map<string, Meaning>([
  ['DATA-STALE', ['unreachable', 'upsd has no fresh data of this UPS; look at its cable, then restart its driver']],
  ['DRIVER-NOT-CONNECTED', ['unreachable', 'the driver of this UPS does not run; start it with upsdrvctl start']],
  ['UNKNOWN-UPS', ['refused', 'upsd has no UPS of this name; see upsc -l for those it has, and correct `name`']],
  ['ACCESS-DENIED', ['unauthorized', 'upsd does not allow it; see this user and its rights in upsd.users']],
  ['USERNAME-REQUIRED', ['unauthorized', 'upsd wants a user for it; set username and passwordFile']],
  ['PASSWORD-REQUIRED', ['unauthorized', 'upsd wants a password for it; set passwordFile']],
  ['INVALID-USERNAME', ['unauthorized', 'upsd does not take this user name; correct username']],
  ['INVALID-PASSWORD', ['unauthorized', 'upsd does not take this password; correct the file that passwordFile names']],
  ['CMD-NOT-SUPPORTED', ['unsupported', 'this UPS has no such command; see upscmd -l for those it has']],
  ['VAR-NOT-SUPPORTED', ['unsupported', 'this UPS has no such variable; see upsc for those it has']],
  ['READONLY', ['unsupported', 'this variable can only be read; see upsrw for those that can be set']],
]);

const UNNAMED: Meaning = ['refused', 'upsd refused it'];

/** The fault that upsd's `ERR code` amounts to. The connection is as good as before; a refusal is for a person to mend. */
export function refusal(code: string): Outcome<never> {
  const [kind, say] = MEANINGS.get(code) ?? UNNAMED;
  return failed(kind, `${say} (${code})`, kind === 'refused' ? 'later' : undefined);
}

/** For a request of which only the consent matters. */
export function consent(answer: Outcome<NutAnswer>): Outcome {
  if (!answer.ok) return answer;
  return answer.value.kind === 'error' ? refusal(answer.value.code) : DONE;
}
