// Every event of the journal as a sentence, and lines that another version or a bad card wrote.
import { describe, expect, it } from '@jest/globals';
import { isAbout, renderRecord } from '../../src/cli/journal-text.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { Event } from '../../src/model/event.ts';

const LOOK = { colour: false, timeZone: 'UTC' };

function line({ event, ...fields }: Event | { readonly event: string; readonly [field: string]: unknown }): JournalRecord {
  return { v: 1, seq: 7, at: '2026-11-03T09:12:00Z', monoMs: 1, crc: 'abc', event, ...fields };
}

const pause = { kind: 'pause', rig: 's19-1' } as const;
const cut = { kind: 'cut', switch: 'box:1', rigs: ['s19-1', 's19-2'] } as const;
const because = { rule: 'runtime-below-threshold', facts: { runtimeSeconds: 290 } };

describe('a journal line', () => {
  const told: readonly (readonly [Event, string])[] = [
    [{ event: 'line', ups: 'rack', from: 'unknown', to: 'mains' }, 'rack: line unknown, now mains'],
    [{ event: 'started', bootId: 'b', version: '0.1.0', armed: false, pid: 42 }, 'lastwattd 0.1.0 started, DISARMED (pid 42)'],
    [{ event: 'stopped', signal: 'SIGTERM' }, 'lastwattd ended on SIGTERM'],
    [{ event: 'armed', from: 'cli' }, 'armed by cli: it acts'],
    [{ event: 'disarmed', from: 'button' }, 'DISARMED by button: it decides and moves nothing'],
    [
      { event: 'outage-began', ups: 'rack', up: ['a', 'b'] },
      'OUTAGE: rack is on battery; 2 rigs on mains alone, which ran, go dark with them',
    ],
    [{ event: 'outage-stands', ups: 'rack', seconds: 5, runtimeSeconds: 590 }, 'rack has been on battery for 5 s; battery for 9 min 50 s'],
    [{ event: 'outage-began', ups: 'rack', up: [], silent: true }, 'OUTAGE: rack is silent, and taken to be on battery'],
    [
      { event: 'outage-stands', ups: 'rack', seconds: 5, runtimeSeconds: 590, silent: true },
      'rack is silent, and has been taken to be on battery for 5 s; battery for 9 min 50 s',
    ],
    [{ event: 'outage-ended', ups: 'rack', seconds: 3, blip: true }, 'mains is back at rack after 3 s: a blip'],
    [{ event: 'outage-ended', ups: 'rack', seconds: null, blip: false }, 'mains is back at rack while the service was not running'],
    [{ event: 'level', ups: 'rack', from: 'normal', to: 'shedding' }, 'rack: normal, now shedding'],
    [{ event: 'step-due', step: pause, because }, 'pause s19-1 because runtime-below-threshold (runtime 4 min 50 s)'],
    [
      { event: 'step-due', step: cut, because: { rule: 'paused', facts: {} }, stamp: 'proved' },
      'cut box:1 (s19-1, s19-2) because paused [proved]',
    ],
    [{ event: 'fault-cleared', code: 'board-lost', board: 'box' }, 'fault board-lost of box is over'],
    [
      { event: 'step-due', step: cut, because: { rule: 'paused', facts: {} }, dryRun: true },
      'DISARMED, would cut box:1 (s19-1, s19-2) because paused',
    ],
    [{ event: 'step-settled', step: pause, ok: true, tookMs: 1234 }, 'pause s19-1: done in 1.2 s'],
    [
      { event: 'step-settled', step: pause, ok: true, tookMs: 1234, unsynced: true },
      'pause s19-1: done in 1.2 s [before the journal was safe]',
    ],
    [
      { event: 'step-settled', step: cut, ok: false, fault: { code: 'timeout', retry: 'soon', detail: 'no answer' }, tookMs: 3000 },
      'cut box:1 (s19-1, s19-2): FAILED after 3.0 s: timeout, no answer',
    ],
    [{ event: 'phase', rig: 's19-1', from: 'pausing', to: 'paused', proof: 'watts' }, 's19-1: pausing, now paused (shown by watts)'],
    [{ event: 'phase', rig: 's19-1', from: 'hashing', to: 'unknown' }, 's19-1: hashing, now unknown'],
    [
      { event: 'returned', rig: 's19-1', tookMs: 123_000, proof: 'hash-rate' },
      's19-1 is hashing again after 2 min 3 s (shown by hash-rate)',
    ],
    [{ event: 'was-up', rig: 's19-1' }, 's19-1 answered for the first time, hashing: it was up before it was asked to stop'],
    [{ event: 'returned', rig: 's19-1', tookMs: null, proof: 'released' }, 's19-1 was released: nothing is owed to it'],
    [
      { event: 'command', command: { kind: 'hold', as: 'down', rigs: ['s19-1', 's19-2'], forSeconds: 7200, now: true }, from: 'cli' },
      'asked by cli: down s19-1, s19-2 for 2 h now, without grace',
    ],
    [{ event: 'command', command: { kind: 'release', rigs: 'all' }, from: 'button' }, 'asked by button: release every rig'],
    [{ event: 'command', command: { kind: 'drill', rig: 's19-1', cut: true }, from: 'cli' }, 'asked by cli: drill s19-1 with its switches'],
    [{ event: 'command', command: { kind: 'arm' }, from: 'cli' }, 'asked by cli: arm'],
    [{ event: 'ups-known', ups: 'rack', is: { model: 'Smart 1500', serial: '3S99' } }, 'rack is Smart 1500, serial 3S99'],
    [{ event: 'ups-known', ups: 'rack', is: {} }, 'rack is of a model that it does not tell, serial not told'],
    [{ event: 'hold-ended', rig: 's19-1', as: 'up' }, 's19-1: the hold up is over'],
    [{ event: 'blind', ups: 'rack', silentSeconds: 31, last: 'mains' }, 'rack has not been heard for 31 s; its last word: mains'],
    [
      { event: 'blind', ups: 'rack', silentSeconds: 31, last: 'mains', why: 'its certificate ran out' },
      'rack has not been heard for 31 s; its last word: mains (its certificate ran out)',
    ],
    [{ event: 'heard', ups: 'rack', silentSeconds: 95 }, 'rack is heard again after 1 min 35 s'],
    [{ event: 'believed', ups: 'rack', depth: 0.42, from: 'charge', capacityWh: null }, 'rack: battery believed 42 % used (by charge)'],
    [{ event: 'fault', code: 'will-not-wake', rig: 's19-1', say: 'fed, 0 TH/s' }, 'fault will-not-wake of s19-1: fed, 0 TH/s'],
    [{ event: 'fault', code: 'journal-slow', say: 'sync took 2 s' }, 'fault journal-slow: sync took 2 s'],
    [{ event: 'fault-cleared', code: 'stuck', switch: 'box:1' }, 'fault stuck of box:1 is over'],
    [
      { event: 'drilled', rig: 's19-1', ok: false, pauseMs: null, backMs: null, say: 'still drawing' },
      'drill of s19-1 FAILED: still drawing',
    ],
    [{ event: 'noted', say: 'reloaded' }, 'reloaded'],
    [
      {
        event: 'started',
        bootId: 'b',
        version: '0.1.0',
        armed: true,
        pid: 42,
        orphaned: [{ switch: 'k2', wiring: 'gpio 17', rigs: ['s19-1'] }],
      },
      'lastwattd 0.1.0 started, armed (pid 42); switch k2 (gpio 17) was cut with s19-1 behind it, and the file has that contact no more',
    ],
    [
      { event: 'rewired', rewired: ['k2'], regained: [{ switch: 'box:1' }] },
      'switch k2 is another contact than before; switch box:1 is in the file again',
    ],
    [{ event: 'found-fed', switch: 'k2' }, 'switch k2 is fed, though no step of ours is known to have closed it'],
    [{ event: 'forgotten', switch: 'k2' }, 'switch k2 as it was cut was released: it is forgotten, and not moved'],
  ];
  it.each(told)('is a sentence: %j', (event, sentence) => {
    expect(renderRecord(line(event), LOOK)).toBe(`2026-11-03 09:12:00  ${sentence}`);
  });

  it('says so while the clock was not set', () => {
    expect(renderRecord({ ...line({ event: 'noted', say: 'x' }), clock: 'unset' }, LOOK)).toBe('2026-11-03 09:12:00 (clock not set)  x');
  });

  it('shows what another version wrote, and survives fields of any shape', () => {
    expect(renderRecord(line({ event: 'generator-hunts', hertz: 47 }), LOOK)).toMatch(/ {2}generator-hunts \{"hertz":47\}$/);
    for (const event of [
      'started',
      'rewired',
      'forgotten',
      'step-due',
      'step-settled',
      'command',
      'drilled',
      'believed',
      'ups-known',
      'outage-began',
      'outage-stands',
      'fault',
      '__proto__',
      'constructor',
    ]) {
      for (const junk of [null, 5, 'x', [], {}, [null], { kind: {} }]) {
        const record = line({
          event,
          step: junk,
          because: junk,
          command: junk,
          rig: junk,
          up: junk,
          fault: junk,
          is: junk,
          depth: junk,
          say: junk,
          version: junk,
          orphaned: junk,
          rewired: junk,
          regained: junk,
          switch: junk,
        });
        expect(renderRecord(record, LOOK)).toMatch(/^2026-11-03 09:12:00 {2}/);
      }
    }
  });

  it('is one line, of bounded length, whatever a device said', () => {
    const text = renderRecord(line({ event: 'fault', code: 'x', say: `\u001b[2J\n${'y'.repeat(5000)}` }), LOOK);
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text.length).toBeLessThan(300);
  });

  it('is about a rig through its step or its switch too', () => {
    expect(isAbout(line({ event: 'phase', rig: 's19-1', from: 'dark', to: 'waking' }), 's19-1')).toBe(true);
    expect(isAbout(line({ event: 'step-due', step: cut, because }), 's19-2')).toBe(true);
    expect(isAbout(line({ event: 'step-due', step: pause, because }), 's19-2')).toBe(false);
    expect(isAbout(line({ event: 'noted', say: 's19-1' }), 's19-1')).toBe(false);
  });
});
