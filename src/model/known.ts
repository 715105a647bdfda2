// Absent is how a reading says that something is not known.

/** The members that are known. */
export function known<T extends object>(all: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T;
}
