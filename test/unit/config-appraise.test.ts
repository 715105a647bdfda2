import { describe, expect, it } from '@jest/globals';
import { appraise } from '../../src/config/appraise.ts';
import { configOf, FULL } from '../support/config-text.ts';

/** `verdict about say` of every item. */
function appraised(text: string): readonly string[] {
  return appraise(configOf(text)).map(({ verdict, about, say }) => `${verdict} ${about} ${say}`);
}

interface Parts {
  readonly site?: string;
  readonly ups?: string;
  readonly rig?: string;
  readonly more?: string;
}

/** A site with nothing to say of, but for what is put in. */
function site(parts: Parts): string {
  return `
site: { ${parts.site ?? 'controllerFedBy: [cyber], networkFedBy: [cyber]'} }
ups: { cyber: { nut: { name: c }, ${parts.ups ?? ''} } }
rigs: { s19: { ${parts.rig ?? ''}, ${parts.rig?.includes('driver:') ? '' : 'driver: luxos, host: 192.0.2.1,'} fedBy: [cyber], watts: 3250${parts.rig?.includes('reward') ? '' : ', reward: { perDay: 1 }'}${parts.rig?.includes('cutBy') ? '' : ', cutBy: [k]'} } }
switches: { k: { driver: command, cut: [/bin/cut], feed: [/bin/feed] } }
${parts.more ?? ''}
`.replaceAll('{ ,', '{');
}

