// What a scan hears of a machine: answers to its questions, of which a machine may send any bytes to any.
import { type Identity, identify, QUESTIONS, type QuestionName } from '../../../src/scan/identify.ts';
import { isWholeGlance } from '../../../src/wire/http-glance.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, partsOf, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"VERSION":[{', '"LUXminer":"1"', '"BMMiner":"1"', '"Type":"Antminer S9"', '"PROD":"Avalon"', '"Description":"bdminer"', '"Msg":{'],
    ...[
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 401 X\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Content-Length: 9\r\n',
      '\r\n\r\n',
      'ffffffff\r\n',
      '0\r\n\r\n',
    ],
    ...[
      '"fw_ver":1',
      '"mac":"00:00:00:00:00:00"',
      '"ASICModel":',
      '"power":-1',
      '"power":1e9',
      '"__proto__":{}',
      '\n----\n',
      '}{',
      '\0',
      'null',
    ],
  ],
  cutAt: ',',
  // What the transport lets through.
  most: 65_536,
};

interface Seen {
  readonly identity: Identity | undefined;
  readonly whole: readonly boolean[];
}

const isQuestion = (text: string): text is QuestionName => QUESTIONS.some((one) => one === text);

export const scanAnswer = fuzzParser<Seen>({
  name: 'scan-answer',
  about: 'what a machine on the network says to a scan',
  allocates: ofJson,
  make: (chance, corpus) => mutated(chance, corpus, GRAIN),
  read: (input) => {
    const parts = partsOf(input);
    const answers = new Map<QuestionName, Uint8Array>();
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const [name, bytes] = [textOf(parts[at] ?? new Uint8Array()), parts[at + 1]];
      if (isQuestion(name) && bytes !== undefined) answers.set(name, bytes);
    }
    return { identity: identify(answers), whole: [...answers.values()].map(isWholeGlance) };
  },
  judge: (_input, { identity }) => {
    if (identity === undefined) return;
    for (const text of [identity.model, identity.firmware]) if (text !== undefined) mustBeShowable(text, 120, 'what it calls itself');
    must(identity.mac === undefined || /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(identity.mac), `no MAC: ${identity.mac}`);
    must(identity.watts === undefined || (identity.watts > 0 && identity.watts <= 20_000), `${identity.watts} W`);
  },
});
