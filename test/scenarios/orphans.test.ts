// Files that were edited while the service was stopped and something was down: what they lost is shown, and nothing moves.
import { describe, expect, it } from '@jest/globals';
import type { Engine } from '../../src/engine/engine.ts';
import { eventWords, isAlarm } from '../../src/engine/words.ts';
import type { Event } from '../../src/model/event.ts';
import type { SimSiteOptions } from '../../src/sim/site.ts';
import { placeOf, siteOf } from '../../src/sim/site-settings.ts';
import { farm, RIGS, rig } from '../support/farm.ts';
import { judgeEach, Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

/** The farm with `d` held down behind its open contact, and the service stopped. */
async function dIsCut(change: Partial<SimSiteOptions> = {}, fileBytes?: number): Promise<void> {
  night = new Night(placeOf(farm(change)), undefined, fileBytes);
  await night.start();
  await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
  await night.until('it is dark', () => night.edges.length === 1, 200);
  await night.run(5);
  night.kill();
}

const { d: _, ...OTHERS } = RIGS;
const WITHOUT_D = farm({ rigs: OTHERS });
const WITHOUT_KD = farm({ rigs: { ...OTHERS, d: rig(2) } });
const ELSEWHERE = farm({ switches: { kd: { wiring: 'sim other' } } });
const LEFT =
  'switch kd left the file while it was cut (sim kd), with d behind it: that one may be open still, and lastwatt does not close it: put it back, or close it by hand and forget it with: lastwatt release kd';
const IS_ANOTHER =
  'switch kd is another contact in the file (sim other) than the one that was cut (sim kd), with d behind it: that one may be open still, and lastwatt does not close it: put it back, or close it by hand and forget it with: lastwatt release kd';

/** The service runs with this file, for some seconds; it is looked at, and killed. */
async function live(file: SimSiteOptions, look: (engine: Engine) => unknown = () => undefined, seconds = 200): Promise<void> {
  await night.start(siteOf(file));
  await night.run(seconds);
  await look(night.engine);
  night.kill();
}

const release = (...rigs: string[]): ReturnType<Night['submit']> => night.submit({ kind: 'release', rigs });
/** What the last start found otherwise in the file. */
const found = (): unknown => {
  const started = night.events('started').at(-1);
  return { orphaned: started?.['orphaned'], rewired: started?.['rewired'], regained: started?.['regained'] };
};

describe('a switch that left the file while it was cut', () => {
  it('is shown at every start until a person names it, and is not moved', async () => {
    await dIsCut();
    for (let round = 0; round < 3; round += 1) await live(WITHOUT_KD, (engine) => expect(engine.status().notes).toContain(LEFT));
    expect(night.events('started').map((record) => record['orphaned'])).toEqual([
      undefined,
      [{ switch: 'kd', wiring: 'sim kd', rigs: ['d'] }],
      undefined,
      undefined,
    ]);
    await live(WITHOUT_KD, async (engine) => {
      const answer = await release('kd');
      const say = 'switch kd as it was cut is forgotten, and not moved: if that contact is open still, close it by hand';
      expect(answer).toMatchObject({ ok: true, say: [say] });
      await night.run(5);
      expect(engine.status().notes).toEqual([]);
    });
    await live(WITHOUT_KD, (engine) => expect(engine.status().notes).toEqual([]));
    expect(night.events('forgotten')).toHaveLength(1);
    expect(night.edges).toHaveLength(1);
  });

  it('wakes a person when it is found', async () => {
    await dIsCut();
    await live(WITHOUT_KD);
    await live(WITHOUT_KD);
    const [, first, second] = night.events('started') as unknown as readonly Event[];
    if (first === undefined || second === undefined) throw new Error('it was not started three times');
    expect([isAlarm(first), isAlarm(second)]).toEqual([true, false]);
    const say =
      'switch kd (sim kd) was cut with d behind it, the file has that contact no more, and nobody closes it; see: lastwatt status';
    expect(eventWords(first)).toEqual({ level: 'warning', text: `started, armed; ${say}` });
  });

  it('is what it was when the file has it again, and its rig comes back when it is released', async () => {
    await dIsCut();
    await live(WITHOUT_KD);
    await live(farm(), async (engine) => {
      expect(engine.status()).toMatchObject({ notes: [], switches: expect.arrayContaining([{ id: 'kd', state: 'cut' }]) });
      await release('d');
      await night.until('it hashes', () => night.hashing().length === 4, 600);
    });
    expect(found()).toMatchObject({ regained: [{ switch: 'kd', wiring: 'sim kd' }] });
  });

  it('is remembered over a reboot of the machine', async () => {
    await dIsCut();
    await live(WITHOUT_KD);
    night.killController();
    await live(WITHOUT_KD, (engine) => expect(engine.status().notes).toContain(LEFT), 5);
  });

  it('is remembered over full files of the journal', async () => {
    await dIsCut({}, 2_000);
    for (let round = 0; round < 12; round += 1) await live(WITHOUT_KD, undefined, 2);
    expect((await night.card.list()).length).toBeGreaterThan(3);
    expect(night.events('started').filter((record) => 'orphaned' in record)).toHaveLength(1);
    await live(WITHOUT_KD, (engine) => expect(engine.status().notes).toContain(LEFT), 2);
  });

  it('is found also where a feed of it was begun and not done', async () => {
    night = await scenario(farm());
    await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
    await night.until('it is dark', () => night.edges.length === 1, 200);
    night.world.switches.get('kd')?.misbehave({ unreachable: true });
    await night.submit({ kind: 'release', rigs: ['d'] });
    await night.until('it is to be fed', () => night.events('step-due').some((record) => Object(record['step']).kind === 'feed'), 300);
    await night.run(5);
    night.kill();
    await live(WITHOUT_KD, (engine) => expect(engine.status().notes).toContain(LEFT));
  });

  it('is no orphan when it was fed again before', async () => {
    await dIsCut();
    await night.start();
    await night.submit({ kind: 'release', rigs: ['d'] });
    await night.until('it hashes', () => night.hashing().length === 4, 600);
    night.kill();
    await live(WITHOUT_KD, (engine) => expect(engine.status().notes).toEqual([]));
    expect(found()).toEqual({});
  });
});

describe('a switch that is another contact in the file than the one that was cut', () => {
  const blind = { canRead: false };
  const elsewhere = farm({ switches: { kd: { ...blind, wiring: 'sim other' } } });

  it('is shown until a person names it, and the new contact is not taken for open', async () => {
    await dIsCut({ switches: { kd: blind } });
    const look = (engine: Engine): void => {
      expect(engine.status().notes).toContain(IS_ANOTHER);
      expect(engine.status().switches).toContainEqual({ id: 'kd', state: 'unknown' });
    };
    await live(elsewhere, look, 5);
    await live(elsewhere, look, 5);
    await live(elsewhere, async (engine) => {
      await release('kd');
      await night.run(5);
      expect(engine.status().notes).toEqual([]);
    });
    expect(night.edges).toHaveLength(1);
  });

  it('is what a look at it says', async () => {
    await dIsCut();
    await live(ELSEWHERE, (engine) => expect(engine.status().switches).toContainEqual({ id: 'kd', state: 'cut' }), 5);
    expect(night.edges).toHaveLength(1);
  });

  it('feeds no rig that an outage took down, and says that it does not wake', async () => {
    night = await scenario(farm({ policy: { cutPaused: 'always' }, switches: { kd: blind } }));
    await night.at(60, () => night.loseMains());
    await night.until('the worst is dark', () => night.edges.length === 1, 900);
    await night.run(1);
    night.kill();
    night.returnMains();
    await live(elsewhere, (engine) => expect(engine.status().notes).toContain(IS_ANOTHER), 3_600);
    expect(night.edges).toHaveLength(1);
    expect(night.faults()).toContain('will-not-wake');
  });

  it('is what it was when the file has the old contact again', async () => {
    await dIsCut();
    await live(ELSEWHERE);
    await live(farm(), (engine) => expect(engine.status()).toMatchObject({ notes: [] }));
    expect(found()).toMatchObject({ regained: [{ switch: 'kd', wiring: 'sim kd' }] });
  });
});

describe('a switch that is another contact in the file than the one that was fed', () => {
  it('is no orphan, and what the old contact was is not taken for what it is', async () => {
    const blind = { kd: { canRead: false } };
    await dIsCut({ switches: blind });
    await night.start();
    await night.submit({ kind: 'release', rigs: ['d'] });
    await night.until('it hashes', () => night.hashing().length === 4, 600);
    night.kill();
    await live(farm({ switches: blind }), (engine) => expect(engine.status().switches).toContainEqual({ id: 'kd', state: 'fed' }));
    await live(farm({ switches: { kd: { canRead: false, wiring: 'sim other' } } }), (engine) => {
      expect(engine.status().notes).toEqual([]);
      expect(engine.status().switches).toContainEqual({ id: 'kd', state: 'unknown' });
    });
    expect(found()).toEqual({ rewired: ['kd'] });
  });
});

describe('a rig that left the file while it was down', () => {
  const gone = 'd left the file while it was down: put it back, or forget it with: lastwatt release d';
  const open = 'switch kd was cut, and no rig of the file is behind it any more: lastwatt does not close it';

  it('is shown at every start until a person names it, and its contact stays as it is', async () => {
    await dIsCut();
    const file = farm({ rigs: OTHERS, switches: { kd: {} } });
    for (let round = 0; round < 2; round += 1)
      await live(file, (engine) => expect(engine.status().notes).toEqual(expect.arrayContaining([gone, open])));
    await live(file, async (engine) => {
      expect(await release('d')).toMatchObject({ ok: true });
      await night.run(5);
      expect(engine.status().notes).toEqual([open]);
    });
    await live(file, (engine) => expect(engine.status().notes).toEqual([open]));
    expect(night.edges).toHaveLength(1);
  });

  it('may take its switch with it: both are shown, and each is named to be forgotten', async () => {
    await dIsCut();
    await live(WITHOUT_D, async (engine) => {
      expect(engine.status().notes).toEqual(expect.arrayContaining([gone, LEFT]));
      await release('d', 'kd');
      await night.run(5);
      expect(engine.status().notes).toEqual([]);
    });
    expect(night.edges).toHaveLength(1);
  });
});

describe('a reload', () => {
  const adopt = (file: SimSiteOptions): Promise<void> => night.engine.adopt(night.world.world(night.world.journal), siteOf(file));

  it('that has another contact under the name of one that is fed takes nothing of the old one for the new one', async () => {
    await dIsCut({ switches: { kd: { canRead: false } } });
    await night.start();
    await release('d');
    await night.until('it hashes', () => night.hashing().length === 4, 600);
    expect(night.engine.status().switches).toContainEqual({ id: 'kd', state: 'fed' });
    await adopt(farm({ switches: { kd: { canRead: false, wiring: 'sim other' } } }));
    expect(night.engine.status().switches).toContainEqual({ id: 'kd', state: 'unknown' });
    expect(night.engine.state.memory.switches.has('kd')).toBe(false);
    night.kill();
  });

  it('that has a lost contact again has it as it was', async () => {
    await dIsCut();
    await night.start(siteOf(WITHOUT_KD));
    await night.run(20);
    await adopt(farm());
    await night.run(5);
    expect(night.engine.status()).toMatchObject({ notes: [], switches: expect.arrayContaining([{ id: 'kd', state: 'cut' }]) });
    night.kill();
  });

  it('may not take away a contact that a reboot has let fall open, and nobody sees', async () => {
    night = await scenario(farm({ switches: { kd: { atRest: 'cut', canRead: false } } }));
    await night.submit({ kind: 'hold', as: 'up', rigs: ['d'] });
    await night.until('it hashes', () => night.hashing().length === 4, 300);
    expect([...night.engine.mustStay().switches]).toEqual([]);
    night.killController();
    await night.run(30);
    await night.start();
    expect([...night.engine.mustStay().switches]).toEqual(['kd']);
    await night.until('every rig hashes', () => night.hashing().length === 4, 1_200);
    expect([...night.engine.mustStay().switches]).toEqual([]);
  });

  it('may not take away what is not fed', async () => {
    await dIsCut();
    await night.start();
    await night.run(5);
    expect([...night.engine.mustStay().switches]).toEqual(['kd']);
    expect([...night.engine.mustStay().rigs]).toEqual(['d']);
    await release('d');
    await night.until('it hashes', () => night.hashing().length === 4, 600);
    await night.run(60);
    expect(night.engine.mustStay()).toEqual({ rigs: new Set(), limited: new Set(), switches: new Set() });
    night.kill();
  });

  it('may take away what a reboot has closed again, though we had opened it', async () => {
    night = await scenario(farm({ policy: { cutPaused: 'always' } }));
    await night.at(60, () => night.loseMains());
    await night.until('the worst is dark', () => night.edges.length === 1, 900);
    night.killController();
    await night.run(30);
    night.returnMains();
    await night.start();
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
    await night.run(120);
    expect(night.engine.mustStay()).toEqual({ rigs: new Set(), limited: new Set(), switches: new Set() });
    expect(night.events('found-fed')).toMatchObject([{ switch: 'kd' }]);
    night.kill();
    await live(WITHOUT_KD, (engine) => expect(engine.status().notes).toEqual([]));
    expect(found()).toEqual({});
  });
});

it('a name that is neither a rig nor an orphan is refused, with the names there are', async () => {
  await dIsCut();
  await live(WITHOUT_KD, async (engine) => {
    const refused = 'kx: no such rig; there are: a, b, c, d; and, not in the file any more: kd';
    expect(await release('kx')).toEqual({ ok: false, refused });
    const held = night.world.clock.settle(engine.submit({ kind: 'hold', as: 'down', rigs: ['kd'] }, 'cli'), 10_000);
    expect(await held).toEqual({ ok: false, refused: 'kd: no such rig; there are: a, b, c, d' });
    expect(await release('ka')).toMatchObject({ ok: false });
  });
});
