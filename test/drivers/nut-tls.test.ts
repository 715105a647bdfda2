// The NUT source with `tls` before servers that must not be believed: whatever they do, nothing is asked and nothing told in
// clear, and the fault says "certificate" and what to do.
import type { Socket } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeUpsd } from '../../src/fakes/upsd.ts';
import { type AddressBook, addressBook } from '../../src/transports/address-book.ts';
import { openStartTls } from '../../src/transports/nut-session/starttls.ts';
import { type NutOptions, nutSource } from '../../src/ups/nut.ts';
import type { UpsSource } from '../../src/ups/port.ts';
import { authority, type Identity } from '../support/certificates.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { flood, type MisbehavingUpsd, misbehavingUpsd } from '../support/misbehaving-upsd.ts';
import { shakeHands, type TlsFront, tlsFront } from '../support/starttls-server.ts';

const SECRET = 'hunter#2 "x"';
const LIST = 'BEGIN LIST VAR rack\nVAR rack ups.status "OB LB"\nEND LIST VAR rack\n';
const MEGABYTE = 1024 * 1024;

const site = authority();
const right = site.issue();
const ups = new Map<string, string>();
const open = closedAfterEach();

beforeEach(() => {
  ups.clear();
  ups.set('ups.status', 'OL');
});

const nowhere = (): AddressBook => addressBook(() => new Promise(() => undefined));

/** A secondary, so that it has something to keep to itself. */
function sourceOf(port: number, options: Partial<NutOptions> = {}, addresses = nowhere()): UpsSource {
  const login = { role: 'secondary', username: 'lastwatt', password: SECRET } as const;
  const tls = { certificates: site.certificate };
  const full = { ups: 'rack', host: '127.0.0.1', port, name: 'rack', ...login, tls, ...options } as const;
  return open(nutSource(full, { nowMs: () => performance.now(), random: () => 0, addresses }));
}

async function serve(identity: Identity = right): Promise<{ readonly upsd: FakeUpsd; readonly front: TlsFront }> {
  const users = { lastwatt: { password: SECRET, upsmon: 'secondary' } } as const;
  const upsd = open(await FakeUpsd.start({ names: ['rack'], variablesOf: () => ups, users }));
  return { upsd, front: open(await tlsFront(upsd.port, identity)) };
}

/** A server that hears STARTTLS and goes on so. */
async function serveRude(goOn: (socket: Socket) => void): Promise<MisbehavingUpsd> {
  const onLine = (line: string, socket: Socket): void => {
    if (line === 'STARTTLS') goOn(socket);
  };
  return open(await misbehavingUpsd({ onLine }));
}

const within = (ms = 4000): AbortSignal => AbortSignal.timeout(ms);
const faultOf = async (source: UpsSource): Promise<string> => {
  const read = await source.read(within());
  return read.ok ? 'none' : `${read.fault.code}: ${read.fault.detail}`;
};

describe('a UPS that is read with tls', () => {
  it('is read and logged in to as in clear', async () => {
    const { upsd, front } = await serve();
    const source = sourceOf(front.port);
    expect(await source.read(within())).toMatchObject({ ok: true, value: { words: new Set(['OL']) } });
    expect(source.loginFault?.()).toBeUndefined();
    expect([upsd.logins('rack'), front.admitted()]).toEqual([1, 1]);
  });

  it.each([
    ['a name among its DNS names', { names: ['DNS:ups.lan'] }],
    ['a name that stands in its CN alone, for want of other names', { names: [], commonName: 'ups.lan' }],
  ])('may be reached by %s', async (_what, wish) => {
    const { front } = await serve(site.issue(wish));
    const source = sourceOf(
      front.port,
      { host: 'ups.lan' },
      addressBook(async () => '127.0.0.1'),
    );
    await eventually('a reading', async () => (await source.read(within())).ok);
  });
});

