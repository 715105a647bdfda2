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

  it('reads words in quotes, with escapes, and with white space before them', () => {
    expect(parseUpsmonConf('\t MONITOR "ra\\"ck@10.0.0.5" 1 pi "p\\\\w" primary # mine').monitors).toEqual([
      { ups: 'ra"ck', host: '10.0.0.5', role: 'primary' },
    ]);
    expect(parseUpsmonConf('MONITOR a@b 1 pi "" master').monitors).toHaveLength(1);
    expect(parseUpsmonConf('  # MONITOR a@b 1 pi pw master').monitors).toEqual([]);
  });

  it('takes an open quote to the end of its line and no further', () => {
    const conf = parseUpsmonConf('SHUTDOWNCMD "/sbin/shutdown -h\nPOWERDOWNFLAG "\\\nMONITOR a@b 1 pi "pw primary');
    expect(conf).toEqual({ monitors: [], shutsDown: true, dropsOutput: false });
    expect(parseUpsmonConf('SHUTDOWNCMD "a\\').shutsDown).toBe(true);
  });

  it('believes the last of several lines', () => {
    expect(parseUpsmonConf('SHUTDOWNCMD "/bin/a"\nSHUTDOWNCMD ""').shutsDown).toBe(false);
    expect(parseUpsmonConf('SHUTDOWNCMD ""\nSHUTDOWNCMD /bin/a').shutsDown).toBe(true);
    expect(parseUpsmonConf('SHUTDOWNCMD /bin/a\nSHUTDOWNCMD').shutsDown).toBe(false);
  });

  it('takes only a whole word for a role or for the name of a line', () => {
    const roleOf = (word: string) => parseUpsmonConf(`MONITOR a@b 1 pi pw ${word}`).monitors[0]?.role;
    expect(['primary', 'master', 'primaryx', 'xmaster', 'slave'].map(roleOf)).toEqual([
      ...['primary', 'primary', 'secondary', 'secondary', 'secondary'],
    ]);
    expect(parseUpsmonConf('NOTIFYCMD a@b 1 pi pw primary\nMONITORS a@b 1 pi pw primary').monitors).toEqual([]);
  });

  it('cuts a port off the end of a host alone', () => {
    expect(parseUpsmonConf('MONITOR a@h:80x:3493 1 pi pw primary').monitors[0]?.host).toBe('h:80x');
    expect(parseUpsmonConf('MONITOR a@h:80x 1 pi pw primary').monitors[0]?.host).toBe('h:80x');
  });

  it('reads the first 5,000 lines and no more', () => {
    const late = (lines: number): number => parseUpsmonConf(`${'\n'.repeat(lines)}MONITOR a@b 1 pi pw primary`).monitors.length;
    expect([late(4_999), late(5_000)]).toEqual([1, 0]);
  });
});
