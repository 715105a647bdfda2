// Absent is how a reading says that something is not known.

/** The members that are known. */
export function known<T extends object>(all: { readonly [K in keyof T]?: T[K] | undefined }): T {
  const some: { [K in keyof T]?: T[K] } = {};
  for (const name of Object.keys(all) as (keyof T)[]) if (all[name] !== undefined) some[name] = all[name];
  return some as T;
}
