// The server's end of the NUT protocol: what upsd writes of the variables it has. For our fakes. Pure.
import { quoted } from './nut.ts';

/** The rows of LIST VAR, without the last line end. */
export function listReply(ups: string, variables: ReadonlyMap<string, string>): string {
  const rows = [...variables].map(([name, value]) => `VAR ${ups} ${name} ${quoted(value)}`);
  return [`BEGIN LIST VAR ${ups}`, ...rows, `END LIST VAR ${ups}`].join('\n');
}

/** The line of GET VAR, without its line end. */
export function getReply(ups: string, variable: string, variables: ReadonlyMap<string, string>): string {
  const value = variables.get(variable);
  return value === undefined ? 'ERR VAR-NOT-SUPPORTED' : `VAR ${ups} ${variable} ${quoted(value)}`;
}
