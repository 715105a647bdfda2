// Where the demo is seen: in a terminal one picture redrawn in place, elsewhere plain lines as things happen.
import type { Look } from '../cli/text.ts';
import { type Moment, picture, storyLine, type Told } from './picture.ts';

export interface Screen {
  /** Something happened; seen at once. */
  tell(told: Told): void;
  /** Draws what is now; does nothing where there is no picture. */
  draw(moment: Moment): void;
  /** Leaves the terminal as it was, with the whole story in its scrollback. */
  leave(): void;
}

export type Out = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write'>;

// A screen of its own without a cursor, so that the scrollback stays the person's.
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';
const USUAL = { columns: 80, rows: 24 };

export function lookOf(out: Out, env: NodeJS.ProcessEnv): Look {
  const { NO_COLOR: noColour = '', TERM: terminal } = env;
  const colour = out.isTTY === true && noColour === '' && terminal !== 'dumb';
  return { colour, ...(out.isTTY === true ? { width: out.columns ?? USUAL.columns } : {}) };
}

export function openScreen(out: Out, env: NodeJS.ProcessEnv): Screen {
  const { TERM: terminal } = env;
  return out.isTTY === true && terminal !== 'dumb' ? redrawing(out, env) : appending(out, env);
}

function redrawing(out: Out, env: NodeJS.ProcessEnv): Screen {
  const story: Told[] = [];
  let left = false;
  out.write(ENTER);
  return {
    // What the service wrote down is read a little later: it takes its place by its own time.
    tell: (told) => void story.splice(story.findLastIndex(({ at }) => at <= told.at) + 1, 0, told),
    draw: (moment) => {
      if (left) return;
      // Asked at each drawing, as the person may have resized the window.
      const look = { ...lookOf(out, env), width: out.columns ?? USUAL.columns };
      const lines = picture(moment, story, { look, rows: (out.rows ?? USUAL.rows) - 1 });
      out.write(HOME + lines.map((line) => `${line}${END_OF_LINE}\r\n`).join('') + REST_OF_SCREEN);
    },
    leave: () => {
      if (left) return;
      left = true;
      const look = lookOf(out, env);
      out.write(`${LEAVE}${story.map((told) => `${storyLine(told, look)}\n`).join('')}`);
    },
  };
}

function appending(out: Out, env: NodeJS.ProcessEnv): Screen {
  const look = lookOf(out, env);
  return {
    tell: (told) => void out.write(`${storyLine(told, look)}\n`),
    draw: () => undefined,
    leave: () => undefined,
  };
}
