// What upsd's error codes mean for us, and the sentence that a person gets to read.
import { type FaultCode, failed, type Outcome } from '../../model/outcome.ts';
import type { NutAnswer } from '../../wire/nut.ts';

interface Meaning {
  readonly code: FaultCode;
  readonly retry: 'soon' | 'later' | 'never';
  readonly say: string;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  'DATA-STALE': {
    code: 'unreachable',
    retry: 'soon',
    say: 'upsd has no fresh data of this UPS; look at its cable, then restart its driver',
  },
  'DRIVER-NOT-CONNECTED': { code: 'unreachable', retry: 'soon', say: 'the driver of this UPS does not run; start it with upsdrvctl start' },
  'UNKNOWN-UPS': {
    code: 'refused',
    retry: 'later',
    say: 'upsd has no UPS of this name; see upsc -l for those it has, and correct nut.name',
  },
  'ACCESS-DENIED': { code: 'unauthorized', retry: 'later', say: 'upsd does not allow it; see this user and its rights in upsd.users' },
  'USERNAME-REQUIRED': { code: 'unauthorized', retry: 'later', say: 'upsd wants a user for it; set nut.username and nut.passwordFile' },
  'PASSWORD-REQUIRED': { code: 'unauthorized', retry: 'later', say: 'upsd wants a password for it; set nut.passwordFile' },
  'INVALID-USERNAME': { code: 'unauthorized', retry: 'later', say: 'upsd does not take this user name; correct nut.username' },
  'INVALID-PASSWORD': {
    code: 'unauthorized',
    retry: 'later',
    say: 'upsd does not take this password; correct the file that nut.passwordFile names',
  },
  'CMD-NOT-SUPPORTED': { code: 'unsupported', retry: 'never', say: 'this UPS has no such command; see upscmd -l for those it has' },
  'VAR-NOT-SUPPORTED': { code: 'unsupported', retry: 'never', say: 'this UPS does not report it' },
};

/** The fault that upsd's `ERR code` amounts to. The connection is as good as before. */
export function refusal(code: string): Outcome<never> {
  const meaning = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  if (meaning === undefined) return failed('refused', `upsd refused: ${code}`, 'later');
  return failed(meaning.code, `${meaning.say} (${code})`, meaning.retry);
}

/** For a request of which only the consent matters. */
export function consent(answer: Outcome<NutAnswer>): Outcome {
  if (!answer.ok) return answer;
  return answer.value.kind === 'error' ? refusal(answer.value.code) : { ok: true, value: undefined };
}
