// Reference vectors of the planner: a problem each with the plan that is right for it, from any file in the format of
// test/vectors/policy.json. Times and value are judged; the price is shown.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Drain, linearDrain, powerDrain } from '../src/planner/drain.ts';
import { type Plan, plan } from '../src/planner/plan.ts';
import { type Problem, problemMistake } from '../src/planner/problem.ts';
import { priorMistake, Survival } from '../src/planner/survival.ts';

const number = z.number();

const battery = z.discriminatedUnion('type', [
  z.object({ type: z.literal('linear'), usable_wh: number.positive() }),
  z.object({ type: z.literal('power'), p_ref_w: number.positive(), tau_ref_h: number.positive(), k: number.min(1) }),
]);

const whole = z.object({
  id: z.string(),
  note: z.string().optional(),
  prior: z.object({ edges_h: z.array(number), hazard_per_h: z.array(number) }),
  base_w: number,
  cost_per_kwh: number,
  battery,
  depth_available: number,
  items: z.array(z.object({ name: z.string(), p: number, r: number, K: number })),
  expected: z.object({
    lambda: number,
    shed_minutes: z.array(number),
    base_off_min: number.optional(),
    depth_used: number.optional(),
    expected_value: number,
  }),
});

/** A whole vector planned once more in mid-outage; which one is the first that its note names, or `of`. */
const later = z.object({
  id: z.string(),
  note: z.string().optional(),
  of: z.string().optional(),
  elapsed_min: number.min(0),
  depth_used_so_far: number.min(0),
  expected: z.object({ live: z.array(z.string()), remaining_minutes: z.array(number), lambda: number }),
});

type Whole = z.infer<typeof whole>;
type Later = z.infer<typeof later>;

const vectors = z.array(z.union([whole, later]));

/** minutes; a stop is no finer */
const TIME_TOLERANCE = 0.01;
const VALUE_TOLERANCE = 1e-6;

export interface Verdict {
  readonly id: string;
  /** relative; where 0 is right, the price itself */
  readonly lambdaError: number;
  /** minutes, the worst of all loads and the base */
  readonly timeError: number;
  /** relative; absent: the vector has none */
  readonly valueError?: number;
  readonly good: boolean;
}

/** Judges every vector of a text; throws with a sentence where it is no file of vectors. */
export function judgedVectors(text: string): readonly Verdict[] {
  const all = vectors.parse(JSON.parse(text));
  const wholes = new Map(all.flatMap((one) => ('items' in one ? [[one.id, one] as const] : [])));
  return all.map((one) => {
    if ('items' in one) return judgedWhole(one);
    const named = one.of ?? /V\d+/.exec(one.note ?? '')?.[0];
    const base = [...wholes.values()].find(({ id }) => id === named || id.startsWith(`${named}-`));
    if (base === undefined) throw new Error(`${one.id}: names no vector of this file that it is planned again from (of)`);
    return judgedLater(one, base);
  });
}

function judgedWhole(vector: Whole): Verdict {
  const { expected, id } = vector;
  const found = planned(vector, problemOf(vector));
  const right = [...expected.shed_minutes, ...(expected.base_off_min === undefined ? [] : [expected.base_off_min])];
  return verdict(id, { found, right, lambda: expected.lambda, value: expected.expected_value });
}

function judgedLater({ id, elapsed_min, depth_used_so_far, expected }: Later, base: Whole): Verdict {
  const items = expected.live.map((name) => {
    const item = base.items.find((one) => one.name === name);
    if (item === undefined) throw new Error(`${id}: ${name} is no item of ${base.id}`);
    return item;
  });
  const left = { ...base, items, depth_available: base.depth_available - depth_used_so_far };
  const found = planned(left, problemOf(left, elapsed_min / 60));
  return verdict(id, { found, right: expected.remaining_minutes, lambda: expected.lambda });
}

function planned({ id, prior }: Whole, problem: Problem): Plan {
  const wrong = priorMistake({ edgesHours: prior.edges_h, hazardPerHour: prior.hazard_per_h }) ?? problemMistake(problem);
  if (wrong !== undefined) throw new Error(`${id}: ${wrong}`);
  return plan(problem);
}

function problemOf(vector: Whole, elapsedHours = 0): Problem {
  return {
    loads: vector.items.map(({ name, p, r, K }) => ({ id: name, increments: [{ watts: p, reward: r, loss: K }] })),
    baseWatts: vector.base_w,
    costPerKwh: vector.cost_per_kwh,
    drain: drainOf(vector.battery),
    depth: vector.depth_available,
    survival: Survival.of({ edgesHours: vector.prior.edges_h, hazardPerHour: vector.prior.hazard_per_h }, elapsedHours),
  };
}

function drainOf(of: Whole['battery']): Drain {
  if (of.type === 'linear') return linearDrain(of.usable_wh);
  return powerDrain({ watts: of.p_ref_w, fullHours: of.tau_ref_h, exponent: of.k });
}

interface Compared {
  readonly found: Plan;
  /** minutes, of each load and then of the base, where it stands there */
  readonly right: readonly number[];
  readonly lambda: number;
  readonly value?: number;
}

function verdict(id: string, { found, right, lambda, value }: Compared): Verdict {
  const minutes = [...found.hours.map(([until = 0]) => until), found.baseHours].map((hours) => hours * 60);
  const timeError = Math.max(0, ...right.map((expected, i) => Math.abs((minutes[i] ?? Number.NaN) - expected)));
  const lambdaError = lambda === 0 ? found.lambda : Math.abs(found.lambda / lambda - 1);
  const valueError = value === undefined ? 0 : Math.abs(found.value - value) / Math.max(Math.abs(value), 1e-12);
  const good = timeError <= TIME_TOLERANCE && valueError <= VALUE_TOLERANCE;
  return { id, lambdaError, timeError, ...(value !== undefined && { valueError }), good };
}

/** Prints the errors of each vector of a file; 0 where all are within the tolerances, 1 where one is not, 2 where it is no such file. */
export function benchVectors(file: string, out: { write(text: string): unknown }, err: { write(text: string): unknown }): number {
  let verdicts: readonly Verdict[];
  try {
    verdicts = judgedVectors(readFileSync(file, 'utf8'));
  } catch (error) {
    const say = error instanceof z.ZodError ? z.prettifyError(error).split('\n').slice(0, 4).join(' ') : String(error);
    err.write(`${file}: no file of vectors: ${say}\n`);
    return 2;
  }
  const width = Math.max(6, ...verdicts.map(({ id }) => id.length));
  out.write(`${'vector'.padEnd(width)}  lambda, rel.  times, min  value, rel.\n`);
  for (const { id, lambdaError, timeError, valueError, good } of verdicts) {
    const value = valueError === undefined ? '-' : valueError.toExponential(1);
    const [lambda, time] = [lambdaError, timeError].map((error) => error.toExponential(1)) as [string, string];
    out.write(`${id.padEnd(width)}  ${lambda.padStart(12)}  ${time.padStart(10)}  ${value.padStart(11)}  ${good ? 'good' : 'BEYOND'}\n`);
  }
  const bad = verdicts.filter(({ good }) => !good).length;
  out.write(`${verdicts.length - bad} of ${verdicts.length} within ${TIME_TOLERANCE} min and ${VALUE_TOLERANCE} of the value\n`);
  return bad === 0 ? 0 : 1;
}
