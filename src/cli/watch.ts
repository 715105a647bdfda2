// `status --watch`: in a terminal one picture that stays in place, elsewhere a line whenever the answer changes.
import type { Outcome } from '../model/outcome.ts';
import type { StatusView } from '../model/view.ts';
import type { Format, Link } from './ask.ts';
import { EXIT, giveUp, lookOf, print, printJson } from './outside.ts';
import { headline, renderStatus } from './status-text.ts';
import { clean, localTime } from './text.ts';

const EVERY_MS = 1_000;
const USUAL_ROWS = 24;
// A screen of its own without a cursor, so that the scrollback stays the person's.
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

/** Goes on over restarts of the service until the person ends it, which is 0; only a first answer that fails ends it by itself. */
export async function watchStatus(link: Link, { json }: Format): Promise<number> {
  const { outside, client } = link;
  const stop = outside.interrupted();
  let answer = await client.status();
  if (!answer.ok) return giveUp(outside, answer.fault);
  const screen = json ? lines(link) : outside.stdout.isTTY ? redrawing(link) : appending(link);
  screen.enter();
  try {
    while (!stop.aborted) {
      screen.draw(answer);
      await outside.clock.sleep(EVERY_MS, stop);
      if (!stop.aborted) answer = await client.status();
    }
  } finally {
    screen.leave();
  }
  return EXIT.done;
}

interface Screen {
  enter(): void;
  draw(answer: Outcome<StatusView>): void;
  leave(): void;
}

function redrawing({ outside }: Link): Screen {
  const { stdout } = outside;
  let last: StatusView | undefined;
  // Asked at each drawing, as the person may have resized the window.
  const picture = (): string[] => (last === undefined ? [] : renderStatus(last, lookOf(outside)).split('\n'));
  return {
    enter: () => stdout.write(ENTER),
    draw: (answer) => {
      if (answer.ok) last = answer.value;
      const rows = Math.max(3, (stdout.rows ?? USUAL_ROWS) - 1);
      const all = answer.ok ? picture() : [`lastwatt: ${clean(answer.fault.detail)}`, 'as last heard:', ...picture()];
      const fitting =
        all.length <= rows ? all : [...all.slice(0, rows - 1), `... and ${all.length - rows + 1} lines more: lastwatt status`];
      stdout.write(HOME + fitting.map((line) => `${line}${END_OF_LINE}\r\n`).join('') + REST_OF_SCREEN);
    },
    // The last picture stays behind in the scrollback.
    leave: () => stdout.write(`${LEAVE}${picture().join('\n')}\n`),
  };
}

function appending({ outside }: Link): Screen {
  let before = '';
  return {
    enter: () => undefined,
    draw: (answer) => {
      const said = answer.ok ? `${answer.value.armed ? '' : 'DISARMED  '}${headline(answer.value).text}` : clean(answer.fault.detail);
      if (said === before) return;
      before = said;
      print(outside, `${localTime(new Date(outside.clock.wallMs()).toISOString(), lookOf(outside))}  ${said}`);
    },
    leave: () => undefined,
  };
}

function lines({ outside }: Link): Screen {
  return {
    enter: () => undefined,
    draw: (answer) => (answer.ok ? printJson(outside, answer.value) : void giveUp(outside, answer.fault)),
    leave: () => undefined,
  };
}
