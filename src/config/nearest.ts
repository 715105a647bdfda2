// The name somebody probably meant. Case does not count, so that `cutby` finds `cutBy` at once.

/** Longer than every name of ours; what is longer is not compared, so that a hostile file costs nothing. */
const LONGEST = 64;
/** Of two letters one is no likeness: k1 is not k2. */
const SHORTEST = 3;
const LISTED = 12;
/** A rig has so many keys. */
const HINTED = 14;

/** The known name nearest to `name`: at most a third of its letters wrong, or its beginning. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST || name.length < SHORTEST) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = distanceOf(name.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (distance <= allowed && distance < Math.min(name.length, candidate.length) && (best === undefined || distance < best.distance)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}

/** `; did you mean cutBy?`, else the names there are, else nothing. */
export function hint(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  return known.length === 0 || known.length > HINTED ? '' : `; there are: ${known.join(', ')}`;
}

/** A list for a sentence; a long one is cut. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const rest = names.length - LISTED;
  return rest > 0 ? `${names.slice(0, LISTED).join(', ')} and ${rest} more` : names.join(', ');
}

/** A word broken off counts as one mistake: `arm` for `armed`. */
function distanceOf(a: string, b: string): number {
  return a !== b && b.startsWith(a) ? 1 : editDistance(a, b);
}

/** Optimal string alignment: insert, drop, replace, or swap two neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
