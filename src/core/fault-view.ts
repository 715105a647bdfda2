// A fault that is remembered, as people see it.
import type { FaultView } from '../model/view.ts';
import type { KnownFault } from './memory.ts';
import type { Scene } from './tick.ts';

export function faultView({ nowMs }: Scene, { code, say, sinceMs }: KnownFault): FaultView {
  return { code, sinceSeconds: Math.round((nowMs - sinceMs) / 1000), say };
}
