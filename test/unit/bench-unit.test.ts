// What is measured is started as the unit starts it: a figure of a service that nobody runs would say nothing.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { asTheUnit } from '../../bench/unit.ts';

describe('the service that is measured', () => {
  it('has what the unit puts between Node and the program, and its environment', () => {
    const text = `[Service]
ExecStart=/usr/bin/node --one=1 --two /opt/lastwatt/dist/main.js --config /etc/lastwatt/lastwatt.yaml
ExecReload=/usr/bin/node --three /opt/lastwatt/dist/cli.js
Environment=NAME=value
`;
    expect(asTheUnit(text)).toEqual({ nodeArgs: ['--one=1', '--two'], env: { NAME: 'value' } });
    expect(asTheUnit('ExecStart=/usr/bin/node /opt/lastwatt/dist/main.js --config x')).toEqual({ nodeArgs: [], env: {} });
  });

  it('is not guessed where the unit starts something else', () => {
    expect(() => asTheUnit('ExecStart=/bin/true')).toThrow('starts no main.js');
  });

  it('takes the same room on every machine: V8 does not go by how much memory there is', () => {
    const { nodeArgs, env } = asTheUnit();
    const say = 'process.stdout.write(String(v8.getHeapStatistics().heap_size_limit / 2 ** 20))';
    const { stdout, status } = spawnSync(process.execPath, [...nodeArgs, '-e', say], { env: { ...env }, encoding: 'utf8' });
    expect(status).toBe(0);
    expect(Number(stdout)).toBeGreaterThanOrEqual(1_024);
    expect(Number(stdout)).toBeLessThan(1_100);
  });
});
