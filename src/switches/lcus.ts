// LCUS boards (USB, CH340): they take orders and tell nothing, so each is given twice and what it did is assumed.
import { z } from 'zod';
import { failed, type Outcome } from '../model/outcome.ts';
import { lcusOrder } from '../wire/lcus.ts';
import { type Board, boardOf, type Switch, type SwitchKit, switchDriverKind } from './port.ts';
import {
  AGAIN_AFTER_MS,
  type Contact,
  channelNames,
  coilFor,
  deviceOption,
  otherAdapter,
  ownSupplyOption,
  passed,
} from './serial/board.ts';

export const lcusOptions = z.strictObject({
  device: deviceOption,
  channels: z.literal([1, 2, 4, 8]).default(1).describe('relays on the board'),
  ownSupply: ownSupplyOption(false),
});

/** 9600 8N1 on every such board; its adapter has no other. */
const LINE = { baudRate: 9_600, parity: 'none' } as const;

export const lcus = switchDriverKind({
  name: 'lcus',
  maturity: 'simulated',
  about: 'A board LCUS-1, -2, -4 or -8 (USB relay, CH340). It cannot be read: that it moved is seen on its rigs alone.',
  options: lcusOptions,
  bareAmperes: 8,
  channels: ({ channels }) => channelNames(channels),
  hasOwnSupply: ({ ownSupply }) => ownSupply,
  canRead: () => false,
  way: ({ device }) => ({ device }),
  wiring: ({ device }, channel) => `${device} ${channel}`,
  cautions: ({ device }) => otherAdapter(device, { chip: 'CH340 (usb-1a86_…)', paths: /^usb-(1a86|QinHeng)/i }),
  open: openLcus,
});

function openLcus({ device, channels }: z.infer<typeof lcusOptions>, kit: SwitchKit): Board {
  const line = kit.serial.claim(device, LINE);
  const contacts = channelNames(channels).map((name): [string, Switch] => {
    /** counts what was asked of it: the repetition of an older order is not sent after a newer one */
    let asked = 0;
    const send = (want: Contact, turn: number, signal: AbortSignal): Promise<Outcome> =>
      line.run({
        signal,
        urgent: true,
        first: want === 'cut',
        work: async (wire, own) =>
          turn === asked
            ? wire.send(lcusOrder(Number(name), coilFor(want, kit.atRest)), own)
            : failed('not-asked', `${kit.board}:${name} was told otherwise meanwhile`),
      });
    const contact: Switch = {
      set: async (want, signal) => {
        asked += 1;
        const turn = asked;
        const sent = await send(want, turn, signal);
        if (!sent.ok) return sent;
        await passed(AGAIN_AFTER_MS, signal);
        if (signal.aborted) return failed('timeout', `${kit.board}:${name} was told once, and there was no time to repeat it`);
        return send(want, turn, signal);
      },
      probe: (signal) => line.ready(signal),
      onNews: (tell) => line.onNews(tell),
    };
    return [name, contact];
  });
  return boardOf(kit.board, new Map(contacts), () => line.close());
}
