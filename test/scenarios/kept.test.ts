// Every night that once went wrong, kept as a file: found by a campaign, made small, and lived through with every change.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, jest } from '@jest/globals';
import { live } from '../../src/proof/live.ts';
import { parseScenario } from '../../src/proof/scenario.ts';

const FOLDER = new URL('../nights/', import.meta.url);
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

jest.setTimeout(60_000);

it.each(names)('keeps every promise in the night %s', async (name) => {
  const scenario = parseScenario(readFileSync(new URL(name, FOLDER), 'utf8'));
  if (!scenario.ok) throw new Error(scenario.fault.detail);
  expect((await live(scenario.value)).wrong).toEqual([]);
});
