// Figures as JSON has them; what is not known stays null.

/** To a tenth. */
export function tenth(value: number): number;
export function tenth(value: number | null): number | null;
export function tenth(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}

/** To a millionth of the currency. */
export function money(value: number): number {
  return Number(value.toFixed(6));
}
