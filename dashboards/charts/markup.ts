/** Markup by tagged template: whatever is put in is escaped, unless it is markup itself. */

/** Text that stands in HTML or SVG as it is. Made by `markup` and `trusted` alone. */
export interface Markup {
  readonly markup: string;
}

export type Content = Markup | string | number | null | readonly Content[];

/** Escapes every value it is given: safe in element content and in quoted attributes. `null` leaves nothing. */
export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return { markup: strings.reduce((text, part, i) => text + render(values[i - 1] ?? null) + part) };
}

/** Markup that the product itself made: never text out of telemetry. */
export function trusted(text: string): Markup {
  return { markup: text };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for HTML and XML, in content and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);
}

/**
 * Shows what would act instead of being read: control characters (terminal escapes, line breaks) and the invisible marks
 * that reorder or hide text become `\u{1b}` and the like (Unicode TR 36, "Bidirectional text spoofing").
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\ufffe\uffff]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
}

function render(value: Content): string {
  if (value === null) return '';
  if (typeof value === 'string') return escapeMarkup(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(render).join('');
}
