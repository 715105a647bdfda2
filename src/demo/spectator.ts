// Watches the service through its own socket, as any person with `lastwatt status` would, and tells its journal as a story.
import type { ControlClient } from '../control/client.ts';
import type { PlanView, StatusView } from '../model/view.ts';
import { narrate, type Sentence, type WattsAtCut } from './narration.ts';

export interface SpectatorOptions {
  readonly client: ControlClient;
  readonly wattsAtCut: WattsAtCut;
  /** `atMs`: monotonic, when the service wrote it down */
  readonly tell: (sentence: Sentence, atMs: number) => void;
}

/** Records asked for at once; the rest comes with the next look. */
const RECORDS = 200;

export class Spectator {
  readonly #options: SpectatorOptions;
  #after = 0;
  #answers = false;
  #status: StatusView | undefined;
  #plan: PlanView | undefined;
  #why: readonly string[] = [];

  constructor(options: SpectatorOptions) {
    this.#options = options;
  }

  /** Whether the last look was answered. */
  get answers(): boolean {
    return this.#answers;
  }

  /** As last said; a service that is gone does not take it back. */
  get status(): StatusView | undefined {
    return this.#status;
  }

  get plan(): PlanView | undefined {
    return this.#plan;
  }

  get why(): readonly string[] {
    return this.#why;
  }

  /** The service will be another one: what was said so far no longer counts as an answer. */
  forget(): void {
    this.#answers = false;
  }

  /** One look; never rejects. */
  async look(): Promise<void> {
    const { client } = this.#options;
    const [status, plan, why, journal] = await Promise.all([
      client.status(),
      client.plan(),
      client.why(),
      client.journal({ after: this.#after, limit: RECORDS }),
    ]);
    this.#answers = status.ok;
    if (status.ok) this.#status = status.value;
    if (plan.ok) this.#plan = plan.value;
    if (why.ok) this.#why = why.value.say;
    for (const record of journal.ok ? journal.value.records : []) {
      this.#after = Math.max(this.#after, record.seq);
      const sentence = narrate(record, this.#options.wattsAtCut);
      if (sentence !== undefined) this.#options.tell(sentence, record.monoMs);
    }
  }
}
