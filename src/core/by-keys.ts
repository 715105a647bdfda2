// An index: of each key those that have it.

/** In their order; one may have several keys, or none. */
export function byKeys<K, T>(all: Iterable<T>, keysOf: (one: T) => readonly K[]): ReadonlyMap<K, readonly T[]> {
  const index = new Map<K, T[]>();
  for (const one of all) {
    for (const key of keysOf(one)) {
      const known = index.get(key);
      if (known === undefined) index.set(key, [one]);
      else known.push(one);
    }
  }
  return index;
}