describe('a certificate', () => {
  it('may be changed without a gap while the old and the new are both trusted, self-signed and of one name', async () => {
    const [old, young] = [authority('ups.lan'), authority('ups.lan')];
    const { front } = await serve(old);
    const tls = { certificates: `${old.certificate}${young.certificate}` };
    const source = sourceOf(
      front.port,
      { host: 'ups.lan', tls },
      addressBook(async () => '127.0.0.1'),
    );
    await eventually('a reading', async () => (await source.read(within())).ok);
    front.swap(young);
    await eventually('it is lost', async () => !(await source.read(within())).ok);
    await eventually('a reading', async () => (await source.read(within())).ok);
    expect(front.admitted()).toBe(2);
  });

  it.each([
    ['of a stranger', () => authority().issue(), /^unauthorized: .*not signed by the one in tls\.ca/],
    ['of a stranger who took the name of our authority', () => authority('site authority').issue(), /not signed by the one in tls\.ca/],
    ['that a certificate of ours has signed', () => daughterOf(right), /^unauthorized: .*certificate/],
    ['that ran out', () => site.issue({ validDays: [-30, -1] }), /ran out: make a new one, or this machine's clock is wrong/],
    ['that is not valid yet', () => site.issue({ validDays: [2, 30] }), /not valid yet: .*clock/],
    ['of another address', () => site.issue({ names: ['IP:127.0.0.2'] }), /another host: .* has IP:127\.0\.0\.1/],
    ['that names the address only in its CN', () => site.issue({ names: [], commonName: '127.0.0.1' }), /another host/],
    ['that names the address as if it were a name', () => site.issue({ names: ['DNS:127.0.0.1'] }), /another host/],
  ])('%s is not believed: nothing is asked, and it is said why', async (_what, made, detail) => {
    const { upsd, front } = await serve(made());
    const fault = await faultOf(sourceOf(front.port));
    expect(fault).toMatch(detail);
    expect(fault).toMatch(/certificate/);
    expect(upsd.heard).toEqual([]);
  });

  it('that changes in mid-life is not believed, and the right one is again', async () => {
    const { upsd, front } = await serve();
    const source = sourceOf(front.port);
    expect(await source.read(within())).toMatchObject({ ok: true });
    upsd.heard.length = 0;
    front.swap(authority().issue());
    ups.set('ups.status', 'OB LB');
    await eventually('it says certificate', async () => /certificate is not signed/.test(await faultOf(source)));
    expect(upsd.heard).toEqual([]);
    front.swap(site.issue());
    await eventually('a reading', async () => (await source.read(within())).ok);
    expect(upsd.logins('rack')).toBe(1);
  });

  it.each([undefined, '', 'no certificate'])('cannot be believed while nobody is trusted (%p)', async (certificates) => {
    const { upsd, front } = await serve();
    const ears = { onText: () => undefined, onEnd: () => undefined };
    expect(await openStartTls({ host: '127.0.0.1', certificates }, { address: '127.0.0.1', port: front.port }, ears)).toMatchObject({
      ok: false,
      fault: { code: 'unsupported', detail: expect.stringContaining('certificate') },
    });
    expect(upsd.heard).toEqual([]);
  });
});

describe('a server that does not go on as it should after STARTTLS', () => {
  const text = (words: string) => (socket: Socket) => void socket.write(words);

  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['has no certificate', text('ERR FEATURE-NOT-CONFIGURED\n'), /^unsupported: .*upsd has no certificate.*CERTFILE/],
    ['was built without TLS', text('ERR FEATURE-NOT-SUPPORTED\n'), /^unsupported: .*takes no STARTTLS/],
    ['never heard of it', text('ERR UNKNOWN-COMMAND\n'), /^unsupported: .*takes no STARTTLS/],
    ['consents to something else', text('OK\n'), /^garbled: .*plain text before its certificate/],
    ['answers what nobody asked', text(LIST), /^garbled: .*plain text before its certificate/],
    ['never ends its line', text('x'.repeat(5000)), /^garbled: .*plain text before its certificate/],
    ['answers behind its consent', text(`OK STARTTLS\n${LIST}`), /^garbled: .*thrown away/],
    ['begins a handshake behind its consent, ahead of us', text('OK STARTTLS\n\x16\x03\x03\x40\0\x02'), /^garbled: .*thrown away/],
    ['begins a line behind its consent', text('OK STARTTLS\nBEGIN'), /^garbled: .*thrown away/],
    [
      'answers in clear after its consent',
      (socket) => {
        socket.write('OK STARTTLS\n');
        setTimeout(() => socket.write(LIST), 30);
      },
      /^garbled: .*in clear after OK STARTTLS/,
    ],
    [
      'puts words behind its consent and then shows the right certificate',
      (socket) => {
        socket.removeAllListeners('data');
        socket.write(`OK STARTTLS\n${LIST}`);
        shakeHands(socket, right, (secure) => void secure.write(LIST));
      },
      /^garbled: .*thrown away/,
    ],
    [
      'leaves in the middle of the handshake',
      (socket) => {
        socket.write('OK STARTTLS\n');
        socket.once('data', () => socket.destroy());
      },
      /^unreachable: /,
    ],
    [
      'sends no end of bytes for a handshake',
      (socket) => {
        socket.write('OK STARTTLS\n');
        flood(socket, 'x'.repeat(64 * 1024), 64 * MEGABYTE);
      },
      /certificate/,
    ],
  ])('and %s is asked nothing, now or at the next try', async (_what, goOn, detail) => {
    const server = await serveRude(goOn);
    const source = sourceOf(server.port);
    expect(await faultOf(source)).toMatch(detail);
    await eventually('it is tried again', () => server.heard.filter((line) => line === 'STARTTLS').length >= 2);
    expect(server.swallowed()).toBeLessThan(16 * MEGABYTE);
    expectNothingTold(server);
    await source.close();
    await eventually('the sockets are gone', () => server.open() === 0);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['consents and says no more', text('OK STARTTLS\n')],
    [
      'hangs in the middle of its own words',
      (socket) => {
        socket.write('OK STARTTLS\n');
        // The head of a record of 16 KiB, and two bytes of it.
        socket.once('data', () => socket.write(Buffer.from('16030340000200', 'hex')));
      },
    ],
  ])('and %s costs the time of a connection and no more', async (_what, goOn) => {
    const server = await serveRude(goOn);
    const beganMs = performance.now();
    expect(await faultOf(sourceOf(server.port))).toMatch(/certificate/);
    expect(performance.now() - beganMs).toBeLessThan(3500);
    expectNothingTold(server);
    await eventually('the socket is gone', () => server.open() === 0);
  });

  it('does not keep a reading longer than its caller allows', async () => {
    const server = await serveRude(text('OK STARTTLS\n'));
    const beganMs = performance.now();
    expect(await sourceOf(server.port).read(within(200))).toMatchObject({ fault: { code: 'timeout' } });
    expect(performance.now() - beganMs).toBeLessThan(700);
  });
});

/** Neither a question nor who we are. What follows STARTTLS may only be a handshake, which is no text. */
function expectNothingTold(server: MisbehavingUpsd): void {
  const told = server.heard.join('\n');
  for (const word of ['LIST', 'GET', 'USERNAME', 'PASSWORD', 'LOGIN', 'lastwatt', 'hunter']) expect(told).not.toContain(word);
}

/** Signed with the key of a server, which is no authority. */
function daughterOf(server: Identity): Identity {
  const daughter = authority('upsd', server.key).issue();
  return { ...daughter, certificate: `${daughter.certificate}${server.certificate}` };
}
