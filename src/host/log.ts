// The log of the service: winston to standard output, one line a fact. Whoever reads it may be slow or gone; that never stops us.
import type { Writable } from 'node:stream';
import { config, createLogger, format, type Logger, transports } from 'winston';
import { journaldLine, type Line, printable, printableText, terminalLine } from './log-words.ts';
import type { Log, LogLevel } from './port.ts';

export interface LogKit {
  readonly out: Writable & { readonly isTTY?: boolean };
  /** monotonic ms */
  readonly nowMs: () => number;
  /** for the clock on a terminal; journald stamps its lines itself */
  readonly wallMs: () => number;
  /** the least important level that is written */
  readonly level?: LogLevel;
}

export interface OpenLog extends Log {
  /** From now on this text is hidden wherever it stands. Texts under 4 characters are left: hiding those would hide half the log. */
  hide(secret: string): void;
  /** What was written is out, or the time for it is over; then the log is closed. Await it before the process ends. */
  close(): Promise<void>;
}

const SECRET_LENGTH = 4;
const CLOSE_MS = 2000;
/** Bytes that may wait for a reader that has stalled: beyond the first, what matters less is left out; beyond the second, all is. */
const BACKLOG_BYTES = 1024 * 1024;
const BACKLOG_FULL_BYTES = 8 * BACKLOG_BYTES;

/** A terminal gets lines for people; a pipe or journald gets `<priority>` and JSON. */
export function openLog(kit: LogKit): OpenLog {
  const secrets = new Set<string>();
  const rate = new LineRate(kit.nowMs);
  const logger = winstonOver(kit);
  let gone = false;
  let closed = false;
  let unread = 0;
  kit.out.on('error', () => {
    gone = true;
  });

  const put = (level: LogLevel, message: string, facts: Readonly<Record<string, unknown>>): void => {
    logger.log({ level, message, facts });
  };
  const confess = (leftOut: LeftOut): void => {
    put('notice', 'lines were left out, for there were too many of their kind', { ...leftOut });
  };
  const confessUnread = (): void => {
    if (unread > 0) put('warning', 'lines were left out, for nobody read the log', { count: unread });
    unread = 0;
  };
  const write: Log['write'] = (level, message, facts = {}) => {
    if (gone || closed || !logger.isLevelEnabled(level)) return;
    const waiting = kit.out.writableLength;
    if (waiting > BACKLOG_FULL_BYTES || (waiting > BACKLOG_BYTES && (level === 'debug' || level === 'info'))) {
      unread += 1;
      return;
    }
    const text = printableText(message, secrets);
    const verdict = rate.weigh(`${level} ${text}`);
    verdict.over.forEach(confess);
    if (!verdict.pass) return;
    if (waiting <= BACKLOG_BYTES) confessUnread();
    const shown = printable(facts, secrets);
    put(level, text, typeof shown === 'object' && shown !== null ? { ...shown } : {});
  };
  return {
    write,
    hide: (secret) => {
      if (secret.length >= SECRET_LENGTH) secrets.add(secret);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      confessUnread();
      rate.rest().forEach(confess);
      await flushed(logger, kit.out, () => gone);
    },
  };
}

function winstonOver(kit: LogKit): Logger {
  const shape = format.printf((info) => {
    const { level, message, facts } = info;
    const line: Line = {
      level,
      priority: config.syslog.levels[level] ?? 6,
      message: String(message),
      facts: typeof facts === 'object' && facts !== null ? { ...facts } : {},
    };
    return kit.out.isTTY === true ? terminalLine(line, kit.wallMs()) : journaldLine(line);
  });
  const logger = createLogger({
    levels: config.syslog.levels,
    level: kit.level ?? 'info',
    format: shape,
    transports: [new transports.Stream({ stream: kit.out, eol: '\n' })],
    exitOnError: false,
  });
  logger.on('error', () => undefined);
  return logger;
}

/** All of it has been handed to the system; a reader that has stalled is not waited for longer than 2 s. */
function flushed(logger: Logger, out: Writable, isGone: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSE_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    logger.on('finish', () => {
      if (isGone() || out.destroyed || out.writableEnded) done();
      else out.write('', done);
    });
    logger.end();
  });
}

const WINDOW_MS = 60_000;
const LINES_A_WINDOW = 20;
const SOURCES = 256;

interface LeftOut {
  readonly like: string;
  readonly count: number;
}

/** How often each message may be written. Messages that differ in their numbers only are one source. */
class LineRate {
  readonly #nowMs: () => number;
  readonly #sources = new Map<string, { readonly sinceMs: number; lines: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** `over`: the sources whose minute has ended, with what they lost in it. */
  weigh(message: string): { readonly pass: boolean; readonly over: readonly LeftOut[] } {
    const nowMs = this.#nowMs();
    const over = this.#end((sinceMs) => nowMs - sinceMs >= WINDOW_MS);
    const key = message.slice(0, 120).replace(/\d+/g, '#');
    let source = this.#sources.get(key);
    if (source === undefined) {
      const [oldest] = this.#sources.keys();
      if (this.#sources.size >= SOURCES && oldest !== undefined) over.push(...this.#forget(oldest));
      source = { sinceMs: nowMs, lines: 0 };
      this.#sources.set(key, source);
    }
    source.lines += 1;
    return { pass: source.lines <= LINES_A_WINDOW, over };
  }

  rest(): readonly LeftOut[] {
    return this.#end(() => true);
  }

  /** In the order they began, so the first that goes on ends the search. */
  #end(isOver: (sinceMs: number) => boolean): LeftOut[] {
    const over: LeftOut[] = [];
    for (const [key, source] of this.#sources) {
      if (!isOver(source.sinceMs)) break;
      over.push(...this.#forget(key));
    }
    return over;
  }

  #forget(key: string): LeftOut[] {
    const lines = this.#sources.get(key)?.lines ?? 0;
    this.#sources.delete(key);
    return lines > LINES_A_WINDOW ? [{ like: key, count: lines - LINES_A_WINDOW }] : [];
  }
}
