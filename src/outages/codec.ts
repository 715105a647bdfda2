// The states and inputs of the core as JSON and back, to the last bit: maps, sets and numbers that JSON has no word for are marked.

const MAP = '~map';
const SET = '~set';
const NUMBER = '~number';

/** What the core is given and keeps: plain objects, arrays, maps, sets, and numbers of any kind. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Map) return { [MAP]: [...one] };
    if (one instanceof Set) return { [SET]: [...one] };
    return typeof one === 'number' && !Number.isFinite(one) ? { [NUMBER]: String(one) } : one;
  });
}

/** Throws on what is no JSON. A field that was undefined is absent. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_, one: unknown) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    const [name, ...more] = Object.keys(one);
    if (name === undefined || more.length > 0) return one;
    const inner: unknown = Reflect.get(one, name);
    if (name === MAP && Array.isArray(inner)) return new Map(inner as [unknown, unknown][]);
    if (name === SET && Array.isArray(inner)) return new Set(inner);
    return name === NUMBER ? Number(inner) : one;
  });
}
