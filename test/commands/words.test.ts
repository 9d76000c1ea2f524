import { describe, expect, it } from 'vitest';
import { choice, parseWords } from '../../commands/words.ts';
import { HingeError } from '../../errors.ts';

const OPTIONS = {
  before: { type: 'string', multiple: true },
  after: { type: 'string', multiple: true },
  changed: { type: 'string' },
  quiet: { type: 'boolean' },
} as const;
const LISTS = ['before', 'after'];

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HingeError && error.code === 'USAGE') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('words of a command line', () => {
  it('lists take every word up to the next option, as a shell expands a pattern', () => {
    const { words, values } = parseWords(
      ['--before', 'a', 'b', '--changed', 'c', 'x', '--after', 'd', '--after=e'],
      OPTIONS,
      LISTS,
    );
    expect(values).toEqual({ before: ['a', 'b'], changed: 'c', after: ['d', 'e'] });
    expect(words).toEqual(['x']);
  });

  it('knows the options of every command', () => {
    expect(parseWords(['-c', 'f', '--set', 'a=1', '--set', 'b=2'], {}).values).toEqual({
      config: 'f',
      set: ['a=1', 'b=2'],
    });
  });

  it.each([
    [['--chnged', 'x'], 'unknown option --chnged; did you mean --changed?'],
    [['--zzzzzzzz'], 'unknown option --zzzzzzzz; --help lists them'],
    [['--changed'], 'option --changed needs a value'],
    [['--changed='], 'option --changed needs a value'],
    [['--quiet=yes'], 'option --quiet takes no value'],
    [['-x'], 'unknown option -x; --help lists them'],
  ])('refuses %j', (argv, expected) => {
    expect(refusal(() => parseWords(argv, OPTIONS, LISTS))).toBe(expected);
  });

  it('names the words that an option allows', () => {
    expect(refusal(() => choice({ format: 'jsno' }, 'format', ['text', 'json'], 'text'))).toBe(
      '--format jsno: expected one of text, json; did you mean json?',
    );
    expect(choice({}, 'format', ['text', 'json'], 'text')).toBe('text');
  });
});
