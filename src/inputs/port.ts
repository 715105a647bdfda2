// What a contact that is read must do: mains there or not, the two sides of a transfer switch. One family a file.
import type { z } from 'zod';
import type { InputId } from '../model/id.ts';
import type { Outcome } from '../model/outcome.ts';

export interface ContactInput {
  /** Settles before `signal` aborts or at once after; never rejects. A level counts once it has stood for 200 ms. */
  read(signal: AbortSignal): Promise<Outcome<'closed' | 'open'>>;
  /** `tell` is called whenever a look would show something new. */
  readonly onNews?: (tell: () => void) => void;
  close(): Promise<void>;
}

export interface InputKit {
  readonly input: InputId;
  /** monotonic ms */
  readonly nowMs: () => number;
}

export interface InputDriverSpec<O> {
  readonly name: string;
  readonly maturity: 'simulated' | 'bench' | 'field';
  /** one sentence for the reference page */
  readonly about: string;
  readonly options: z.ZodType<O>;
  readonly open: (options: O, kit: InputKit) => ContactInput;
}

/** Takes options as they stand in the file. */
export type InputDriverKind = InputDriverSpec<unknown>;

/** Closes over the option type, so that the registry's list needs no `any`. */
export function inputDriverKind<O>(spec: InputDriverSpec<O>): InputDriverKind {
  return { ...spec, open: (raw, kit) => spec.open(spec.options.parse(raw), kit) };
}
