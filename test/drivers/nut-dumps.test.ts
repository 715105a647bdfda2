// What UPSes in the field really report, read through a server: nothing is lost, nothing is improved upon.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { FakeUpsd } from '../../src/fakes/upsd.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { nutSource } from '../../src/ups/nut.ts';

const FOLDER = '../shared/data/nut';
const dumps = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.dev')) : [];

/** `name: value` a line; a # after white space starts a remark. */
function variablesIn(file: string): Map<string, string> {
  const lines = readFileSync(`${FOLDER}/${file}`, 'utf8').split('\n');
  return new Map(
    lines
      .filter((line) => /^[a-z][\w.-]*:/i.test(line))
      .map((line) => [
        line.slice(0, line.indexOf(':')),
        line
          .slice(line.indexOf(':') + 1)
          .replace(/\s#.*$/, '')
          .trim(),
      ]),
  );
}

let variables = new Map<string, string>();
const started = FakeUpsd.start({ names: ['rig'], variablesOf: () => variables });
afterAll(async () => (await started).close());

describe('recorded UPSes', () => {
  it('are there, or this is passed over', () => {
    expect(dumps.length === 0 || dumps.length >= 20).toBe(true);
  });

  for (const file of dumps) {
    it(`reads ${file} as it was recorded, at first and ever after`, async () => {
      variables = variablesIn(file);
      const options = { ups: 'rig', host: '127.0.0.1', port: (await started).port, name: 'rig', role: 'observer' } as const;
      const addresses = addressBook(() => Promise.reject(new Error('none')));
      const source = nutSource(options, { nowMs: () => 0, random: () => 0, addresses });
      const readings = [];
      for (let round = 0; round < 3; round += 1) readings.push(await source.read(AbortSignal.timeout(3000)));
      await source.close();
      const words = (variables.get('ups.status') ?? '').split(' ').filter((word) => word !== '');
      const charge = variables.get('battery.charge');
      const runtime = variables.get('battery.runtime');
      for (const reading of readings) {
        expect(reading.ok && [...reading.value.words]).toEqual([...new Set(words)]);
        expect(reading.ok && [reading.value.figures.charge, reading.value.figures.runtime]).toEqual([charge, runtime]);
        expect(reading).toEqual(readings[0]);
      }
    });
  }
});
