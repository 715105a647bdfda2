// What the file may say of button, light and buzzer, and the mistakes in it with their places.
import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config/load.ts';
import { configOf, SMALLEST } from '../support/config-text.ts';

const panel = (lines: string): string => `${SMALLEST}panel:\n  ${lines}\n`;

/** `line:column path | what is said` of each mistake. The panel begins in line 4. */
function told(lines: string): readonly string[] {
  const loaded = parseConfig(panel(lines), { file: '/etc/site/lastwatt.yaml' });
  return loaded.ok ? [] : loaded.mistakes.map(({ line, column, path, say }) => `${line}:${column} ${path} | ${say}`);
}

describe('the panel in the file', () => {
  it('takes a word or milliseconds for each thing that light and buzzer say, and leaves the others as they are', () => {
    const { led, buzzer, button } = configOf(
      panel(`button: { gpio: 23, holdSeconds: 1.5, stuckSeconds: 60 }
  led: { gpio: 24, shows: { hold: slow, fault: [100, 100, 100, 700] } }
  buzzer: { gpio: 25, sounds: { mains: off, shedding: [300, 200, 300] } }`),
    ).panel;
    expect(led?.shows).toEqual({ mains: 'blip', battery: 'slow', shedding: 'fast', hold: 'slow', fault: [100, 100, 100, 700] });
    expect(buzzer?.sounds).toEqual({ mains: 'off', battery: 'once', shedding: [300, 200, 300], hold: 'off', fault: 'thrice' });
    expect(button).toMatchObject({ holdSeconds: 1.5, stuckSeconds: 60 });
  });

  it.each<[string, string, readonly string[]]>([
    [
      'a word that is none',
      'led: { gpio: 24, shows: { battery: slwo } }',
      ['5:38 panel.led.shows.battery | expected one of off, blip, slow, fast, twice, steady, found "slwo"; did you mean slow?'],
    ],
    [
      'a pattern too short to be seen, and one that ends alight',
      'led: { gpio: 24, shows: { battery: [5, 500], fault: [100, 100, 100] } }',
      [
        '5:39 panel.led.shows.battery[0] | at least 20 ms; found 5',
        '5:55 panel.led.shows.fault | ms alight and ms dark by turns: an even number of them',
      ],
    ],
    [
      'a sound that never ends, one that ends in silence, and one of nothing',
      'buzzer: { gpio: 25, sounds: { mains: [60000], hold: [100, 100], dark: once } }',
      [
        '5:41 panel.buzzer.sounds.mains[0] | at most 2000 ms; found 60000',
        '5:55 panel.buzzer.sounds.hold | ms of sound and ms of silence by turns, a sound at the end: an odd number of them',
        '5:67 panel.buzzer.sounds.dark | unknown key; there are: mains, battery, shedding, hold, fault',
      ],
    ],
    [
      'a button on the serial console',
      'button: { gpio: 15 }',
      ['5:19 panel.button.gpio | gpio 15 is the serial console and chatters at boot; take another of 2 to 27; found 15'],
    ],
    [
      'a button that a touch would hold, and that is stuck before it is held',
      'button: { gpio: 23, holdSeconds: 0.2, stuckSeconds: 5 }',
      ['5:36 panel.button.holdSeconds | expected at least 1, found 0.2', '5:55 panel.button.stuckSeconds | expected at least 15, found 5'],
    ],
  ])('refuses %s, with its place', (_, lines, expected) => {
    expect(told(lines)).toEqual(expected);
  });
});