describe('check, from the file alone', () => {
  it('has nothing to say of a site in which everything has two ways down', () => {
    expect(appraised(site({}))).toEqual([]);
  });

  it('warns of a file without a UPS, and of nothing else of the site', () => {
    const text = site({ site: '' })
      .replace(/^ups: .*$/m, 'ups: {}')
      .replaceAll('[cyber]', '[mains]');
    expect(appraised(text)).toEqual(['warn site no UPS stands in the file: an outage is not seen, and nothing is taken down in one']);
  });

  it.each([
    ['/dev/ttyUSB0', true],
    ['/dev/ttyACM12', true],
    ['/dev/ttyAMA0', false],
    ['/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0', false],
    ['/dev/serial/by-path/platform-usb-0:1.2:1.0-port0', false],
  ])('warns of a serial board that is named by the order of plugging, %s: %s', (device, warned) => {
    const text = site({})
      .replace(/^switches: .*$/m, `switches: { k: { driver: lcus, device: '${device}', contactor: true } }`)
      .replaceAll('[k]', '[k:1]');
    const words = `warn k ${device} may be another board after a restart, and the wrong contacts would move: name it by ls /dev/serial/by-id`;
    expect(appraised(text).some((item) => item.startsWith(words))).toBe(warned);
  });

  it('fails a UPS whose rigs draw more than it carries, with the sum', () => {
    expect(appraised(site({ ups: 'nominalWatts: 2700, baseWatts: 50' }))).toEqual([
      'fail cyber rigs draw 3,300 W, it carries 2,700 W: at the first outage it drops everything. Give the big ones fedBy: [mains]',
    ]);
  });

  it('passes one that carries them', () => {
    expect(appraised(site({ ups: 'nominalWatts: 3250' }))).toEqual(['pass cyber rigs draw 3,250 W of the 3,250 W it carries']);
  });

  it.each([
    ['batteryWh: 100', '111'],
    ['minutesAtWatts: { 3000: 2, 3500: 1 }', '90'],
    ['minutesAtWatts: { 6500: 1 }', '120'],
    ['minutesAtWatts: { 1625: 3 }', '90'],
  ])('fails a stop and a floor that are longer than a battery of %s', (ups, seconds) => {
    const full = `full, its battery gives all rigs (3,250 W) ${seconds} s`;
    expect(appraised(site({ ups, rig: 'graceSeconds: 300', more: 'policy: { cutBelowSeconds: 400 }' }))).toEqual([
      `fail cyber ${full}, graceSeconds of s19 is 300: shorten it, or put less on this UPS`,
      `fail cyber ${full}, cutBelowSeconds is 400: everything would go at once. Say auto, or a smaller one`,
    ]);
  });

  it.each<[string, Parts, RegExp]>([
    ['this machine on mains', { site: 'networkFedBy: [cyber]' }, /^warn site this machine hangs on mains .* controllerFedBy: \[cyber\]$/],
    ['the network on mains', { site: 'controllerFedBy: [cyber]' }, /^warn site the network hangs on mains/],
    [
      'a grace shorter than the driver may take',
      { rig: 'graceSeconds: 5' },
      /^warn s19 graceSeconds 5 is shorter than the 30 s that luxos may take/,
    ],
    ['a rig by name', { rig: 'driver: luxos, host: antminer.lan' }, /^warn s19 antminer.lan is a name/],
    ['a rig without a switch', { rig: 'cutBy: []' }, /^warn s19 it can only be paused/],
    ['a rig that cannot be asked', { rig: 'driver: none, pausePersists: true' }, /^warn s19 it cannot be asked: it is cut while it hashes/],
    ['a rig that nothing stops', { rig: 'driver: none, cutBy: []' }, /^warn s19 it can neither be paused nor cut/],
    [
      'a pause that ends with a power cut',
      { rig: 'pausePersists: false' },
      /^warn k when this machine dies in an outage, its contacts feed s19 again.*atRest: cut, a latching relay, or a UPS/,
    ],
  ])('warns of %s', (_, parts, say) => {
    const items = appraised(site(parts));
    expect(items).toHaveLength(1);
    expect(items[0]).toMatch(say);
  });

  it('warns of a pause of which nobody knows whether it outlives a power cut', () => {
    const rig = 'driver: command, read: [/bin/r], pause: [/bin/p], resume: [/bin/s]';
    expect(appraised(site({ rig }))).toEqual([expect.stringMatching(/^warn k when this machine dies .* not known to survive a power cut/)]);
  });

  it('warns of a UPS behind a network, by a name, with a primary that is in a hurry', () => {
    const nut = 'nut: { name: c, host: nas.lan, role: secondary, username: u, passwordFile: p }';
    const items = appraised(site({}).replace('nut: { name: c }', nut));
    expect(items).toEqual([
      'warn cyber at a forced shutdown the primary waits 15 s, s19 may take 30 s to pause: raise its HOSTSYNC and hostSyncSeconds to 33',
      expect.stringMatching(/^warn cyber nas.lan is a name/),
      expect.stringMatching(/^warn cyber nas.lan is another machine and nothing on the way is encrypted/),
    ]);
  });

  it.each([
    ['127.0.0.2', 0],
    ['"::1"', 0],
    ['localhost', 0],
    ['127.example.org', 1],
    ['10.0.0.2', 1],
    ['10.0.0.2, tls: { ca: ca.pem }', 0],
  ])('warns of a way in clear where it leaves this machine (host: %s)', (host, times) => {
    const items = appraised(site({}).replace('nut: { name: c }', `nut: { name: c, host: ${host} }`));
    expect(items.filter((item) => /nothing on the way is encrypted.*Give it nut\.tls/.test(item))).toHaveLength(times);
  });

  it.each([
    ['10.0.0.2', '', 1],
    ['127.0.0.1', '', 0],
    ['10.0.0.2', ', tls: { ca: ca.pem }', 0],
  ])('warns of outlets that are told in clear over a network (host: %s%s)', (host, tls, times) => {
    const strip = `{ driver: nut-outlet, name: strip, host: ${host}, outlets: [1], username: u, passwordFile: p${tls} }`;
    const items = appraised(site({}).replace('switches: {', `switches: { strip: ${strip},`));
    expect(items.filter((item) => /^warn strip .*nothing on the way is encrypted: .*read the password/.test(item))).toHaveLength(times);
  });

  it('warns of a light that is dark while the service lives', () => {
    const panel = (shows: string): string => site({ more: `panel: { led: { gpio: 24, shows: { ${shows} } } }` });
    expect(appraised(panel('mains: steady, hold: [20, 10000]'))).toEqual([]);
    expect(appraised(panel('mains: off, hold: off'))).toEqual([expect.stringMatching(/^warn panel the light is dark for mains and hold/)]);
  });

  it('warns of a rig that no reward is given for', () => {
    expect(appraised(site({}).replace(', reward: { perDay: 1 }', ''))).toEqual([
      'warn s19 no reward is given: it ranks with the worst. Give perDay, or coin and hashrate',
    ]);
  });

  it('says what atRest: cut does, and which supply a switch leaves connected', () => {
    const items = appraised(FULL);
    expect(items).toContain('pass board atRest: cut, so when this machine dies north goes dark with it, while hashing');
    expect(items).toContain('warn north its switches leave solar connected: it can be paused, and stays alight');
  });

  it('says nothing of a way down for a rig on mains alone', () => {
    expect(appraised(site({}).replace('fedBy: [cyber], watts', 'fedBy: [mains], watts').replace('cutBy: [k]', 'cutBy: []'))).toEqual([]);
  });
});

