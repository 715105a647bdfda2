// What a simulated rig is known by: digits that stay the same for one name, and differ for another.

/** Eight hexadecimal digits (FNV-1a). */
export function digitsOf(name: string): string {
  let mixed = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) mixed = Math.imul(mixed ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return mixed.toString(16).padStart(8, '0');
}

/** A locally administered address that stays the same for one name; `family` keeps those of one kind of fake apart from another's. */
export function macOf(name: string, family = 0): string {
  return ['02', family.toString(16).padStart(2, '0'), ...(digitsOf(name).match(/../g) ?? [])].join(':');
}
