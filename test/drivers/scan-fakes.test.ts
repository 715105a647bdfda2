// Whoever plays a rig with `lastwatt fake-rig` on its usual port finds it with `lastwatt scan`: every family that can be played.
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { draftOf } from '../../src/cli/scan-draft.ts';
import { listen } from '../../src/fakes/listen.ts';
import { fakeRigs } from '../../src/fakes/registry.ts';
import { type ScanPorts, USUAL_PORTS } from '../../src/scan/questions.ts';
import { scan } from '../../src/scan/scan.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { configOf } from '../support/config-text.ts';

const nowMs = (): number => performance.now();

/** One that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// A page and a shell of the owner's have no words by which a stranger could know them.
const known = fakeRigs.filter(({ family }) => family !== 'webhook' && family !== 'ssh-host');

it.each(known.map((kind) => [kind.family, kind] as const))(
  '%s is found where it usually listens, and reads as its driver',
  async (family, kind) => {
    const rig = new SimRig({ id: 'rig-1', watts: 3250, hashRate: 110e12 }, nowMs);
    const fake = await kind.start({ rig, nowMs });
    const closed = await closedPort();
    const ports = Object.fromEntries(
      Object.entries(USUAL_PORTS).map(([name, usual]) => [name, usual === kind.usualPort ? fake.port : closed]),
    ) as unknown as ScanPorts;
    const { found } = await scan({ hosts: ['127.0.0.1'], nowMs, signal: new AbortController().signal, ports });
    await fake.close();
    expect(found).toEqual([expect.objectContaining({ family, driver: family })]);
    const [one] = found;
    // Read, or told why not: mostly that it wants a password, which a scan has not.
    expect(one?.reading?.state ?? one?.unread).toBeDefined();
    // Nobody has named a file yet that could be read, or mended.
    expect(one?.unread ?? '').not.toMatch(/could not be read|reload|name its file|name the file/);
    expect(rig.log).toEqual([]);
    // The file takes what is printed for it; a rig that tells no watts is left for its owner to finish.
    const draft = draftOf(found, []).join('\n');
    const finished = draft
      .replace('# rigs:', 'rigs:')
      .replace(/^#(?= {1,3}[a-z])/gm, ' ')
      .replace(/watts: +#/, 'watts: 1000 #');
    const { rigs } = configOf(`ups: { rack: { nut: { name: rack } } }\n${finished}`);
    expect([...rigs.values()]).toMatchObject([{ driver: family }]);
  },
);
