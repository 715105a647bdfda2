// Lengths of time as people type them: 45s, 90m, 2h, 1h30m, 3d.
import { MOST_HOLD_SECONDS } from '../control/protocol.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]);
const ADVICE = 'write it like 45s, 90m, 2h or 1h30m';

/** Whole seconds from 1 to 30 days. Units descend and stand once; a bare number is refused, as nobody knows its unit. */
export function parseDuration(text: string): Outcome<number> {
  const shown = JSON.stringify(text.slice(0, 40));
  if (/^\d+$/.test(text))
    return failed('refused', `${shown} has no unit: ${text.slice(0, 6)}s, ${text.slice(0, 6)}m or ${text.slice(0, 6)}h?`, 'never');
  const parts = /^(\d{1,7}d)?(\d{1,7}h)?(\d{1,7}m)?(\d{1,7}s)?$/.exec(text);
  if (text === '' || parts === null) return failed('refused', `${shown} is no length of time: ${ADVICE}`, 'never');
  let seconds = 0;
  for (const part of parts.slice(1)) if (part !== undefined) seconds += Number.parseInt(part, 10) * (SECONDS.get(part.slice(-1)) ?? 0);
  if (seconds === 0) return failed('refused', `${shown} is no time at all: ${ADVICE}`, 'never');
  if (seconds > MOST_HOLD_SECONDS) return failed('refused', `${shown} is longer than 30 days: leave it out, or use a shorter one`, 'never');
  return ok(seconds);
}

/** For `--since`: a length of time back from now, or a date, with or without a time of day (local, unless it says Z). */
export function parseSince(text: string, nowWallMs: number): Outcome<string> {
  if (/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)) {
    // A date alone would be read as UTC; people mean their own midnight.
    const at = Date.parse(text.length === 10 ? `${text}T00:00:00` : text.replace(' ', 'T'));
    if (!Number.isNaN(at)) return ok(new Date(at).toISOString());
  }
  const back = parseDuration(text);
  if (!back.ok) return failed('refused', `${back.fault.detail} (or a date: 2026-11-03 or 2026-11-03T09:12)`, 'never');
  return ok(new Date(nowWallMs - back.value * 1000).toISOString());
}
