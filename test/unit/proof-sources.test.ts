// Which sources a proof is of: that nothing a night runs is left out, and nothing else makes the count begin anew.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { sourcesHash, sourcesOf } from '../../src/prove/sources.ts';
import { scratchFolder } from '../contract/rig-bench.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every file that a file names beside itself, in whatever way, but for what is of types alone. */
function namedIn(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/^(?:import|export) type [^;]*;$/gm, '');
  return [...text.matchAll(/['"`](\.{1,2}\/[\w./-]+)['"`]/g)].map(([, name = '']) => join(dirname(file), name));
}

describe('the sources of a proof', () => {
  const all = sourcesOf(ROOT);

  it('are those of the engine, the core, the journal, the simulated world and its judges', () => {
    expect(all).toEqual(
      expect.arrayContaining([
        'src/core/decide.ts',
        'src/engine/engine.ts',
        'src/host/journal-file.ts',
        'src/sim/rig.ts',
        'src/proof/live.ts',
      ]),
    );
  });

  it('leave out what no night runs', () => {
    const rooms = new Set(all.map((file) => file.split('/')[1]));
    for (const room of ['cli', 'switches', 'panel', 'control', 'service']) expect(rooms).not.toContain(room);
  });

  it('hold all that one of them names', () => {
    const left = all.flatMap((file) =>
      namedIn(file)
        .filter((named) => !all.includes(named))
        .map((named) => `${file} names ${named}`),
    );
    expect(left).toEqual([]);
  });

  it('have another hash when one of them changes, and the same when another file does', () => {
    const { path: root, remove } = scratchFolder();
    mkdirSync(join(root, 'src/prove'), { recursive: true });
    const write = (file: string, text: string): void => writeFileSync(join(root, 'src', file), text);
    write('prove/worker.ts', "import { a } from '../core.ts';\nimport type { B } from '../types.ts';\n");
    write('core.ts', 'export const a = 1;\n');
    write('types.ts', 'export type B = 1;\n');
    const before = sourcesHash(root);
    write('types.ts', 'export type B = 2;\n');
    write('cli.ts', 'export {};\n');
    expect(sourcesHash(root)).toBe(before);
    write('core.ts', 'export const a = 2;\n');
    expect(sourcesHash(root)).not.toBe(before);
    remove();
  });
});
