// What rigs of graphics cards print over ssh, and what the client complains of.

import type { FaultCode, Outcome } from '../../../src/model/outcome.ts';
import { type GpuLook, gpuLookIn } from '../../../src/wire/gpu-look.ts';
import { orderIn } from '../../../src/wire/gpu-orders.ts';
import { sshFault } from '../../../src/wire/ssh.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, textOf } from '../parser.ts';

const ANSWER: Grain = {
  tokens: [
    ...[
      '@lastwatt\n',
      '\n@end\n',
      '\n@done\n',
      '\n@refused\n',
      '\n@nvidia\n',
      '\n@amd\n',
      '\n@rocm\n',
      '\n@session\n',
      '\n@service\n',
      '\n@bus\n',
    ],
    ...[
      'GPU-0aa1b2c3-0001, 14.20, 41, 240.00, 100.00, 340.00\n',
      '[N/A]',
      'No Sockets found',
      '1234.miner',
      'ActiveState=inactive',
      '=0\n',
      '=1\n',
    ],
    ...['LoadState=loaded\n', 'power1_average ', '1e999', '-1', '0x10de\n', '"__proto__":{', '\u001b[31m', '\r'],
  ],
  cutAt: '\n',
  // What runChild lets through.
  most: 65_536,
};

const SIGNS = { session: 'miner', service: 'miner.service', processes: [] };

interface Said {
  readonly look: GpuLook | undefined;
  readonly order: Outcome | undefined;
}

export const gpuAnswer = fuzzParser<Said>({
  name: 'gpu-answer',
  about: 'what a rig of graphics cards prints',
  allocates: ofJson,
  make: (chance, corpus) => mutated(chance, corpus, ANSWER),
  read: (input) => ({ look: gpuLookIn(textOf(input), SIGNS), order: orderIn(textOf(input), '192.0.2.1:22') }),
  judge: (input, { look, order }) => {
    const lines = textOf(input).split(/\r?\n/);
    const whole = lines.includes('@lastwatt') && lines.includes('@end');
    must(whole || (look === undefined && order === undefined), 'something of half an answer');
    must(order?.ok !== true || lines.includes('@done'), 'done, and nobody said so');
    if (order?.ok === false) mustBeShowable(order.fault.detail, 400, 'the fault');
    if (look === undefined) return;
    const denied = lines.some((line) => /^\s*(No Sockets found|There (is|are) .*screen)/.test(line));
    const stopped = lines.some((line) => /^\s*ActiveState=(inactive|failed)\s*$/.test(line));
    must(look.runs !== false || (denied && stopped), 'the miner is gone, and not everything said so');
    must(look.cards.length <= lines.length + 64, `${look.cards.length} cards in ${lines.length} lines`);
    for (const { id, watts = 0, temperatureC = 0, fanRpm = 0, limit } of look.cards) {
      mustBeShowable(id, 64, 'the name of a card');
      must(
        watts >= 0 && watts <= 3_000 && temperatureC >= 0 && temperatureC <= 200 && fanRpm >= 0 && fanRpm <= 30_000,
        `a card of ${watts} W`,
      );
      must(limit === undefined || (limit.leastWatts >= 0 && limit.mostWatts <= 3_000), 'a limit that no card has');
    }
    mustBeShowable(look.system ?? '', 80, 'the system');
    mustBeShowable(look.mac ?? '', 17, 'the address');
  },
});

const PLACE = { where: 'rig:22', host: 'rig', port: 22, username: 'root', keyFile: 'k', knownHostsFile: '/k' };

export const sshComplaint = fuzzParser<FaultCode>({
  name: 'ssh-complaint',
  about: 'what an ssh client complains of',
  make: (chance, corpus) =>
    mutated(chance, corpus, {
      tokens: ['Permission denied', 'Connection ', 'timed out', 'connect to ', 'refused', '\n', 'Load key '],
      cutAt: ' ',
      most: 400,
    }),
  read: (input) => sshFault(textOf(input).slice(0, 200), PLACE).fault.code,
  judge: (input, code) => {
    const { detail } = sshFault(textOf(input).slice(0, 200), PLACE).fault;
    mustBeShowable(detail, 400, 'the fault');
    must(
      code !== 'unauthorized' || /denied|host key|CHANGED|Load key|accessible|authentication/i.test(textOf(input)),
      'no right to enter, and nobody said so',
    );
  },
});
