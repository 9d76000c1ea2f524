import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkup, markup, printable, trusted } from '../../dashboards/charts/markup.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });

describe('markup', () => {
  it.each([
    ['<b>', '&lt;b&gt;'],
    [`"'&`, '&quot;&#39;&amp;'],
    ['&lt;', '&amp;lt;'],
    ['plain 名前 🙂', 'plain 名前 🙂'],
  ])('escapes %s', (text, escaped) => {
    expect(markup`<p>${text}</p>`.markup).toBe(`<p>${escaped}</p>`);
  });

  it('takes markup, lists, numbers and nothing as they are', () => {
    const items = ['<', '>'].map((text) => markup`<li>${text}</li>`);
    expect(markup`<ul title="${7}">${items}${null}${trusted('<hr>')}</ul>`.markup).toBe(
      '<ul title="7"><li>&lt;</li><li>&gt;</li><hr></ul>',
    );
  });

  it('lets no character through that could end an element or an attribute', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeMarkup(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
  });

  it('escapes without loss: undone, it is what printable shows', () => {
    const undone = (text: string): string =>
      text
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
        .replace(/&#39;/g, "'")
        .replace(/&amp;/g, '&');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(undone(escapeMarkup(text))).toBe(printable(text));
      }),
    );
  });
});

describe('printable', () => {
  it.each([
    ['a terminal escape', '\u001b[2Jx', '\\u{1b}[2Jx'],
    ['a line break', 'a\r\nb', 'a\\u{d}\\u{a}b'],
    ['a right-to-left override', 'a\u202eb', 'a\\u{202e}b'],
    ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['ordinary letters', 'Übergröße שלום', 'Übergröße שלום'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is stable: what it showed once stays', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });
});
