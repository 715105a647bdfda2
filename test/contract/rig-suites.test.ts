// That no rig driver is listed without the suite that all must pass, and none that can be asked without a fake to ask.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { fakeRigs } from '../../src/fakes/registry.ts';
import { rigDrivers } from '../../src/rigs/registry.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const suites = readdirSync(HERE)
  .filter((name) => name.startsWith('rig-') && name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(HERE, name), 'utf8'))
  .join('\n');

const asked = rigDrivers.filter(({ can }) => can.read).map(({ name }) => name);

it.each(asked)('the rig driver %s passes the suite of all rig drivers', (name) => {
  expect(suites).toContain(`describeRigDriver('${name}',`);
});

// A program of the owner's is all there is of it.
it.each(asked.filter((name) => name !== 'command'))('the family %s can be played', (name) => {
  expect(fakeRigs.map(({ family }) => family)).toContain(name);
});
