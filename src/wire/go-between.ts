// What speaks for a machine and is not the machine: a program or a page of the owner's. It goes on though its machine is dark, so
// that its failure, unlike that of a device that refuses, is no sign that the machine has power.
import { type Fault, failed, type Outcome } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';

/** The fault of a reading that was asked of one: a refusal or rubbish leaves the machine as silent as no answer at all. */
export function unanswered({ fault }: { readonly ok: false; readonly fault: Fault }): Outcome<RigReading> {
  const { code, detail, retry } = fault;
  return code === 'refused' || code === 'garbled' ? failed('unreachable', detail, retry) : { ok: false, fault };
}
