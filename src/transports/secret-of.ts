// A password by the name of its file, and what whoever needs it is told where there is none.

export interface Secret {
  /** undefined: none is known */
  readonly password: string | undefined;
  /** ends a sentence that says that a password is wanted */
  readonly without: string;
}

/** `unnamed` is said where the owner named no file. */
export function secretOf(
  secrets: ReadonlyMap<string, string>,
  passwordFile: string | undefined,
  unnamed = 'name its file, passwordFile',
): Secret {
  if (passwordFile === undefined) return { password: undefined, without: unnamed };
  return { password: secrets.get(passwordFile), without: 'the file of passwordFile could not be read; mend it and reload' };
}
