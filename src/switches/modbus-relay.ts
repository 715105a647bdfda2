// Modbus RTU relay boards of the Waveshare kind: several may share one RS485 bus. An order counts when the board has given it back
// and shows it when it is read: on a bus whose adapter echoes, our own bytes look like its answer.
import { z } from 'zod';
import { type Outcome, ok } from '../model/outcome.ts';
import { type Ask, modbusTiming, onModbus } from '../transports/modbus-master.ts';
import { orAborted } from '../transports/or-aborted.ts';
import { coilIn, readCoils, writeCoil } from '../wire/modbus.ts';
import { type Board, boardOf, type Switch, type SwitchKit, switchDriverKind } from './port.ts';
import {
  type Contact,
  channelNames,
  coilFor,
  deviceOption,
  LOOK_MS,
  meaningOf,
  oneOf,
  ownSupplyOption,
  sharedLook,
  shows,
  tooLate,
} from './serial/board.ts';

/** Coils that one board has at most. */
const MOST_CHANNELS = 32;

export const modbusRelayOptions = z.strictObject({
  device: deviceOption,
  unit: z
    .int()
    .min(1, 'a unit is 1 to 247; 0 would speak to every board at once')
    .max(255)
    .refine((unit) => unit <= 247 || unit === 255, 'a unit is 1 to 247; LC-tech boards have 255')
    .default(1)
    .describe('its address on the bus, 1 to 247; LC-tech boards have 255'),
  channels: z.int().min(1).max(MOST_CHANNELS).default(8).describe('relays on the board'),
  baudRate: z
    .literal([1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200])
    .default(9_600)
    .describe('bits a second, the same for all on a bus'),
  ownSupply: ownSupplyOption(true),
  parity: z.literal(['none', 'even', 'odd']).default('none').describe('the same for all on a bus'),
});

type Options = z.infer<typeof modbusRelayOptions>;

const LETTERS = { none: 'N', even: 'E', odd: 'O' } as const;

export const modbusRelay = switchDriverKind({
  name: 'modbus-relay',
  maturity: 'simulated',
  about: 'A Modbus RTU relay board of the Waveshare kind on RS485; several may share a bus, each with its unit.',
  options: modbusRelayOptions,
  bareAmperes: 8,
  channels: ({ channels }) => channelNames(channels),
  hasOwnSupply: ({ ownSupply }) => ownSupply,
  canRead: () => true,
  way: ({ device, baudRate, parity }) => ({ device, bus: `${baudRate} 8${LETTERS[parity]}1` }),
  wiring: ({ device, unit }, channel) => `${device} unit ${unit} ${channel}`,
  open: openModbusRelay,
});

function openModbusRelay({ device, unit, channels, baudRate, parity }: Options, kit: SwitchKit): Board {
  const line = kit.serial.claim(device, { baudRate, parity });
  const timing = modbusTiming(baudRate);
  const names = channelNames(channels);

  const look = async (ask: Ask): Promise<Outcome<readonly Contact[]>> => {
    const heard = await ask(readCoils(unit, { start: 0, count: channels }));
    return heard.ok ? ok(names.map((_, place) => meaningOf(coilIn(heard.value, place), kit.atRest))) : heard;
  };

  const lookAtAll = sharedLook((begun) =>
    onModbus(line, timing, {
      signal: AbortSignal.timeout(LOOK_MS),
      urgent: false,
      work: (ask) => {
        begun();
        return look(ask);
      },
    }),
  );

  const contactAt = (place: number): Switch => {
    const who = `${kit.board}:${place + 1}`;
    const told = async (ask: Ask, want: Contact): Promise<Outcome> => {
      const given = await ask(writeCoil(unit, { coil: place, on: coilFor(want, kit.atRest) }));
      return given.ok ? shows(oneOf(await look(ask), place, who), want, who) : given;
    };
    return {
      set: (want, signal) =>
        onModbus(line, timing, {
          signal,
          urgent: true,
          first: want === 'cut',
          work: async (ask) => {
            const once = await told(ask, want);
            // Noise is likeliest in the moment in which contactors move; an order repeated does no harm.
            return once.ok || once.fault.code !== 'garbled' ? once : told(ask, want);
          },
        }),
      read: async (signal) => oneOf(await orAborted(lookAtAll(), signal, tooLate(who)), place, who),
      onNews: (tell) => line.onNews(tell),
    };
  };
  return boardOf(kit.board, new Map(names.map((name, place) => [name, contactAt(place)])), () => line.close());
}
