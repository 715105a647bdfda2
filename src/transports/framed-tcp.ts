// One question, one answer, each in a frame behind its length. The other end keeps the connection open after its answer, so the
// length alone says where that ends.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { FRAME_LIMIT, frameIn, frameOf } from '../wire/whatsminer-v3.ts';
import { askOnce, type Hearing, type Manner, type TcpQuestion } from './tcp.ts';

/** `payload`: a text, without its frame. */
export type FramedQuestion = Omit<TcpQuestion, 'payload' | 'answerMs'> & { readonly payload: string };

/** Signs of life before an answer are passed over, but not for ever. */
const HEARD_LIMIT = FRAME_LIMIT + 64 * 1024;

const FRAMED: Manner = { whyRefused: 'still starting, or its firmware has no such API', hearing: (where) => new Framed(where) };

/** What is in the frame of the answer; else as `askOnce`. */
export function askFramed(question: FramedQuestion): Promise<Outcome<Uint8Array>> {
  return askOnce({ ...question, payload: frameOf(question.payload) }, FRAMED);
}

class Framed implements Hearing {
  readonly #where: string;
  #bytes = Buffer.alloc(0);

  constructor(where: string) {
    this.#where = where;
  }

  take(chunk: Buffer): Outcome<Uint8Array> | undefined {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const frame = frameIn(this.#bytes);
    if (typeof frame === 'object') return ok(frame.body);
    if (frame === 'more' && this.#bytes.length <= HEARD_LIMIT) return undefined;
    return failed('garbled', `${this.#where} sent no frame of at most ${FRAME_LIMIT} bytes: is this really the API 3 of a Whatsminer?`);
  }

  end(): Outcome<Uint8Array> {
    if (this.#bytes.length > 0) return failed('garbled', `${this.#where} closed in the middle of its answer`);
    return failed('refused', `${this.#where} closed without an answer: it takes ten connections at a time`, 'later');
  }
}
