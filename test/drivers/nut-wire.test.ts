// The text of the NUT protocol: what goes out comes back as it was, and no word becomes two.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeLine, quoted, ReplyReader, splitWords, WORD_LIMIT } from '../../src/wire/nut.ts';

const word = fc.string({ unit: 'binary', maxLength: WORD_LIMIT }).filter((text) => !/\p{Cc}/u.test(text) && text.length <= WORD_LIMIT);

describe('the text of the NUT protocol', () => {
  it.each([
    [['GET', 'VAR', 'rack', 'ups.status'], 'GET VAR rack ups.status'],
    [['PASSWORD', 'a#b=c d'], 'PASSWORD "a\\#b=c d"'],
    [['PASSWORD', 'T "q" \\'], 'PASSWORD "T \\"q\\" \\\\"'],
    [['PASSWORD', ''], 'PASSWORD ""'],
    [['LOGIN', 'Ê'], 'LOGIN "Ê"'],
  ])('writes %j as upsd reads it', (words, line) => {
    expect(encodeLine(words)).toEqual({ ok: true, value: line });
  });

  it('brings any words through in number and content', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const line = encodeLine(words);
        expect(line.ok && splitWords(line.value)).toEqual(words);
        expect(line.ok && /[\r\n]/.test(line.value)).toBe(false);
      }),
    );
  });

  it.each(['\n', '\r', '\0', '\t', '\u007f', '\u0085'])('sends no word with the control character %j', (control) => {
    expect(encodeLine(['SET', `a${control}b`]).ok).toBe(false);
  });

  it.each(['"open', 'a "b', 'a"b c"', '"a"b', 'end\\'])('calls the line %j no reply', (line) => {
    expect(splitWords(line)).toBeUndefined();
  });

  it('reads any values of any list, however the text is cut', () => {
    const rows = fc.array(fc.tuple(word, word), { maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.array(fc.nat(40), { maxLength: 20 }), (pairs, cuts) => {
        const lines = pairs.map(([name, value]) => `VAR "t 1" ${quoted(name)} ${quoted(value)}\n`);
        let text = `BEGIN LIST VAR "t 1"\n${lines.join('')}END LIST VAR "t 1"\n`;
        const reader = new ReplyReader(['LIST', 'VAR', 't 1']);
        for (const cut of cuts) {
          // A cut at the very end would be the whole reply.
          const piece = text.slice(0, Math.min(cut, text.length - 1));
          text = text.slice(piece.length);
          expect(reader.take(piece)).toBeUndefined();
        }
        expect(reader.take(text)).toEqual({ ok: true, value: { kind: 'rows', rows: pairs.map((pair) => [...pair]) } });
      }),
    );
  });

  it('throws at nothing, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.constantFrom('LIST', 'GET', 'LOGIN'), (pieces, verb) => {
        const reader = new ReplyReader([verb, 'VAR', 't1']);
        for (const piece of pieces) reader.take(piece);
      }),
    );
  });

  it.each([
    [['GET', 'VAR', 't1', 'ups.status'], 'VAR t1 ups.status "OL"\n', { kind: 'line', words: ['OL'] }],
    [['GET', 'NUMLOGINS', 't1'], 'NUMLOGINS t1 2\n', { kind: 'line', words: ['2'] }],
    [['GET', 'TYPE', 't1', 'ups.id'], 'TYPE t1 ups.id RW STRING:32\n', { kind: 'line', words: ['RW', 'STRING:32'] }],
    [['LOGIN', 't1'], 'OK\n', { kind: 'line', words: ['OK'] }],
    [['INSTCMD', 't1', 'load.off'], 'OK TRACKING 1-2-3\n', { kind: 'line', words: ['OK', 'TRACKING', '1-2-3'] }],
    [['LOGOUT'], 'Goodbye...\n', { kind: 'line', words: ['Goodbye...'] }],
    [['LOGIN', 't1'], 'ERR ACCESS-DENIED\n', { kind: 'error', code: 'ACCESS-DENIED' }],
  ])('reads the answer to %j', (words, text, answer) => {
    expect(new ReplyReader(words).take(text)).toEqual({ ok: true, value: answer });
  });

  it.each([
    [['GET', 'VAR', 't1', 'ups.status'], 'VAR t1 ups.load "40"\n'],
    [['GET', 'VAR', 't1', 'ups.status'], 'VAR t2 ups.status "OL"\n'],
    [['GET', 'VAR', 't1', 'ups.status'], 'VAR t1 ups.status\n'],
    [['GET', 'VAR', 't1', 'ups.status'], 'VAR t1 ups.status OL CHRG\n'],
    [['LOGIN', 't1'], 'welcome\n'],
  ])('takes nothing else for the answer to %j', (words, text) => {
    expect(new ReplyReader(words).take(text)).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });
});
