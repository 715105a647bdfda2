// A seeded bug: a small, plausible mistake in the sources, planted to see whether the simulated nights find it. As a search
// and a replacement, so that it survives what changes around it, and fails loudly when what it changes is not there any more.

export interface Bug {
  readonly name: string;
  /** under src */
  readonly file: string;
  /** each found exactly once in the file */
  readonly edits: readonly (readonly [was: string, becomes: string])[];
  /** what it would do to an owner, in one sentence */
  readonly harm: string;
  /** for one that no night shows, because another protection hides it from them all */
  readonly hidden?: Hidden;
}

export interface Hidden {
  /** what hides it, in one sentence */
  readonly by: string;
  /** the file of jest under test/ that fails with it */
  readonly test: string;
}

/** The text with the bug in it. Throws where it can't be planted. */
export function planted({ name, file, edits }: Bug, text: string): string {
  return edits.reduce((changed, [was, becomes]) => {
    const [before, after, ...more] = changed.split(was);
    if (before === undefined || after === undefined)
      throw new Error(`seeded bug ${name}: its old text is not in src/${file} any more: ${was}`);
    if (more.length > 0) throw new Error(`seeded bug ${name}: its old text is ${more.length + 1} times in src/${file}: ${was}`);
    return `${before}${becomes}${after}`;
  }, text);
}
