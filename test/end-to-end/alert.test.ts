// The alert of docs/alerts.md, as a person copies it: run by the service's own messenger, with the rights that the unit leaves it.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startAlarmist } from '../../src/host/alarmist.ts';
import { runChild } from '../../src/transports/child.ts';
import { eventually } from '../support/eventually.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/alerts.md', import.meta.url)), 'utf8');
const SAY = 'rack says "replace battery": 3 °C, 50 % \\ $HOME `date`';
/** Who is root gives it up, and with it what a setuid program could give back. */
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', '--bounding-set=-all'];

let folder: string;
let server: Server;
let heard: { readonly url: string | undefined; readonly title: string | undefined; readonly body: string }[];
let answer: number;
let complaints: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alert-'));
  heard = [];
  answer = 200;
  complaints = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const title = String(request.headers['title']);
    heard.push({ url: request.url, title, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const script = /```js\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? '';
  const port = (server.address() as AddressInfo).port;
  writeFileSync(join(folder, 'tell-me'), script.replace('https://ntfy.sh/', `http://127.0.0.1:${port}/`));
  for (const path of [folder, join(folder, 'tell-me')]) chmodSync(path, 0o755);
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function argv(): Promise<readonly string[]> {
  const may = await runChild({ argv: [...AS_NOBODY, 'true'], signal: AbortSignal.timeout(5_000) });
  return [...(may.ok ? AS_NOBODY : []), join(folder, 'tell-me')];
}

describe('the alert in five lines', () => {
  it('is five lines', () => {
    expect(readFileSync(join(folder, 'tell-me'), 'utf8').trimEnd().split('\n')).toHaveLength(5);
  });

  it('carries the whole sentence, whatever stands in it, and needs no rights', async () => {
    const alarmist = startAlarmist({ argv: await argv(), log: { write: (_, say) => complaints.push(say) } });
    alarmist.tell({ site: 'home', event: 'fault', say: SAY });
    await alarmist.close();
    expect(heard).toEqual([{ url: '/lastwatt-CHANGE-ME', title: 'lastwatt home', body: SAY }]);
    expect(complaints).toEqual([]);
  }, 20_000);

  it('is known to have failed where nobody took it', async () => {
    answer = 429;
    const alarmist = startAlarmist({ argv: await argv(), log: { write: (_, say) => complaints.push(say) } });
    alarmist.tell({ site: 'home', event: 'fault', say: SAY });
    await eventually('it is said', () => complaints.length > 0, 15_000);
    await alarmist.close();
    expect(complaints).toEqual(['an alarm did not reach the program of onAlarm']);
  }, 20_000);
});
