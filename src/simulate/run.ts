// Lives through one named night: the real engine, journal and memory on the owner's site, in virtual time, watched by the
// camera and judged by those who judge every night.
import { sayDuration, sayWatts } from '../cli/text.ts';
import { commission } from '../proof/back.ts';
import { brokenInvariants, powerPi, timeline, truthOf } from '../proof/live.ts';
import { Night } from '../proof/night.ts';
import type { Trouble } from '../proof/scenario.ts';
import { Troubles } from '../proof/troubles.ts';
import type { PiWatch } from '../proof/watch.ts';
import { chance } from '../sim/chance.ts';
import type { Gone, Left, NightAccount, NoNight, Stretch } from './account.ts';
import { Camera } from './camera.ts';
import type { Course, NamedNight } from './nights.ts';
import type { Ground } from './physics.ts';

const STEP_SECONDS = 1;
/** Less would be lost in the rounding of large times, and time would stand still. */
const LEAST_STEP_SECONDS = 0.001;
/** Somebody who hashes so long after the mains went has a battery that no night of this kind is about. */
const LONGEST_OUTAGE_SECONDS = 12 * 3_600;
/** From empty to full takes some 5 h, and whoever wants a full battery before a rig starts waits so long. */
const BACK_WITHIN_SECONDS = 8 * 3_600;
/** Faults told of a night; the journal of a real one has them all. */
const MOST_FAULTS = 8;
/** Back are all when all have hashed for so long: one that was asked to pause as the mains came back goes first. */
const SETTLED_SECONDS = 60;

export async function liveThrough(night: NamedNight, ground: Ground, seed: number): Promise<NightAccount | NoNight> {
  const course = night.course(ground, chance(seed, `night ${night.name}`));
  const { name, what } = night;
  if ('none' in course) return { name, what, none: course.none };
  const run = new Run(course);
  await run.live();
  const { about } = course;
  return { name, what, ...(about === undefined ? {} : { about }), ...(await run.account()) };
}

class Run {
  readonly #course: Course;
  readonly #night: Night;
  readonly #camera: Camera;
  readonly #troubles: Troubles;
  readonly #pi: PiWatch;
  readonly #wrong: string[] = [];
  readonly #gone: Gone[];
  #zero = 0;
  #backAt: number | undefined;
  #missing: readonly string[] = [];

  constructor(course: Course) {
    this.#course = course;
    this.#night = new Night(course.place);
    this.#camera = new Camera(this.#night.world);
    this.#troubles = new Troubles(this.#night);
    this.#pi = { night: this.#night, piDiedAt: undefined, darkness: [] };
    this.#gone = outagesOf(course);
  }

