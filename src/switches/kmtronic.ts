// KMTronic USB relay boards. They answer no order and can be read: what an order did is looked at.
import { z } from 'zod';
import { type Outcome, ok } from '../model/outcome.ts';
import { kmtronicAll, kmtronicAskAll, kmtronicAskOne, kmtronicOne, kmtronicOrder } from '../wire/kmtronic.ts';
import { type Board, type SwitchKit, switchDriverKind } from './port.ts';
import { asked, channelNames, deviceOption, ownSupplyOption, readBackBoard, type Turn } from './serial/board.ts';

export const kmtronicOptions = z.strictObject({
  device: deviceOption,
  channels: z.literal([1, 2, 4, 8]).describe('relays on the board; those with 1 and 2 are read in another way than those with 4 and 8'),
  ownSupply: ownSupplyOption(false),
});

type Options = z.infer<typeof kmtronicOptions>;

/** 9600 8N1 on every such board. */
const LINE = { baudRate: 9_600, parity: 'none' } as const;
/** From an order to the question what it did, so that the board has done with it: an assumption of ours. */
const SETTLE_MS = 20;
const ANSWER_MS = 300;

export const kmtronic = switchDriverKind({
  name: 'kmtronic',
  maturity: 'simulated',
  about: 'A USB relay board of KMTronic with 1, 2, 4 or 8 relays.',
  options: kmtronicOptions,
  bareAmperes: 8,
  channels: ({ channels }) => channelNames(channels),
  hasOwnSupply: ({ ownSupply }) => ownSupply,
  canRead: () => true,
  way: ({ device }) => ({ device }),
  wiring: ({ device }, channel) => `${device} ${channel}`,
  open: openKmtronic,
});

function openKmtronic({ device, channels }: Options, kit: SwitchKit): Board {
  const line = kit.serial.claim(device, LINE);
  const question = { withinMs: ANSWER_MS, who: `${kit.board} on ${device}`, anonymous: true };
  const lookOneByOne = async (own: Turn): Promise<Outcome<readonly boolean[]>> => {
    const coils: boolean[] = [];
    for (let channel = 1; channel <= channels; channel += 1) {
      const read = (bytes: Uint8Array): Outcome<boolean> | undefined => kmtronicOne(bytes, channel);
      const coil = await asked(own, { ...question, bytes: kmtronicAskOne(channel), read });
      if (!coil.ok) return coil;
      coils.push(coil.value);
    }
    return ok(coils);
  };
  const lookAtAll = (own: Turn): Promise<Outcome<readonly boolean[]>> =>
    asked(own, { ...question, bytes: kmtronicAskAll(), read: (bytes) => kmtronicAll(bytes, channels) });
  return readBackBoard({
    kit,
    line,
    names: channelNames(channels),
    tell: async (place, coil, { wire, signal }) => {
      const sent = await wire.send(kmtronicOrder(place + 1, coil), signal);
      if (sent.ok) await wire.rest(SETTLE_MS, signal);
      return sent;
    },
    look: channels <= 2 ? lookOneByOne : lookAtAll,
  });
}
