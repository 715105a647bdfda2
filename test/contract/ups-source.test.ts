// The UPS sources that there are, each on its bench.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeUpsd } from '../../src/fakes/upsd.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { commandSource } from '../../src/ups/command.ts';
import { nutSource } from '../../src/ups/nut.ts';
import { authority } from '../support/certificates.ts';
import { tlsFront } from '../support/starttls-server.ts';
import { describeUpsSource, type UpsBench } from './ups-source.ts';

const nowMs = (): number => performance.now();

const site = authority();
const identity = site.issue();

const nutBench = async (isEncrypted: boolean): Promise<UpsBench> => {
  let variables = new Map<string, string>();
  const upsd = await FakeUpsd.start({ names: ['rack'], variablesOf: () => variables });
  const front = isEncrypted ? await tlsFront(upsd.port, identity) : undefined;
  const close = async (): Promise<void> => {
    await front?.close();
    await upsd.close();
  };
  const port = front?.port ?? upsd.port;
  const tls = isEncrypted ? { tls: { certificates: site.certificate } } : {};
  const options = { ups: 'rack', host: '127.0.0.1', port, name: 'rack', role: 'observer', ...tls } as const;
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
    vanish: close,
    close,
  };
};

describeUpsSource('nut', () => nutBench(false));
describeUpsSource('nut, with tls', () => nutBench(true));

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
