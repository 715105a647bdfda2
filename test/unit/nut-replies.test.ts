// What a NUT server may and may not say to one request, at the edges, and the words in which it is said what was wrong.
import { describe, expect, it } from '@jest/globals';
import { encodeLine, mapOf, REPLY_LIMIT, ReplyReader, splitWords, WORD_LIMIT } from '../../src/wire/nut.ts';

const STATUS = ['GET', 'VAR', 'rack', 'ups.status'];
const LIST = ['LIST', 'VAR', 'rack'];
const BEGIN = 'BEGIN LIST VAR rack\n';
const END = 'END LIST VAR rack\n';

const faultOf = (request: readonly string[], ...pieces: readonly string[]): string | undefined => {
  const reader = new ReplyReader(request);
  for (const piece of pieces) {
    const outcome = reader.take(piece);
    if (outcome?.ok === false) return outcome.fault.detail;
  }
  return undefined;
};

describe('a request', () => {
  it('is refused by the place of a word, never by the word', () => {
    expect(encodeLine(['PASSWORD', 'a\nb'])).toEqual({
      ok: false,
      fault: {
        code: 'unsupported',
        retry: 'never',
        detail: 'word 2 of PASSWORD was not sent: it holds a control character; take it out',
      },
    });
    expect(encodeLine(['LO\tGIN'])).toMatchObject({ fault: { detail: expect.stringContaining('word 1 of a request was not sent') } });
  });

  it('holds words up to what the buffers of upsd hold', () => {
    expect(encodeLine(['LOGIN', 'x'.repeat(WORD_LIMIT)]).ok).toBe(true);
    expect(encodeLine(['LOGIN', 'x'.repeat(WORD_LIMIT + 1)])).toMatchObject({
      fault: { code: 'unsupported', detail: 'word 2 of LOGIN was not sent: it is longer than 500 characters' },
    });
  });
});

