// The inputs of a tick, as short as they can be told: of a reading only what changed since the device's last one. Most of a night is
// the same figures over and over.
import type { Input } from '../model/input.ts';
import type { Fault } from '../model/outcome.ts';
import { toJson } from './codec.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Of a look at a device. `d`: fields that changed; `x`: fields that are gone; `v`: an outcome that is no mapping; `f`: a fault. */
interface Told {
  readonly k: 'ups' | 'rig' | 'switch' | 'input' | 'coin';
  readonly id: string;
  readonly t: number;
  readonly d?: Fields;
  readonly x?: readonly string[];
  readonly v?: unknown;
  readonly f?: Fault;
}

export type ToldInput = Told | { readonly k: 'as-is'; readonly input: Input };

type Looked = Extract<Input, { readonly kind: Told['k'] }>;

/** Where `takenAtMs` is just when it was asked: nearly always. */
const SAME = '=';

const idOf = (input: Looked): string => {
  switch (input.kind) {
    case 'ups':
      return input.ups;
    case 'rig':
      return input.rig;
    case 'switch':
      return input.switch;
    case 'input':
      return input.input;
    case 'coin':
      return input.coin;
  }
};

const isLook = (input: Input): input is Looked => !AS_IS.has(input.kind);
const AS_IS: ReadonlySet<Input['kind']> = new Set(['began', 'settled', 'command', 'plan']);

/** What was told last of each device, on the writing side as JSON. */
export class InputWriter {
  readonly #last = new Map<string, ReadonlyMap<string, string>>();

  told(input: Input): ToldInput {
    if (!isLook(input)) return { k: 'as-is', input };
    const head = { k: input.kind, id: idOf(input), t: input.atMs };
    const { outcome } = input;
    if (!outcome.ok) return { ...head, f: outcome.fault };
    const { value } = outcome;
    return typeof value === 'object'
      ? { ...head, ...this.#changes(`${head.k} ${head.id}`, value as object, input.atMs) }
      : { ...head, v: value };
  }

  #changes(device: string, value: object, atMs: number): Pick<Told, 'd' | 'x'> {
    const last = this.#last.get(device) ?? new Map<string, string>();
    const now = new Map<string, string>();
    const changed: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue;
      const is: unknown = name === 'takenAtMs' && field === atMs ? SAME : field;
      const json = toJson(is);
      now.set(name, json);
      if (last.get(name) !== json) changed[name] = is;
    }
    this.#last.set(device, now);
    const gone = [...last.keys()].filter((name) => !now.has(name));
    return { d: changed, ...(gone.length > 0 && { x: gone }) };
  }
}

/** The other way round; to be fed in the same order. */
export class InputReader {
  readonly #last = new Map<string, Fields>();

  input(told: ToldInput): Input {
    if (told.k === 'as-is') return told.input;
    const { k, id, t, f } = told;
    const outcome = f === undefined ? { ok: true, value: this.#valueOf(told) } : { ok: false, fault: f };
    return { kind: k, [k]: id, atMs: t, outcome } as unknown as Input;
  }

  #valueOf({ k, id, t, d, x = [], v }: Told): unknown {
    if (d === undefined) return v;
    const device = `${k} ${id}`;
    const all = { ...this.#last.get(device), ...d };
    const fields = Object.fromEntries(Object.entries(all).filter(([name]) => !x.includes(name)));
    this.#last.set(device, fields);
    return fields['takenAtMs'] === SAME ? { ...fields, takenAtMs: t } : fields;
  }
}
