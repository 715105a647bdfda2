// A scale of time and of figures, with marks at round values. Shared by the picture in the terminal and the one in a file.
import type { Film, RigFilm, RigLook } from './account.ts';

const STEPS_SECONDS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

/** Round seconds from 0 to `seconds`, at most `most` of them behind the 0. */
export function timeMarks(seconds: number, most: number): readonly number[] {
  const step = STEPS_SECONDS.find((one) => seconds / one <= most) ?? seconds;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, place) => place * step);
}

/** A round figure at or above `value`. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value) ?? 10) * power;
}

/** The length of a film, s. */
export function lengthOfFilm({ seconds }: Film): number {
  return seconds.at(-1) ?? 0;
}

/** The last look at or before a second. */
export function placeAt({ seconds }: Film, second: number): number {
  let low = 0;
  let high = seconds.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((seconds[middle] ?? 0) <= second) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function lookAt({ stretches }: RigFilm, second: number): RigLook {
  return stretches.findLast(({ fromSeconds }) => fromSeconds <= second)?.look ?? stretches[0]?.look ?? 'dark';
}
