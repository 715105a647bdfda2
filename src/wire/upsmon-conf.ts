// The few lines of upsmon.conf that decide who halts this machine. Passwords are read past and never kept.

export interface UpsmonConf {
  /** each MONITOR line: whom it watches, and as what */
  readonly monitors: readonly { readonly ups: string; readonly host: string; readonly role: 'primary' | 'secondary' }[];
  readonly shutsDown: boolean;
  /** POWERDOWNFLAG: at the end of the shutdown the UPS is told to drop its output */
  readonly dropsOutput: boolean;
}

const MOST_LINES = 5_000;

/** Reads what it understands; a line it does not is passed over, as upsmon may be newer than we are. */
export function parseUpsmonConf(text: string): UpsmonConf {
  const lines = text.split('\n').slice(0, MOST_LINES).map(wordsOf);
  // The last one wins, as in upsmon.
  const set = (name: string): boolean => (lines.findLast((words) => words[0] === name)?.[1] ?? '') !== '';
  return {
    monitors: lines.flatMap((words) => monitorOf(words) ?? []),
    shutsDown: set('SHUTDOWNCMD'),
    dropsOutput: set('POWERDOWNFLAG'),
  };
}

/** MONITOR system powervalue user password type */
function monitorOf(words: readonly string[]): UpsmonConf['monitors'][number] | undefined {
  const [name, system, , , , role] = words;
  if (name !== 'MONITOR' || system === undefined || role === undefined) return undefined;
  const [ups = system, host] = system.split('@');
  return { ups, host: host?.replace(/:\d+$/, '') ?? 'localhost', role: /^(master|primary)$/.test(role) ? 'primary' : 'secondary' };
}

/** White space apart, double quotes together (an open one to the end), backslash for the next character, # to the end of the line. */
function wordsOf(line: string): readonly string[] {
  const bare = line.trim();
  if (bare.startsWith('#')) return [];
  return [...bare.matchAll(/"((?:[^"\\]|\\.)*)(?:"|\\?$)|([^\s"#]+)/g)].map(([, quoted, plain]) =>
    (quoted ?? plain ?? '').replace(/\\(.)/g, '$1'),
  );
}
