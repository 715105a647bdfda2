// What a rig's hash rate is worth behind a pause. Many count it as a mean that dies away over a minute or two (cgminer's `MHS 5s`
// by its own log interval), and a rate above 0 is rightly taken for a rig that hashes: so it must not outlive the proof that it does not.

/** H/s as told, or none where another figure than the rate itself has shown the rig at rest: what it shows then is of before. */
export function rateAtRest(hashRate: number | undefined, isShownAtRest: boolean): number | undefined {
  return isShownAtRest && hashRate !== 0 ? undefined : hashRate;
}
