// Builds of the sources: as they are, and with one bug planted. What is built stands under node_modules, so that it finds
// the packages.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from '@swc/core';
import { type Bug, planted } from './bug.ts';

export interface Workshop {
  /** the folder of the build of the sources as they are */
  readonly sound: string;
  /** builds the sources with a bug in them; the folder of that build */
  mutant(bug: Bug): Promise<string>;
  /** takes away a mutant */
  scrap(folder: string): void;
  /** takes away everything */
  close(): void;
}

/** `root`: the checkout. */
export async function openWorkshop(root: string): Promise<Workshop> {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'seeded-bugs-'));
  writeFileSync(join(folder, 'package.json'), readFileSync(join(root, 'package.json')));
  const sound = join(folder, 'sound');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [
    tsc,
    '-p',
    join(root, 'tsconfig.json'),
    '--noCheck',
    '--sourceMap',
    'false',
    '--outDir',
    sound,
  ]);
  return {
    sound,
    mutant: async (bug) => {
      const text = planted(bug, readFileSync(join(root, 'src', bug.file), 'utf8'));
      const made = join(folder, bug.name);
      cpSync(sound, made, { recursive: true });
      writeFileSync(join(made, bug.file.replace(/\.ts$/, '.js')), await javascriptOf(text));
      return made;
    },
    scrap: (made) => rmSync(made, { recursive: true, force: true }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** As options of their own: the types of the compiler do not know all that it takes. */
const TO_JAVASCRIPT = {
  swcrc: false,
  isModule: true,
  jsc: { target: 'es2023', parser: { syntax: 'typescript' }, rewriteRelativeImportExtensions: true },
  module: { type: 'es6' },
} as const;

async function javascriptOf(text: string): Promise<string> {
  return (await transform(text, TO_JAVASCRIPT)).code;
}
