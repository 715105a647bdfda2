// Switches as an owner's own program: a script that keeps each contact's state in a file and writes down every call with
// the kernel's time, so that what was moved is known from the switch itself. Whoever hangs on one is told of each edge.
import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../../src/host/clock.ts';

export interface ContactEdge {
  /** monotonic ms, as in the journal, to 10 ms */
  readonly atMs: number;
  readonly contact: string;
  readonly to: 'cut' | 'fed';
  /** what it was before; the same as `to`: a call for nothing */
  readonly from: 'cut' | 'fed';
}

export interface Contacts {
  /** argv of the program for one contact */
  argv(contact: string, verb: 'cut' | 'feed' | 'read'): readonly string[];
  /** every call that could move something, oldest first */
  readonly edges: readonly ContactEdge[];
  /** Ends the watch over the log. */
  stop(): Promise<void>;
}

// POSIX alone; one short write to a file open for appending is never torn by another.
const SCRIPT = `#!/bin/sh
here=\${0%/*}
verb=$1 name=$2
read -r was <"$here/$name"
case $verb in
read) echo "$was" && exit 0 ;;
cut) to=cut ;;
feed) to=fed ;;
*) exit 2 ;;
esac
echo "$to" >"$here/$name.$$" && mv "$here/$name.$$" "$here/$name" || exit 1
read -r up rest </proc/uptime
echo "$up $name $was $to" >>"$here/log"
`;
const LOOK_EVERY_MS = 15;

/** Lays the program and its contacts, all fed, into a new folder of `folder`. */
export async function layContacts(folder: string, names: readonly string[], onEdge: (edge: ContactEdge) => void): Promise<Contacts> {
  const here = join(folder, 'contacts');
  const program = join(here, 'contact');
  await mkdir(here);
  await writeFile(program, SCRIPT);
  await chmod(program, 0o700);
  await Promise.all(names.map((name) => writeFile(join(here, name), 'fed\n')));
  await writeFile(join(here, 'log'), '');
  const edges: ContactEdge[] = [];
  const offset = await uptimeOffset();
  const stop = watchLog(join(here, 'log'), (line) => {
    const edge = edgeOf(line, offset);
    edges.push(edge);
    onEdge(edge);
  });
  return { argv: (contact, verb) => [program, verb, contact], edges, stop };
}

/** The kernel's uptime counts suspended time, too; between the two lies a constant. */
async function uptimeOffset(): Promise<number> {
  const up = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1000;
  const offset = realClock.monotonicMs() - up;
  return Math.abs(offset) < 50 ? 0 : offset;
}

function edgeOf(line: string, offset: number): ContactEdge {
  const [up, contact = '', from, to] = line.split(' ');
  const word = (text: string | undefined): 'cut' | 'fed' => (text === 'cut' ? 'cut' : 'fed');
  return { atMs: Number(up) * 1000 + offset, contact, from: word(from), to: word(to) };
}

function watchLog(path: string, tell: (line: string) => void): () => Promise<void> {
  let size = 0;
  let rest = '';
  let over = false;
  const look = async (): Promise<void> => {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(4096), 0, 4096, size);
      size += bytesRead;
      const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) tell(line);
    } finally {
      await file.close();
    }
  };
  const watch = async (): Promise<void> => {
    while (!over) {
      await look();
      await realClock.sleep(LOOK_EVERY_MS);
    }
    await look();
  };
  const watching = watch();
  return () => {
    over = true;
    return watching;
  };
}
