/** Words on a terminal: width as the eye sees it, wrapping, columns, colours. */
import { printable } from '../charts/markup.ts';

export type Style = 'worse' | 'better' | 'unsure' | 'muted' | 'strong';

const CODES: Readonly<Record<Style, string>> = { worse: '1;31', better: '32', unsure: '33', muted: '2', strong: '1' };

export type Paint = (style: Style, text: string) => string;

/** What is written on. */
export interface Page {
  readonly width: number;
  readonly paint: Paint;
}

/** Colours by ANSI escape sequences, or none at all. */
export function painter(colour: boolean): Paint {
  return (style, text) => (colour && text !== '' ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
}

const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Columns that a text takes: East Asian and emoji take two, combining marks none (Unicode annex 11, simplified). */
export function columns(text: string): number {
  let total = 0;
  for (const letter of text) total += /\p{M}/u.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return total;
}

/** Fits a text into exactly `width` columns; what is too long ends in `…`. */
export function cell(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const shown = cut(printable(text), width);
  const space = ' '.repeat(Math.max(0, width - columns(shown)));
  return side === 'left' ? shown + space : space + shown;
}

/** Lines of at most `width` columns, broken at spaces; a longer word is broken where it must be. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text)
    .split(' ')
    .flatMap((w) => pieces(w, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (columns(longer) <= width) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  return [...lines, line];
}

/** Wraps a text behind a label; the lines that follow are indented like the first. */
export function hanging(label: string, text: string, width: number): readonly string[] {
  const indent = ' '.repeat(columns(label));
  return wrap(text, Math.max(20, width - columns(label))).map((line, i) => (i === 0 ? label : indent) + line);
}

function cut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let shown = '';
  for (const letter of text) {
    if (columns(shown + letter) > width - 1) break;
    shown += letter;
  }
  return `${shown}…`;
}

function pieces(word: string, width: number): readonly string[] {
  if (columns(word) <= width) return [word];
  const step = Math.max(1, Math.floor(width / 2));
  const letters = Array.from(word);
  return Array.from({ length: Math.ceil(letters.length / step) }, (_, i) =>
    letters.slice(i * step, (i + 1) * step).join(''),
  );
}

/** A title with a rule behind it, over the width of the page. */
export function heading(text: string, page: Page): string {
  const shown = text.toUpperCase();
  return `${page.paint('strong', shown)} ${page.paint('muted', '─'.repeat(Math.max(0, page.width - columns(shown) - 1)))}`;
}
