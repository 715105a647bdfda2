// Outlets behind a upsd with TLS: told and read over it as in clear, and never in clear where it fails.
import { describe, expect, it } from '@jest/globals';
import { nutOutlet } from '../../src/switches/nut-outlet.ts';
import type { Board } from '../../src/switches/port.ts';
import { describeSwitch } from '../contract/switch-driver.ts';
import { authority, type Identity } from '../support/certificates.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { FakeStrip, OUTLETS } from '../support/fake-strip.ts';
import { misbehavingUpsd } from '../support/misbehaving-upsd.ts';
import { tlsFront } from '../support/starttls-server.ts';
import { switchKit } from '../support/switch-kit.ts';

const site = authority();
const right = site.issue();
const open = closedAfterEach();
const soon = (ms = 5000): AbortSignal => AbortSignal.timeout(ms);

function boardAt(port: number, certificates: string | undefined = site.certificate): Board {
  const kit = switchKit({ secrets: new Map([['nut.secret', OUTLETS.password]]), certificates });
  const who = { username: OUTLETS.username, passwordFile: 'nut.secret' };
  return nutOutlet.open({ port, name: 'strip', outlets: [1, 2], ...who, tls: { ca: 'ca.pem' } }, kit);
}

async function behind(identity: Identity): Promise<{ readonly strip: FakeStrip; readonly port: number }> {
  const strip = await FakeStrip.start();
  open(strip.upsd);
  return { strip, port: open(await tlsFront(strip.upsd.port, identity)).port };
}

describeSwitch(
  'nut-outlet, over TLS',
  async () => {
    const { strip, port } = await behind(right);
    const board = boardAt(port);
    return {
      board,
      channel: '2',
      truth: () => (strip.outlets.get(2) === true ? 'fed' : 'cut'),
      moves: () => strip.moves,
      refuse: () => {
        strip.user.instcmds = [];
        strip.user.maySet = false;
      },
      stall: () => {
        strip.upsd.mood = 'silent';
      },
      babble: () => {
        strip.says = 'perhaps';
      },
      strike: () => board.close(),
    };
  },
  { babble: true },
);

describe('an outlet behind a upsd that must not be believed', () => {
  it.each([
    [
      'whose certificate another signed',
      () => authority('somebody').issue(),
      site.certificate,
      /certificate is not signed by the one in tls\.ca/,
    ],
    ['whose certificate is for another host', () => site.issue({ names: ['IP:192.0.2.9'] }), site.certificate, /subjectAltName has IP:127/],
    ['while the file of tls.ca was not read', () => right, undefined, /certificate of tls\.ca was not read/],
  ])('%s, is neither read nor told, and no password is sent', async (_who, identity, certificates, say) => {
    const { strip, port } = await behind(identity());
    const kit = switchKit({ secrets: new Map([['nut.secret', OUTLETS.password]]), certificates });
    const who = { username: OUTLETS.username, passwordFile: 'nut.secret' };
    const board = open(nutOutlet.open({ port, name: 'strip', outlets: [1], ...who, tls: { ca: 'ca.pem' } }, kit));
    for (const outcome of [await board.channel('1').read?.(soon()), await board.channel('1').set('cut', soon())])
      expect(outcome).toMatchObject({ ok: false, fault: { detail: expect.stringMatching(say) } });
    expect(strip.upsd.heard).toEqual([]);
    expect(strip.moves).toBe(0);
  });

  it('that takes no STARTTLS hears nothing else', async () => {
    const heard: string[] = [];
    const server = await misbehavingUpsd({
      onLine: (line, socket) => {
        heard.push(line);
        socket.write('ERR FEATURE-NOT-CONFIGURED\n');
      },
    });
    open(server);
    const board = open(boardAt(server.port));
    expect(await board.channel('1').set('cut', soon())).toMatchObject({
      fault: { code: 'unsupported', detail: expect.stringContaining('in clear it is not asked') },
    });
    expect(new Set(heard)).toEqual(new Set(['STARTTLS']));
  });
});

describe('the way to the outlets', () => {
  const options = { host: '192.0.2.1', name: 'strip', outlets: [1], username: 'outlets', passwordFile: 'nut.secret' };

  it('names the certificate that is wanted, or what is open without', () => {
    expect(nutOutlet.way({ ...options, tls: { ca: 'ca.pem' } })).toEqual({
      host: '192.0.2.1',
      secretFiles: ['nut.secret'],
      certificateFile: 'ca.pem',
    });
    expect(nutOutlet.way(options)).toMatchObject({ inClear: expect.stringContaining('read the password') });
  });
});
