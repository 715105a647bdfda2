// A yard with a generator behind a transfer switch, on the desk: its contact is heard every second.
import type { Input } from '../../src/model/input.ts';
import { failed, ok } from '../../src/model/outcome.ts';
import type { SiteGenerator } from '../../src/model/site.ts';
import { Desk, rig, siteOf } from './core-desk.ts';

export const DIESEL: SiteGenerator = { id: 'diesel', behind: ['rack'], carriesWhen: 'ats', watts: 2500 };
export const RIGS = [rig('a', 8), rig('b', 6), rig('c', 4), rig('d', 2)];

/** The contact is heard every second while the time passes. */
export class Yard {
  readonly desk: Desk;
  ats: 'closed' | 'open' | 'silent' = 'open';
  readonly #input: string;

  constructor(generator: Partial<SiteGenerator> = {}, wish: Parameters<typeof siteOf>[0] = {}, others: readonly SiteGenerator[] = []) {
    this.desk = new Desk({ ...siteOf({ rigs: RIGS, ...wish }), generators: [{ ...DIESEL, ...generator }, ...others] });
    this.#input = generator.carriesWhen ?? 'ats';
    this.pass(130);
  }

  pass(seconds: number): this {
    for (let second = 0; second < seconds; second += 1) {
      const outcome = this.ats === 'silent' ? failed('timeout', 'ats did not answer') : ok(this.ats);
      this.desk.tick({ kind: 'input', input: this.#input, atMs: this.desk.nowMs, outcome } satisfies Input);
      this.desk.pass(1);
    }
    return this;
  }

  battery(charge = 90): this {
    this.desk.set('rack', { words: 'OB DISCHRG', charge });
    return this;
  }

  online(): this {
    this.desk.set('rack', { words: 'OL CHRG', charge: 90 });
    return this;
  }

  /** Low battery takes all down, then the generator carries. */
  carriedAfterAll(): this {
    this.desk.set('rack', { words: 'OB LB', charge: 20 });
    this.pass(60);
    this.ats = 'closed';
    this.desk.set('rack', { words: 'OL CHRG', charge: 80 });
    return this.pass(1);
  }

  hashing(): string[] {
    return [...this.desk.rigs].flatMap(([id, { hashing }]) => (hashing ? [id] : []));
  }

  line(): string | undefined {
    return this.desk.state.supplies.get('rack')?.line;
  }

  why(id: string): string | undefined {
    return this.desk.named('step-due').findLast(({ step }) => 'rig' in step && step.rig === id)?.because.rule;
  }
}
