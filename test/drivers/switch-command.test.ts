// The command switch driver: what programs of the owner's may do to us.
import { describe, expect, it } from '@jest/globals';
import { command, commandOptions } from '../../src/switches/command.ts';
import type { Switch } from '../../src/switches/port.ts';
import { switchKit } from '../support/switch-kit.ts';

const soon = (): AbortSignal => AbortSignal.timeout(5000);

function contact(options: { cut?: string[]; feed?: string[]; read?: string[] }): Switch {
  return command.open({ cut: ['true'], feed: ['true'], ...options }, switchKit({ board: 'k2' })).channel('');
}

describe('a switch behind programs', () => {
  it('cannot be read where no program reads it', () => {
    expect(contact({}).read).toBeUndefined();
    expect(command.canRead({ cut: ['true'], feed: ['true'] })).toBe(false);
    expect(command.canRead({ cut: ['true'], feed: ['true'], read: ['true'] })).toBe(true);
  });

  it('hands words on as they are, for there is no shell', async () => {
    expect(await contact({ read: ['printf', '%s', '$(echo cut)'] }).read?.(soon())).toMatchObject({
      ok: false,
      fault: { code: 'garbled', detail: expect.stringContaining('$(echo cut)') },
    });
  });

  it('names a program that is not there', async () => {
    expect(await contact({ cut: ['/nonexistent/k2'] }).set('cut', soon())).toMatchObject({
      ok: false,
      fault: { code: 'unreachable', detail: expect.stringContaining('/nonexistent/k2') },
    });
  });

  it('does not drown in a program that never stops printing', async () => {
    expect(await contact({ read: ['yes'] }).read?.(soon())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });

  it.each([
    [{ cut: [], feed: ['true'] }],
    [{ cut: 'k2 cut', feed: ['true'] }],
    [{ cut: [''], feed: ['true'] }],
    [{ cut: ['k2', 'a\0b'], feed: ['true'] }],
    [{ cut: ['true'] }],
    [{ cut: ['true'], feed: ['true'], gpio: 3 }],
  ])('is refused with options %j', (options) => {
    expect(commandOptions.safeParse(options).success).toBe(false);
  });
});
