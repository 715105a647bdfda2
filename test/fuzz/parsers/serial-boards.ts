// What relay boards on a serial line say: Modbus RTU, KMTronic, Numato. Above all: no contact is read as fed or cut by bytes that do
// not say so, whole.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import { kmtronicAll, kmtronicOne } from '../../../src/wire/kmtronic.ts';
import { type ModbusAnswer, modbusCrc, modbusFrame, readCoils, writeCoil } from '../../../src/wire/modbus.ts';
import { NUMATO_ASK_ALL, numatoAnswer, numatoCoils } from '../../../src/wire/numato.ts';
import { latin1, mutated } from '../mutate.ts';
import { fuzzParser, MIB, must, mustBeShowable } from '../parser.ts';

/** More than a line keeps of what came in unasked. */
const MOST = 5_000;
const LOOK = readCoils(1, { start: 0, count: 8 });
const ORDER = writeCoil(1, { coil: 3, on: true });
const TOKENS = ['\x01\x01\x01', '\x01\x05', '\x01\x81\x02', '\x02\x01\x01', latin1(LOOK.frame), latin1(ORDER.frame)];

/** A third of the frames get a CRC that is right, so that they get past it. */
function frames(chance: Chance, corpus: readonly Uint8Array[]): Uint8Array {
  const bytes = mutated(chance, corpus, { tokens: TOKENS, cutAt: '\x01', most: MOST });
  return chance.happens(0.3) ? modbusFrame([...bytes.subarray(0, MOST - 2)]) : bytes;
}

interface Modbus {
  readonly look: ModbusAnswer | undefined;
  readonly order: ModbusAnswer | undefined;
  readonly echoed: ModbusAnswer | undefined;
  readonly instead: string | undefined;
}

export const modbusAnswer = fuzzParser<Modbus>({
  name: 'modbus-answer',
  about: 'an answer on a Modbus bus',
  allocates: () => MIB,
  make: frames,
  read: (input) => ({
    look: LOOK.answerIn(input, false),
    order: ORDER.answerIn(input, false),
    echoed: ORDER.answerIn(input, true),
    instead: LOOK.insteadOfAnswer(input),
  }),
  judge: (input, { look, order, echoed, instead }) => {
    const text = latin1(input);
    if (look?.kind === 'answer') {
      const said = Uint8Array.from([1, 1, 1, ...look.data]);
      const crc = modbusCrc(said);
      must(look.data.length === 1, `${look.data.length} bytes of state`);
      must(text.includes(latin1(Uint8Array.from([...said, crc & 0xff, crc >> 8]))), 'a state that nobody sent whole');
    }
    const times = text.split(latin1(ORDER.frame)).length - 1;
    if (order?.kind === 'answer') must(times >= 1, 'an order that was not given back');
    if (echoed?.kind === 'answer') must(times >= 2, 'our own bytes taken for the answer to them');
    for (const one of [look, order, echoed]) if (one?.kind === 'exception') mustBeShowable(one.name, 40, 'the refusal');
    must((instead === undefined) === (input.length === 0), 'bytes that came are told as silence, or the other way round');
    mustBeShowable(instead ?? '', 100, 'what came instead');
  },
});

interface Kmtronic {
  readonly one: Outcome<boolean> | undefined;
  readonly all: Outcome<readonly boolean[]> | undefined;
}

export const kmtronicState = fuzzParser<Kmtronic>({
  name: 'kmtronic-state',
  about: 'the state that a KMTronic board tells',
  allocates: () => MIB,
  make: (chance, corpus) => mutated(chance, corpus, { tokens: ['\0', '\x01', '\xff\x01\x01', '\xff\x02'], cutAt: '\xff', most: MOST }),
  read: (input) => ({ one: kmtronicOne(input, 2), all: kmtronicAll(input, 4) }),
  judge: (input, { one, all }) => {
    if (one?.ok) must(Buffer.from(input).equals(Uint8Array.of(0xff, 2, one.value ? 1 : 0)), 'a state that was not told of this relay');
    if (all?.ok) must(Buffer.from(input).equals(Uint8Array.from(all.value, (coil) => (coil ? 1 : 0))), 'a state that was not told');
    for (const outcome of [one, all]) if (outcome?.ok === false) mustBeShowable(outcome.fault.detail, 200, 'the fault');
  },
});

interface Numato {
  readonly answer: Outcome<string> | undefined;
  readonly coils: Outcome<readonly boolean[]> | undefined;
}

export const numatoReply = fuzzParser<Numato>({
  name: 'numato-answer',
  about: 'what a Numato board says',
  allocates: () => MIB,
  make: (chance, corpus) => mutated(chance, corpus, { tokens: [NUMATO_ASK_ALL, '\n\r', '>', '0f', 'ff'], cutAt: '\r', most: MOST }),
  read: (input) => {
    const answer = numatoAnswer(input, NUMATO_ASK_ALL);
    return { answer, coils: answer?.ok === true ? numatoCoils(answer.value, 8) : undefined };
  },
  judge: (input, { answer, coils }) => {
    const text = latin1(input);
    if (answer?.ok) must(text.includes(NUMATO_ASK_ALL) && text.trimEnd().endsWith('>'), 'an answer without our line or without a prompt');
    if (answer?.ok === false) mustBeShowable(answer.fault.detail, 400, 'the fault');
    if (coils?.ok === false) mustBeShowable(coils.fault.detail, 400, 'the fault');
    if (coils?.ok) must(coils.value.length === 8 && /[0-9a-f][\s>]*>\s*$/i.test(text), 'a state that was not told before the prompt');
  },
});
