// Numato USB relay boards (CDC-ACM): commands in ASCII, given back, and a prompt. An order counts when the board shows it.
import { z } from 'zod';
import { DONE, failed, type Outcome } from '../model/outcome.ts';
import { NUMATO_ASK_ALL, NUMATO_MOST, numatoAnswer, numatoBytes, numatoCoils, numatoOrder } from '../wire/numato.ts';
import { type Board, type SwitchKit, switchDriverKind } from './port.ts';
import { asked, channelNames, deviceOption, ownSupplyOption, readBackBoard, type Turn } from './serial/board.ts';

export const numatoOptions = z.strictObject({
  device: deviceOption,
  channels: z
    .int()
    .min(1)
    .max(NUMATO_MOST, `a board with more than ${NUMATO_MOST} relays numbers them in another way, which is not known here`)
    .describe('relays on the board; they are called as printed on it, from 0 on'),
  ownSupply: ownSupplyOption(false),
});

type Options = z.infer<typeof numatoOptions>;

/** USB all the way to its processor: any figure will do. */
const LINE = { baudRate: 19_200, parity: 'none' } as const;
const ANSWER_MS = 300;

export const numato = switchDriverKind({
  name: 'numato',
  maturity: 'simulated',
  about: 'A USB relay board of Numato with up to 32 relays; its channels are 0, 1 … as printed on it.',
  options: numatoOptions,
  bareAmperes: 8,
  channels: ({ channels }) => channelNames(channels, 0),
  hasOwnSupply: ({ ownSupply }) => ownSupply,
  canRead: () => true,
  way: ({ device }) => ({ device }),
  wiring: ({ device }, channel) => `${device} ${channel}`,
  open: openNumato,
});

function openNumato({ device, channels }: Options, kit: SwitchKit): Board {
  const who = `${kit.board} on ${device}`;
  const say = (command: string, own: Turn): Promise<Outcome<string>> =>
    asked(own, { bytes: numatoBytes(command), read: (bytes) => numatoAnswer(bytes, command), withinMs: ANSWER_MS, who });
  return readBackBoard({
    kit,
    line: kit.serial.claim(device, LINE),
    names: channelNames(channels, 0),
    tell: async (place, coil, own) => {
      const answer = await say(numatoOrder(place, coil), own);
      if (!answer.ok) return answer;
      return answer.value === '' ? DONE : failed('refused', `${who} says ${JSON.stringify(answer.value.slice(0, 40))} to an order`);
    },
    look: async (own) => {
      const answer = await say(NUMATO_ASK_ALL, own);
      if (!answer.ok) return answer;
      const coils = numatoCoils(answer.value, channels);
      return coils.ok ? coils : failed('garbled', `${who} ${coils.fault.detail}`);
    },
  });
}
