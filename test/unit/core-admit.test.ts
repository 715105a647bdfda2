// What a person is told when he wants a rig up on battery, and of a press of the button.
import { describe, expect, it } from '@jest/globals';
import { admitCommand } from '../../src/core/admit.ts';
import type { Command } from '../../src/model/command.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const up: Command = { kind: 'hold', as: 'up', rigs: ['a'] };

function refusal(desk: Desk, command: Command = up): string | undefined {
  const answer = admitCommand(desk.scene(), command);
  return answer.ok ? undefined : answer.refused;
}

describe('who wants a rig up on battery is told', () => {
  const released = (by: 'person' | 'lastwatt'): Desk => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)], armed: by === 'lastwatt' })).pass(40);
    if (by === 'person') desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk
      .pass(60)
      .set('rack', { words: 'OB', charge: by === 'lastwatt' ? 20 : 90 })
      .pass(120);
    if (by === 'person') desk.say({ kind: 'release', rigs: ['a'] });
    return desk.pass(2);
  };

  it('that it comes back by itself where lastwatt took it down', () => {
    expect(refusal(released('lastwatt'))).toMatch(/; it comes back by itself on mains$/);
  });

  it('that it comes back by itself where a person took it down and let it go, though lastwatt is disarmed; and so it does', () => {
    const desk = released('person');
    expect(refusal(desk)).toMatch(/; it comes back by itself on mains$/);
    expect(desk.set('rack', { words: 'OL' }).pass(300).rig('a')?.phase).toBe('hashing');
  });

  it('to say it again where lastwatt took it down and is disarmed since; it does not come back', () => {
    const desk = released('lastwatt');
    desk.say({ kind: 'disarm', yes: true });
    expect(refusal(desk)).toMatch(/; say it again on mains$/);
    expect(desk.set('rack', { words: 'OL' }).pass(300).rig('a')?.phase).toBe('dark');
  });

  it('which UPS tells of the outage, where the rig hangs on mains alone', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8, { fedBy: ['mains'] }), rig('b', 6)] })).pass(40);
    desk.set('rack', { words: 'OB' }).world('a', { fed: false }).pass(60);
    expect(refusal(desk)).toMatch(/^a is not started on battery \(rack, \d+ min left\); /);
  });

  it('no minutes of a battery of which nothing is known', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).set('rack', { charge: undefined, runtime: 'none' }).pass(40);
    expect(refusal(desk.set('rack', { words: 'OB' }).pass(120))).toMatch(/^a is not started on battery \(rack\); /);
  });
});

describe('a short press of the button', () => {
  it('is let in without a word, is journaled with who pressed, and moves nothing', () => {
    const desk = new Desk(siteOf()).pass(40);
    const command: Command = { kind: 'acknowledge' };
    expect(admitCommand(desk.scene(), command)).toEqual({ ok: true, say: [] });
    const { rigs, supplies, switches } = desk.state.memory;
    const pressed = desk.tick({ kind: 'command', command, from: 'button', actor: 'yard' });
    expect([pressed.events, pressed.due]).toEqual([[{ event: 'command', command, from: 'button', actor: 'yard' }], []]);
    expect(desk.state.memory).toMatchObject({ rigs, supplies, switches });
  });
});