describe('the words of a line', () => {
  it.each([
    ['', []],
    ['  \t ', []],
    [' a\tb  c ', ['a', 'b', 'c']],
    ['""', ['']],
    ['"" x', ['', 'x']],
    ['"a\\"b" c', ['a"b', 'c']],
    ['"a\\\\" c', ['a\\', 'c']],
    ['a\\ b c', ['a b', 'c']],
    ['a\\\\b', ['a\\b']],
    ['a\\"b', ['a"b']],
    ['"a\tb\u0001\u0085"', ['a\ufffdb\ufffd\ufffd']],
  ])('%j are %j', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it.each(['"', '"a', '"a\\"', '"a\\', 'a\\', 'a"', '"a"b', '"a"\\', 'x "a'])('are none in %j', (line) => {
    expect(splitWords(line)).toBeUndefined();
  });
});

describe('a list', () => {
  it('may come with line ends of two characters, and may be empty', () => {
    const reader = new ReplyReader(LIST);
    expect(reader.take('BEGIN LIST VAR rack\r\nVAR rack a "b"\r\nEND LIST VAR rack\r\n')).toEqual({
      ok: true,
      value: { kind: 'rows', rows: [['a', 'b']] },
    });
    expect(new ReplyReader(LIST).take(BEGIN + END)).toEqual({ ok: true, value: { kind: 'rows', rows: [] } });
  });

  it('of what is no variable may have any number of words from one', () => {
    const reply = 'BEGIN LIST CMD rack\nCMD rack load.off\nCMD rack beeper.mute now\nEND LIST CMD rack\n';
    expect(new ReplyReader(['LIST', 'CMD', 'rack']).take(reply)).toMatchObject({ value: { rows: [['load.off'], ['beeper.mute', 'now']] } });
    expect(faultOf(['LIST', 'CMD', 'rack'], 'BEGIN LIST CMD rack\nCMD rack\n')).toBe(
      'the server sent a row with too few or too many words',
    );
  });

  it.each([
    ['VAR rack a "b"\n', 'a list that was not asked for'],
    ['BEGIN LIST VAR other\n', 'a list that was not asked for'],
    ['BEGIN LIST VAR rack more\n', 'a list that was not asked for'],
    ['BEGIN LIST VAR\n', 'a list that was not asked for'],
    [`${BEGIN}VAR other a "b"\n`, 'a row that belongs to another list'],
    [`${BEGIN}CMD rack a\n`, 'a row that belongs to another list'],
    [`${BEGIN}ERR DATA-STALE\n`, 'a row that belongs to another list'],
    [`${BEGIN}VAR rack a\n`, 'a row with too few or too many words'],
    [`${BEGIN}VAR rack a b c\n`, 'a row with too few or too many words'],
    [`${BEGIN}END LIST VAR\n`, 'a row that belongs to another list'],
    [`${BEGIN}\n`, 'a line that is no NUT reply'],
    [`${BEGIN}VAR rack a "b\n`, 'a line that is no NUT reply'],
    [`${BEGIN}${END}${END}`, 'more than it was asked for'],
    [`${BEGIN}${END}V`, 'more than it was asked for'],
  ])('is no list when it comes as %j', (text, what) => {
    expect(faultOf(LIST, text)).toBe(`the server sent ${what}`);
  });

  it('has at most 1,000 rows', () => {
    const rows = (count: number): string => Array.from({ length: count }, (_, place) => `VAR rack v${place} "1"\n`).join('');
    expect(new ReplyReader(LIST).take(BEGIN + rows(1_000) + END)).toMatchObject({ ok: true });
    expect(faultOf(LIST, BEGIN + rows(1_001))).toBe('the server sent a list of more than 1000 rows');
  });

  it('is not complete before its end, however it is cut', () => {
    const reader = new ReplyReader(LIST);
    for (const piece of [BEGIN, 'VAR rack a', ' "b"\nEND LIST', ' VAR rack']) expect(reader.take(piece)).toBeUndefined();
    expect(reader.take('\n')).toEqual({ ok: true, value: { kind: 'rows', rows: [['a', 'b']] } });
  });

  it('becomes a map, in which a row without a value says nothing', () => {
    expect([...mapOf([['a', '1'], ['__proto__', 'x'], ['b'], [], ['a', '2']])]).toEqual([
      ['a', '2'],
      ['__proto__', 'x'],
      ['b', ''],
      ['', ''],
    ]);
  });
});

describe('a line', () => {
  const long = (characters: number): string => `VAR rack ups.status "${'x'.repeat(characters - 'VAR rack ups.status ""'.length)}"`;

  it('has at most 4,096 characters, and is given up as soon as there are more', () => {
    expect(new ReplyReader(STATUS).take(`${long(4_096)}\n`)).toMatchObject({ ok: true });
    expect(faultOf(STATUS, `${long(4_097)}\n`)).toBe('the server sent a line without end');
    expect(faultOf(STATUS, 'x'.repeat(4_096))).toBeUndefined();
    expect(faultOf(STATUS, 'x'.repeat(4_096), 'x')).toBe('the server sent a line without end');
  });

  it('loses a carriage return at its end alone', () => {
    expect(new ReplyReader(STATUS).take('VAR rack ups.status "O\rL"\r\n')).toMatchObject({ value: { words: ['O\ufffdL'] } });
  });

  it.each([
    ['VAR rack ups.load "1"\n', 'the answer to another question'],
    ['VAR rack ups.status\n', 'an answer with too few or too many words'],
    ['VAR rack ups.status a b\n', 'an answer with too few or too many words'],
    ['\n', 'a line that is no NUT reply'],
    ['"\n', 'a line that is no NUT reply'],
    ['VAR rack ups.status "OL"\nVAR', 'more than it was asked for'],
    ['VAR rack ups.status "OL"\n\n', 'more than it was asked for'],
  ])('%j is no answer: it is %s', (text, what) => {
    expect(faultOf(STATUS, text)).toBe(`the server sent ${what}`);
  });
});

describe('an error', () => {
  it.each(['OK', 'A-', `A${'B'.repeat(39)}`])('has the code %s', (code) => {
    expect(new ReplyReader(LIST).take(`ERR ${code} and more\n`)).toEqual({ ok: true, value: { kind: 'error', code } });
  });

  it.each(['', 'A', 'aB', 'x AB', 'ABc', '-AB', 'A1', `A${'B'.repeat(40)}`])('has no code in "%s"', (code) => {
    expect(faultOf(LIST, `ERR "${code}"\n`)).toBe('the server sent an error without a code');
    expect(faultOf(LIST, 'ERR\n')).toBe('the server sent an error without a code');
  });
});

describe('consent', () => {
  it('is OK, and for a farewell also Goodbye', () => {
    expect(new ReplyReader(['LOGIN', 'rack']).take('OK\n')).toMatchObject({ ok: true, value: { words: ['OK'] } });
    expect(new ReplyReader(['LOGOUT']).take('OK Goodbye\n')).toMatchObject({ ok: true });
    expect(new ReplyReader(['LOGOUT']).take('Goodbye...\n')).toMatchObject({ ok: true });
    for (const [request, said] of [
      ['LOGIN', 'Goodbye...'],
      ['LOGOUT', 'Farewell'],
      ['LOGOUT', 'say Goodbye'],
      ['LOGIN', 'OKAY'],
    ]) {
      expect(faultOf([request ?? ''], `${said}\n`)).toBe('the server sent an answer that is neither OK nor an error');
    }
  });
});

it('a whole reply is at most 64 KiB', () => {
  expect(REPLY_LIMIT).toBe(65_536);
});