  /** Second of the night: after the site was brought up. */
  get #now(): number {
    return this.#night.nowSeconds - this.#zero;
  }

  async live(): Promise<void> {
    try {
      await this.#begin();
      await this.#byTheClock();
      if (this.#course.darkSeconds !== undefined) await this.#untilQuiet(this.#course.darkSeconds);
      await this.#untilBack();
    } catch (error) {
      this.#wrong.push(`the simulation broke off: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async account(): Promise<Omit<NightAccount, 'name' | 'what' | 'about'>> {
    const camera = this.#camera;
    const film = camera.film();
    const rigs = film.rigs.filter(({ onUps }) => onUps);
    const began = this.#gone[0]?.fromSeconds ?? 0;
    const left = rigs.flatMap(({ id, stretches }) =>
      stopsIn(stretches, this.#gone).map((second): Left => ({ rig: id, seconds: second - began })),
    );
    left.sort((a, b) => a.seconds - b.seconds);
    const ended = this.#gone.at(-1)?.toSeconds ?? 0;
    const quietAt = Math.max(began, camera.noisyAtSeconds + STEP_SECONDS);
    const ranThrough = quietAt >= ended - STEP_SECONDS;
    const judged = await this.#judge();
    const asked = this.#night.orders.some(({ what }) => what === 'pause');
    const outOfOrder = judged.some((one) => one.startsWith('I-02'));
    const [first] = left;
    const last = left.at(-1);
    return {
      wrong: [
        ...this.#wrong,
        ...this.#seen(began),
        ...judged.map((one) => `lastwatt broke a rule of its own; please report this with the file and the seed: ${one}`),
      ],
      notes: this.#notes(began),
      gone: this.#gone,
      ...(first === undefined || last === undefined ? {} : { first, last }),
      ...(asked ? { worstFirst: !outOfOrder } : {}),
      ...(ranThrough ? {} : { quietSeconds: quietAt - began }),
      chargePercent: camera.chargeAt(ranThrough ? ended : quietAt),
      ...(this.#backAt === undefined ? {} : { backSeconds: Math.max(0, this.#backAt - ended) }),
      kept: rigs.reduce((sum, { kept }) => sum + kept, 0),
      whole: rigs.reduce((sum, { whole }) => sum + whole, 0),
      film,
    };
  }

  async #begin(): Promise<void> {
    const night = this.#night;
    await night.start();
    await commission({ night }, (second) => this.#passTo(second - this.#zero, false));
    this.#zero = night.nowSeconds;
    this.#camera.look(0);
  }

  async #byTheClock(): Promise<void> {
    const { troubles, lastsSeconds } = this.#course;
    const began = this.#gone[0]?.fromSeconds ?? 0;
    for (const { second, act } of timeline({ troubles, lastsSeconds: lastsSeconds + LEAST_STEP_SECONDS }, this.#troubles)) {
      await this.#passTo(second);
      if (second >= began) this.#camera.count(second, true);
      await act();
    }
    await this.#passTo(lastsSeconds);
  }

  /** The mains stay away until every rig on a UPS has been quiet for so long, or every battery has ended. */
  async #untilQuiet(darkSeconds: number): Promise<void> {
    const { world } = this.#night;
    const began = this.#now;
    const dead = (): boolean => [...world.ups.values()].every((ups) => !ups.live);
    const quietFor = (): number => this.#now - this.#camera.noisyAtSeconds;
    while (quietFor() < (dead() ? STEP_SECONDS : darkSeconds) && this.#now - began < LONGEST_OUTAGE_SECONDS)
      await this.#passTo(this.#now + STEP_SECONDS);
    for (const id of world.ups.keys()) this.#night.returnMains(id);
    this.#night.returnMains();
    const last = this.#gone.pop();
    if (last !== undefined) this.#gone.push({ ...last, toSeconds: this.#now });
  }

  async #untilBack(): Promise<void> {
    const camera = this.#camera;
    const end = this.#now + BACK_WITHIN_SECONDS;
    const returned = this.#gone.at(-1)?.toSeconds ?? 0;
    const settled = (): boolean => this.#now - Math.max(returned, camera.restlessAtSeconds) >= SETTLED_SECONDS;
    do await this.#passTo(this.#now + STEP_SECONDS);
    while (!settled() && this.#now < end);
    camera.count(this.#now, false);
    if (settled()) this.#backAt = camera.restlessAtSeconds + STEP_SECONDS;
    else this.#missing = this.#whoIsMissing();
  }

  #whoIsMissing(): readonly string[] {
    const night = this.#night;
    const hashing = new Set(night.hashing());
    const { rigs } = night.state.memory;
    return [...night.world.rigs.keys()]
      .filter((id) => !hashing.has(id))
      .map((id) => `${id} did not come back within ${BACK_WITHIN_SECONDS / 3_600} h of mains${because(rigs.get(id)?.fault?.say)}`);
  }

  async #passTo(second: number, filmed = true): Promise<void> {
    const night = this.#night;
    for (let left = second - this.#now; left >= LEAST_STEP_SECONDS; left = second - this.#now) {
      await night.run(Math.min(STEP_SECONDS, left));
      if (filmed) this.#camera.look(this.#now);
      await powerPi(this.#pi);
    }
  }

  async #judge(): Promise<readonly string[]> {
    const night = this.#night;
    const ended = this.#gone.at(-1)?.toSeconds ?? 0;
    const troubles = this.#course.troubles.map((one): Trouble => {
      return one.kind === 'mains-gone' && (one.toSeconds ?? 0) > ended ? { ...one, toSeconds: ended } : one;
    });
    const { darkness } = this.#pi;
    const broken = await night.end({
      ...truthOf({ night, fromSeconds: this.#zero, darkness, dead: [], scenario: { troubles } }),
      anySite: true,
    });
    return [...broken, ...brokenInvariants(night.journal)];
  }

  /** What an owner would have seen go wrong. */
  #seen(began: number): readonly string[] {
    const { site, ups } = this.#night.world;
    const overloads = [...this.#camera.overloads].map(([id, watts]) => {
      return `${id} carries ${sayWatts(ups.get(id)?.traits.nominalWatts ?? 0)} and had ${sayWatts(watts)} on it on battery: a real one drops everything at once`;
    });
    const caught = this.#camera.ends
      .filter(({ under }) => under.length > 0)
      .map(({ ups: id, atSeconds, under }) => {
        const watts = under.reduce((sum, rig) => sum + (site.rigs.get(rig)?.watts ?? 0), 0);
        return `${id} ended ${sayDuration(atSeconds - began)} after the mains went, under ${under.join(', ')} (${sayWatts(watts)})`;
      });
    return [...overloads, ...caught, ...this.#missing];
  }

  #notes(began: number): readonly string[] {
    const since = (second: number): string => sayDuration(second - began);
    const ends = this.#camera.ends
      .filter(({ under }) => under.length === 0)
      .map(({ ups, atSeconds }) => `${ups} ended ${since(atSeconds)} after the mains went, with no rig on it`);
    const dark = this.#pi.darkness.map(({ fromSeconds, toSeconds }) => {
      const to = Number.isFinite(toSeconds) ? since(toSeconds - this.#zero) : 'the end';
      return `the Pi had no power from ${since(fromSeconds - this.#zero)} to ${to}: what feeds it had none (site.controllerFedBy)`;
    });
    return [...ends, ...dark, ...this.#faults(began)];
  }

  /** What lastwatt would have said is wrong, each once. */
  #faults(began: number): readonly string[] {
    const said = new Map<string, number>();
    for (const record of this.#night.events('fault')) {
      const say = String(record['say']);
      const second = (record.monoMs - this.#night.msAt(this.#zero)) / 1_000;
      if (record['code'] !== 'invariant-broken' && second >= began && !said.has(say)) said.set(say, second);
    }
    return [...said].slice(0, MOST_FAULTS).map(([say, second]) => `at ${sayDuration(second - began)} lastwatt says: ${say}`);
  }
}

/** Stretches without mains anywhere, in order; those of several UPSes at once are one. */
function outagesOf({ troubles }: Course): Gone[] {
  const gone: Gone[] = [];
  for (const { kind, fromSeconds, toSeconds = fromSeconds } of troubles) {
    if (kind === 'mains-gone' && gone.at(-1)?.fromSeconds !== fromSeconds) gone.push({ fromSeconds, toSeconds });
  }
  return gone;
}

/** When it stopped hashing while the mains were away. */
function stopsIn(stretches: readonly Stretch[], gone: readonly Gone[]): readonly number[] {
  return stretches
    .filter(({ look }, place) => look !== 'hashing' && stretches[place - 1]?.look === 'hashing')
    .map(({ fromSeconds }) => fromSeconds)
    .filter((second) => gone.some(({ fromSeconds, toSeconds }) => second >= fromSeconds && second <= toSeconds));
}

function because(say: string | undefined): string {
  return say === undefined ? '' : `: ${say}`;
}
