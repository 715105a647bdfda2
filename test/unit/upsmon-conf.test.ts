// What upsmon on this machine would do to it.
import { describe, expect, it } from '@jest/globals';
import { parseUpsmonConf } from '../../src/wire/upsmon-conf.ts';

describe('upsmon.conf', () => {
  it('tells who is primary of what, and keeps no password', () => {
    const conf = parseUpsmonConf(
      'MONITOR rack@localhost 1 upsmon "s3 cret#" primary\nSHUTDOWNCMD "/sbin/shutdown -h +0"\nPOWERDOWNFLAG /etc/killpower\n',
    );
    expect(conf).toEqual({ monitors: [{ ups: 'rack', host: 'localhost', role: 'primary' }], shutsDown: true, dropsOutput: true });
  });

  it('knows the old words and a host with a port', () => {
    const conf = parseUpsmonConf('MONITOR cps@10.0.0.5:3494 1 pi pw slave\nMONITOR apc 1 pi pw master');
    expect(conf.monitors).toEqual([
      { ups: 'cps', host: '10.0.0.5', role: 'secondary' },
      { ups: 'apc', host: 'localhost', role: 'primary' },
    ]);
  });

  it.each([[''], ['# MONITOR rack@localhost 1 u p primary'], ['MONITOR'], ['MONITOR rack'], ['SHUTDOWNCMD ""']])(
    'makes nothing of "%s"',
    (text) => {
      expect(parseUpsmonConf(text)).toEqual({ monitors: [], shutsDown: false, dropsOutput: false });
    },
  );
});