describe('a rig on a bare relay', () => {
  /** Of k1 and box. */
  const relays = (watts: number, contact = 'k1', contactor = false): readonly string[] =>
    appraised(`
site: { controllerFedBy: [cyber], networkFedBy: [cyber] }
ups: { cyber: { nut: { name: c } } }
rigs:
  a: { driver: luxos, host: 192.0.2.1, fedBy: [cyber], cutBy: [${contact}], reward: { perDay: 1 }, watts: ${watts} }
  b: { driver: luxos, host: 192.0.2.2, fedBy: [cyber], cutBy: [box:1], reward: { perDay: 1 }, watts: 100 }
switches:
  k1: { driver: gpio, gpio: 17, contactor: ${contactor} }
  box: { driver: gpio, gpios: [16, 26], contactor: ${contactor} }
`);

  it('is warned of where it draws too much at 120 V, with what it draws at either voltage', () => {
    expect(relays(1800)).toEqual([
      'warn k1 a draws 15.0 A through it at 120 V and 7.8 A at 230 V, a relay takes 8 A: at 120 V let it move a contactor and say contactor: true',
    ]);
  });

  it('counts with the others behind the contact', () => {
    expect(relays(880, 'box:1')).toEqual([
      'warn box:1 a and b draw 8.2 A through it at 120 V and 4.3 A at 230 V, a relay takes 8 A: at 120 V let it move a contactor and say contactor: true',
    ]);
  });

  it('is not spoken of up to 960 W, nor behind a contactor', () => {
    expect(relays(960)).toEqual([]);
    expect(relays(961)).toHaveLength(1);
    expect(relays(3250, 'k1', true)).toEqual([]);
  });
});

describe('a relay line that is pulled the wrong way from power-on', () => {
  const of = (k: string): readonly string[] =>
    appraised(
      site({ rig: 'pausePersists: true' })
        .replace('cutBy: [k]', 'cutBy: ["k"]')
        .replace(/k: \{ driver: command.*$/m, `k: { driver: gpio, contactor: true, ${k} } }`),
    ).filter((say) => say.includes('power-on'));

  it.each([
    ['gpio: 17, activeLow: true', 'gpio 17: pulled down', 'gpio=17=op,dh', '2 to 8'],
    ['gpio: 5', 'gpio 5: pulled up', 'gpio=5=op,dl', '9 to 27'],
    ['gpio: 8', 'gpio 8: pulled up', 'gpio=8=op,dl', '9 to 27'],
    ['gpio: 9, activeLow: true, chip: pinctrl-rp1', 'gpio 9: pulled down', 'gpio=9=op,dh', '2 to 8'],
  ])('is warned of with the line of config.txt that cures it: %s', (k, pulled, cure, quiet) => {
    const [said, ...more] = of(k);
    expect(said).toContain(`warn k ${pulled} from power-on`);
    expect(said).toContain(`Put ${cure} into /boot/firmware/config.txt, which helps from some seconds after power-on`);
    expect(said).toContain(`gpio ${quiet} need none`);
    expect(more).toEqual([]);
  });

  it.each(['gpio: 17', 'gpio: 9', 'gpio: 8, activeLow: true', 'gpio: 2, activeLow: true', 'gpio: 5, chip: expander'])(
    'is none where the pull holds the coil at rest, or nobody knows it: %s',
    (k) => expect(of(k)).toEqual([]),
  );

  it('says what becomes of the rigs meanwhile, by how the contact rests', () => {
    expect(of('gpio: 5')[0]).toContain('its rigs are cut, while they hash, each time the Pi boots');
    expect(of('gpio: 5, atRest: cut')[0]).toContain('its rigs are fed each time the Pi boots');
  });

  it('is named with those of its board that share the trouble, in one line for all', () => {
    const board = site({ rig: 'pausePersists: true, cutBy: ["k:1"]' }).replace(
      /k: \{ driver: command.*$/m,
      'k: { driver: gpio, contactor: true, gpios: [4, 16, 26], activeLow: true } }',
    );
    expect(appraised(board).filter((say) => say.includes('power-on'))).toEqual([expect.stringContaining('gpio=16,26=op,dh')]);
  });
});
