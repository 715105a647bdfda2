// Builds of the sources: as they are, and with one bug planted. All are compiled at once, each bug's file beside the sound
// one, so that a bug that makes no program is told before anything is hunted.
import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../src/model/outcome.ts';
import { type Bug, planted } from './bug.ts';

export interface Workshop {
  /** the folder of the build of the sources as they are */
  readonly sound: string;
  /** bugs that can't be planted, by name, with the reason */
  readonly unfit: ReadonlyMap<string, string>;
  /** the build with a bug in it; its folder */
  mutant(bug: Bug): string;
  /** the sources and the tests, with a bug planted or as they are; their folder */
  checkout(bug?: Bug): string;
  /** takes away a mutant or a checkout */
  scrap(folder: string): void;
  /** takes away everything */
  close(): void;
}

/** `root`: the checkout. */
export async function openWorkshop(root: string, bugs: readonly Bug[]): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), 'seeded-bugs-'));
  const sound = join(folder, 'sound');
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
    cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true });
    const unfit = new Map<string, string>();
    for (const bug of bugs) {
      try {
        writeFileSync(join(folder, 'src', besideOf(bug, 'ts')), planted(bug, readFileSync(join(root, 'src', bug.file), 'utf8')));
      } catch (error) {
        unfit.set(bug.name, messageOf(error));
      }
    }
    const complaints = await compile(root, folder);
    for (const bug of bugs) {
      const said = complaints.find((line) => line.startsWith(`src/${besideOf(bug, 'ts')}(`));
      if (said !== undefined) unfit.set(bug.name, `seeded bug ${bug.name} makes no program: ${said}`);
    }
    return {
      sound,
      unfit,
      mutant: (bug) => {
        const made = join(folder, bug.name);
        cpSync(sound, made, { recursive: true });
        copyFileSync(join(sound, besideOf(bug, 'js')), join(made, bug.file.replace(/\.ts$/, '.js')));
        return made;
      },
      checkout: (bug) => checkoutOf(root, join(folder, `checkout-${bug?.name ?? 'sound'}`), bug),
      scrap: (made) => rmSync(made, { recursive: true, force: true }),
      close: () => rmSync(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What jest needs to run a test of the sources. */
const CHECKOUT = ['src', 'test', 'package.json', 'jest.config.js', 'jest-order.js', 'tsconfig.json'] as const;

function checkoutOf(root: string, made: string, bug: Bug | undefined): string {
  for (const name of CHECKOUT) cpSync(join(root, name), join(made, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(made, 'node_modules'));
  if (bug !== undefined) {
    const file = join(made, 'src', bug.file);
    writeFileSync(file, planted(bug, readFileSync(file, 'utf8')));
  }
  return made;
}

/** The file with the bug stands beside the sound one, so that it imports the same. */
function besideOf({ name, file }: Bug, ending: 'ts' | 'js'): string {
  return file.replace(/\.ts$/, `.${name}.${ending}`);
}

/** What the compiler can make no program of. Types alone, or a name that is used no more, a bug may get wrong. */
const NO_PROGRAM = /: error TS(1\d{3}|2304|2552|2305|2307|2448|2451|2588|18004):/;

/** Gives the complaints that matter; it writes what it can whatever it complains of. */
async function compile(root: string, folder: string): Promise<readonly string[]> {
  const project = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { rootDir: 'src', outDir: 'sound', sourceMap: false },
    include: ['src'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const said = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder, maxBuffer: 2 ** 24 }, (error, out, err) =>
      error === null || /error TS/.test(out) ? resolve(out) : reject(new Error(`the compiler failed (${codeOf(error)}): ${err || out}`)),
    );
  });
  return said.split('\n').filter((line) => NO_PROGRAM.test(line));
}
