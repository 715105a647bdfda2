// Gathers what every check has to say of one file, so that all of it is told at once.
import { type Mistake, type Path, pathText, visible } from './mistake.ts';
import { placeOf, type Tree } from './yaml-tree.ts';

export interface Report {
  /** `on` the value there (the usual), or on its key */
  readonly mistake: (path: Path, say: string, on?: 'value' | 'key') => void;
  /** on the key there */
  readonly warning: (path: Path, say: string) => void;
  /** the line of something else in this file, for a sentence that names two places */
  readonly lineOf: (path: Path) => number;
  /** in the order of the file */
  readonly mistakes: () => readonly Mistake[];
  readonly warnings: () => readonly Mistake[];
}

/** More than anybody reads; a file that is all mistakes must not fill the memory with them. */
const MOST = 100;
const LONGEST = 500;

/** `already`: what reading the text found. The same words about the same place are kept once (rigs that share a model). */
export function reportOn(tree: Tree, already: readonly Mistake[]): Report {
  const mistakes = new Map<string, Mistake>();
  const warnings = new Map<string, Mistake>();
  const put = (into: Map<string, Mistake>, mistake: Mistake): void => {
    // A sentence may quote a list of the file, whatever stands in it.
    const say = mistake.say.length > LONGEST ? `${visible(mistake.say.slice(0, LONGEST))}…` : visible(mistake.say);
    if (into.size < MOST) into.set(`${mistake.line}:${mistake.column} ${say}`, { ...mistake, say });
  };
  for (const mistake of already) put(mistakes, mistake);
  return {
    mistake: (path, say, on = 'value') => put(mistakes, { ...placeOf(tree, path, on), path: pathText(path), say }),
    warning: (path, say) => put(warnings, { ...placeOf(tree, path, 'key'), path: pathText(path), say }),
    lineOf: (path) => placeOf(tree, path, 'key').line,
    mistakes: () => [...mistakes.values()].sort(byPlace),
    warnings: () => [...warnings.values()].sort(byPlace),
  };
}

function byPlace(a: Mistake, b: Mistake): number {
  return a.line - b.line || a.column - b.column;
}
