// What every switch must do, whatever is behind it. A driver's own file of tests gives a stage with the real driver on it.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Board, Switch } from '../../src/switches/port.ts';

export interface SwitchStage {
  readonly board: Board;
  /** the channel that is tried */
  readonly channel: string;
  /** what a rig behind the contact would find */
  truth(): 'fed' | 'cut';
  /** how often the contact has moved */
  moves(): number;
  /** from now on the device says no */
  refuse(): void;
  /** from now on the device does not answer */
  stall(): void;
  /** from now on it answers rubbish when it is read; absent where it has no words */
  babble?(): void;
  strike(): Promise<void>;
}

const DEADLINE_MS = 5000;

/** Runs the same questions over any switch. */
export function describeSwitch(name: string, setUp: () => Promise<SwitchStage>, can: { babble: boolean }): void {
  describe(`the switch driver ${name}`, () => {
    let stage: SwitchStage;
    let contact: Switch;
    beforeEach(async () => {
      stage = await setUp();
      contact = stage.board.channel(stage.channel);
    });
    afterEach(() => stage.strike());
    const soon = (): AbortSignal => AbortSignal.timeout(DEADLINE_MS);

    it('moves nothing when it is opened, read, asked whether it could be moved, and closed', async () => {
      await contact.read?.(soon());
      await contact.maySet?.(soon());
      await stage.board.close();
      expect(stage.moves()).toBe(0);
    });

    it('cuts, feeds, and reads back what it did', async () => {
      for (const want of ['cut', 'fed', 'cut'] as const) {
        expect(await contact.set(want, soon())).toEqual({ ok: true, value: undefined });
        expect(stage.truth()).toBe(want);
        if (contact.read !== undefined) expect(await contact.read(soon())).toEqual({ ok: true, value: want });
      }
    });

    it('does no harm when it is asked twice', async () => {
      await contact.set('cut', soon());
      const moves = stage.moves();
      expect(await contact.set('cut', soon())).toEqual({ ok: true, value: undefined });
      expect(stage.truth()).toBe('cut');
      expect(stage.moves()).toBe(moves);
    });

    it('leaves a cut contact cut when it is closed', async () => {
      await contact.set('cut', soon());
      const moves = stage.moves();
      await stage.board.close();
      expect(stage.truth()).toBe('cut');
      expect(stage.moves()).toBe(moves);
    });

    it('moves nothing when there is no time left', async () => {
      expect(faultCode(await contact.set('cut', AbortSignal.abort()))).toBe('timeout');
      expect(stage.moves()).toBe(0);
    });

    it('says so, and does not throw, when the device refuses', async () => {
      stage.refuse();
      const outcome = await contact.set('cut', soon());
      expect(['refused', 'unauthorized', 'unsupported']).toContain(faultCode(outcome));
      expect(outcome.ok ? '' : outcome.fault.detail).toMatch(/^[^\n]{10,}$/);
    });

    it('gives up when its time is over, and does not move the contact afterwards', async () => {
      stage.stall();
      const startedAt = performance.now();
      expect(faultCode(await contact.set('cut', AbortSignal.timeout(60)))).toBe('timeout');
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect(stage.moves()).toBe(0);
    });

    if (can.babble) {
      it('calls rubbish rubbish', async () => {
        stage.babble?.();
        const outcome = await contact.read?.(soon());
        expect(outcome !== undefined && faultCode(outcome)).toBe('garbled');
      });
    }

    it('has only the channels that it was given', () => {
      expect(() => stage.board.channel('no-such')).toThrow('no-such');
    });
  });
}

function faultCode(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.fault.code;
}
