// Which sources a proof is of: all that a night runs, and nothing else. A driver of a device that no night knows, a word of
// the command line or a page changes nothing in what was lived through.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where a night begins to run, below the root of the project. */
const NIGHTS = 'src/prove/worker.ts';

/** `import` or `export` from a file beside it, or `import()` of one; what is of types alone is gone before anything runs. */
const IMPORT = /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'(\.[^']+)'|^import\s+'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gmu;

/** The file and all that it imports, by whatever way, below `root`; sorted. Throws where one can't be read. */
export function sourcesOf(root: string, first: string = NIGHTS): readonly string[] {
  const found = new Set<string>();
  const waiting = [first];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, types, from, bare, later] of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
      const to = from ?? bare ?? later;
      if (types === undefined && to !== undefined) waiting.push(join(dirname(file), to));
    }
  }
  return [...found].sort();
}

/** Of all that a night runs, by name and content: the same sources, the same sixteen hex digits. */
export function sourcesHash(root: string): string {
  const hash = createHash('sha256');
  for (const file of sourcesOf(root)) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}
