// The contacts that are read, and the generators that one of them tells of.
import { createHash } from 'node:crypto';
import { inputDrivers } from '../inputs/registry.ts';
import type { InputId, UpsId } from '../model/id.ts';
import type { SiteGenerator } from '../model/site.ts';
import type { ConfiguredInput } from './config.ts';
import { type Draft, type Locate, reportTwice, reportUnknown, takeDriven, takeMapping, things } from './draft.ts';
import { generatorSchema, inputSchema } from './schema.ts';

export interface Inputs {
  /** of all in the file, also of those with mistakes */
  readonly names: readonly InputId[];
  readonly inputs: ReadonlyMap<InputId, ConfiguredInput>;
  /** another one where a name stands for another contact; no secret of a program's arguments is in it */
  readonly labels: ReadonlyMap<InputId, string>;
}

export function assembleInputs(draft: Draft): Inputs {
  const all = things(draft, 'inputs');
  const inputs = new Map<InputId, ConfiguredInput>();
  for (const [id, value] of all) {
    const at: Locate = (inner) => ['inputs', id, ...inner];
    const { whole, driver } = takeDriven(draft, { schema: inputSchema, drivers: inputDrivers, driverWords: 'input driver', value, at });
    if (whole !== undefined && driver?.fits) inputs.set(id, { driver: driver.kind.name, options: driver.options });
  }
  const labels = new Map([...inputs].map(([id, input]) => [id, createHash('sha256').update(JSON.stringify(input)).digest('hex')]));
  return { names: [...all.keys()], inputs, labels };
}

export function assembleGenerators(
  draft: Draft,
  { upses, inputs }: { readonly upses: readonly UpsId[]; readonly inputs: readonly InputId[] },
): readonly SiteGenerator[] {
  const generators: SiteGenerator[] = [];
  const behind = new Map<UpsId, string>();
  for (const [id, value] of things(draft, 'generators')) {
    const at: Locate = (inner) => ['generators', id, ...inner];
    const { whole, good } = takeMapping(draft, generatorSchema, { value, at });
    good.behind?.forEach((name, index) => {
      if (!upses.includes(name)) reportUnknown(draft, at(['behind', index]), { name, kind: 'UPS of this file', known: upses });
      const other = behind.get(name);
      if (other !== undefined && other !== id)
        draft.report.mistake(at(['behind', index]), `${name} stands behind ${other} already; one generator carries it`);
      behind.set(name, id);
    });
    reportTwice(draft, good.behind ?? [], (index) => at(['behind', index]));
    checkInput(draft, good.carriesWhen, { known: inputs, at: () => at(['carriesWhen']) });
    if (whole === undefined) continue;
    const { fuelPerKwh, ...rest } = whole;
    generators.push({ id, ...rest, ...(fuelPerKwh !== undefined && { fuelPerKwh }) });
  }
  return generators;
}

/** Reports a name that is no input of the file. */
export function checkInput(
  draft: Draft,
  name: string | undefined,
  { known, at }: { readonly known: readonly InputId[]; readonly at: () => readonly (string | number)[] },
): void {
  if (name !== undefined && !known.includes(name)) reportUnknown(draft, at(), { name, kind: 'input of this file', known });
}
