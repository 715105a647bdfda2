// W at the wall as the makers print them on the label, for models of which the rig itself tells no watts. A figure to begin
// with: the configuration says so, and its owner knows better.

/** The first that fits the model. */
const LABELS: readonly (readonly [RegExp, number])[] = [
  [/Antminer S9/i, 1323],
  [/Antminer S17/i, 2520],
  [/Antminer T17/i, 2200],
  [/Antminer S19 ?XP Hyd/i, 5304],
  [/Antminer S19 ?XP/i, 3010],
  [/Antminer S19k/i, 2760],
  [/Antminer S19j/i, 3068],
  [/Antminer S19/i, 3250],
  [/Antminer T19/i, 3150],
  [/Antminer S21 ?XP/i, 3645],
  [/Antminer S21 ?Pro/i, 3510],
  [/Antminer S21\+/i, 3564],
  [/Antminer S21/i, 3500],
  [/Antminer T21/i, 3610],
  [/Antminer L7/i, 3425],
  [/Antminer L9/i, 3360],
  [/Antminer KS5/i, 3150],
  [/Antminer E9/i, 2200],
  [/Whatsminer M20/i, 3360],
  [/Whatsminer M3\dS?\+\+/i, 3472],
  [/Whatsminer M3\d/i, 3400],
  [/Whatsminer M5\d/i, 3300],
  [/Whatsminer M60/i, 3441],
  [/Whatsminer M66/i, 5513],
  [/Avalon ?Q/i, 1674],
  [/Avalon ?Nano/i, 140],
  [/Avalon.*\b1[0-2]\d\d/i, 3420],
  [/Avalon.*\bA?1[3-5]\d\d/i, 3300],
  [/BM1366/i, 12],
  [/BM1368/i, 14],
  [/BM1370/i, 18],
  [/NerdQAxe/i, 76],
];

export function labelWatts(model: string | undefined): number | undefined {
  return model === undefined ? undefined : LABELS.find(([pattern]) => pattern.test(model))?.[1];
}
