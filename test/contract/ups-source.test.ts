// The UPS sources that there are, each on its bench.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeUpsd } from '../../src/fakes/upsd.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { commandSource } from '../../src/ups/command.ts';
import { nutSource } from '../../src/ups/nut.ts';
import { describeUpsSource } from './ups-source.ts';

const nowMs = (): number => performance.now();

describeUpsSource('nut', async () => {
  let variables = new Map<string, string>();
  const upsd = await FakeUpsd.start({ names: ['rack'], variablesOf: () => variables });
  const options = { ups: 'rack', host: '127.0.0.1', port: upsd.port, name: 'rack', role: 'observer' } as const;
  return {
    source: nutSource(options, { nowMs, random: () => 0, addresses: addressBook(() => new Promise(() => undefined)) }),
    report: ({ line, charge, runtime, watts }) => {
      const all = {
        'ups.status': line === 'mains' ? 'OL' : 'OB',
        'battery.charge': charge,
        'battery.runtime': runtime,
        'ups.realpower': watts,
      };
      variables = new Map(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
      upsd.mood = 'well';
    },
    fallSilent: () => {
      upsd.mood = 'silent';
    },
    vanish: () => upsd.close(),
    close: () => upsd.close(),
  };
});

describeUpsSource('command', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ups-'));
  const program = join(folder, 'program');
  const write = (script: string): void => {
    writeFileSync(`${program}.new`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    renameSync(`${program}.new`, program);
  };
  return {
    source: commandSource({ ups: 'house', argv: [program] }, { nowMs }),
    report: ({ line, charge, runtime, watts }) =>
      write(`cat <<'END'\n${JSON.stringify({ line, chargePercent: charge, runtimeSeconds: runtime, loadWatts: watts })}\nEND`),
    fallSilent: () => write('sleep 60'),
    vanish: async () => rmSync(program),
    close: async () => rmSync(folder, { recursive: true }),
  };
});
