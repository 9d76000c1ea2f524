import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../dashboards/report/html.ts';
import { prose, renderMarkdown } from '../../dashboards/report/markdown.ts';
import { columns } from '../../dashboards/report/terminal.ts';
import { renderText } from '../../dashboards/report/text.ts';
import type { Report } from '../../model.ts';
import {
  crowdedReport,
  HOSTILE_TEXTS,
  hostileReport,
  inconclusiveReport,
  quietReport,
  sampleReport,
} from '../support/report.ts';

const plain = (report: Report, width = 100): string => renderText(report, { colour: false, width });
const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });

const DRESSES = [
  ['text', (report: Report) => plain(report, 240)],
  ['markdown', renderMarkdown],
  ['html', (report: Report) => renderHtml(report)],
] as const;

const REPORTS = [
  ['regressed', sampleReport()],
  ['unchanged', quietReport()],
  ['inconclusive', inconclusiveReport()],
] as const;

/** The sample after people or Hinge tried the flag of its first suspect, or of all. */
function tried(intervention: 'confirmed' | 'cleared', suspects = sampleReport().suspects.slice(0, 1)): Report {
  const report = sampleReport();
  return { ...report, suspects: suspects.map((suspect) => ({ ...suspect, intervention })) };
}

describe.each(DRESSES)('%s', (_, render) => {
  it('says what was proved by intervention', () => {
    const share = 'explains 91 % (83 % to 97 %)';
    expect(render(tried('confirmed')).replaceAll('\\', '')).toContain(`${share}, confirmed by intervention`);
    const cleared = render(tried('cleared')).replaceAll('\\', '');
    expect(cleared).toContain(`${share}, cleared by intervention`);
    expect(cleared).toContain('None left: ');
    expect(render(sampleReport())).not.toContain('by intervention');
  });

  it.each([
    'checkout 2.14.0 made POST /checkout 3.8 times as slow at p99',
    'Yes: 5 of 15 tests regressed, 0.25 false flags expected',
    '×3.76',
    '×3.35 to ×4.17',
    '255 ms',
    '959 ms',
    '1.294',
    'inconclusive',
    'sees +18 %',
    'the smallest change that this much data would have shown',
    '12,480 → 12,391 calls, 3 → 3 instances',
    'old and new served in the same minutes',
    '2.13.4 → 2.14.0',
    'explains 91 % (83 % to 97 %)',
    'not in the upgrade',
    'on all 3 instances',
    'checkout.retry-strategy',
    'turned off',
    '14:23:24',
    'Yes: recovery proved: p99 of POST /checkout from 959 ms back to 258 ms in 132 s',
    '2026-11-20 13:10:00 to 14:10:00 UTC (1 h 00 min), 86,402 calls',
    'payments sends no telemetry',
  ])('says: %s', (words) => {
    const said = render(sampleReport())
      .replace(/\\|<\/?(bdi|strong)>|\*\*|\u2060/g, '')
      .replaceAll('&gt;', '>');
    expect(said.toLowerCase()).toContain(words.toLowerCase());
  });

  it.each(REPORTS)('of a report that is %s says the verdict and the headline', (verdict, report) => {
    const said = render(report).replace(/\\/g, '').replaceAll('\u00a0', ' ');
    expect(said.toLowerCase()).toContain(verdict);
    expect(said).toContain(report.headline.replace(/\.$/, ''));
  });

  it('names leads as what they are, in place of suspects', () => {
    const said = render(inconclusiveReport()).replace(/<style>.*<\/style>|\\|<[^>]*>|\*\*/gs, '');
    expect(said.toLowerCase()).toContain('leads below the bar');
    for (const words of [
      'significant if asked alone; 120 tests were asked',
      'Of releases in which nothing changed, up to 38 % have one as strong as the first: it is what chance gives',
      'Leads accuse nobody, and nothing acts on them',
      'p = 0.004; chance: up to 38 % of releases',
      'p50 from 61 ms to 74 ms (+21.3 %, p = 0.004)',
    ])
      expect(said.replace(/\s+/g, ' ')).toContain(words);
    expect(said).not.toMatch(/suspect|which binary/i);
    for (const quiet of [sampleReport(), quietReport()]) expect(render(quiet).toLowerCase()).not.toContain('leads');
  });

  it('is the same each time', () => {
    expect(render(sampleReport())).toBe(render(sampleReport()));
  });

  it('caps nothing silently', () => {
    const said = render(crowdedReport(60));
    for (let i = 0; i < 60; i += 1) expect(said).toContain(`/resource-${i}/`);
  });
});

describe('text', () => {
  it.each(REPORTS)('of a report that is %s keeps to 100, 80 and 132 columns', (_, report) => {
    for (const width of [80, 100, 132]) {
      for (const line of plain(report, width).split('\n')) expect(columns(line), line).toBeLessThanOrEqual(width);
    }
  });

  it('colours on request, and only colours', () => {
    const coloured = renderText(sampleReport(), { colour: true, width: 100 });
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(plain(sampleReport()));
    expect(plain(sampleReport())).not.toContain('\u001b');
  });

  it('sends no control character of a name to the terminal, and keeps to the width', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const said = plain(hostileReport(text));
        expect(said).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
        for (const line of said.split('\n')) expect(columns(line)).toBeLessThanOrEqual(100);
      }),
      { numRuns: 60 },
    );
  });
});

describe('markdown', () => {
  const pipes = (line: string): number => (line.replace(/\\./g, '').match(/\|/g) ?? []).length;

  it('lets no name change a table, make a link, or call a person', () => {
    const shape = (report: Report): readonly number[] => renderMarkdown(report).split('\n').map(pipes);
    const benign = shape(hostileReport('x'));
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom(...HOSTILE_TEXTS.filter((text) => text !== ''))), (text) => {
        expect(shape(hostileReport(text))).toEqual(benign);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['<script>', '&lt;script&gt;'],
    ['a|b', 'a\\|b'],
    ['`x` **y**', '\\`x\\` \\*\\*y\\*\\*'],
    ['[a](https://b)', '\\[a\\](https:\u2060//b)'],
    ['@everyone #12', '@\u2060everyone #\u206012'],
    ['one\ntwo', 'one\\\\u{a}two'],
    ['- 1. item', '\\- 1. item'],
    ['1. item', '1\\. item'],
    ['checkout.retry-strategy (2 %)', 'checkout.retry-strategy (2 %)'],
  ])('writes %s as text', (text, written) => {
    expect(prose(text)).toBe(written);
  });
});

describe('html', () => {
  it('has the same elements and attributes whatever the names contain', () => {
    const shape = (html: string): readonly (number | undefined)[] =>
      [/</g, />/g, /"/g].map((mark) => html.match(mark)?.length);
    const benign = shape(renderHtml(hostileReport('x')));
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom(...HOSTILE_TEXTS.filter((text) => text !== ''))), (text) => {
        expect(shape(renderHtml(hostileReport(text)))).toEqual(benign);
      }),
      { numRuns: 60 },
    );
  });

  it('fetches nothing, and says so to the browser', () => {
    const html = renderHtml(sampleReport());
    expect(html).toContain('default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:');
    expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|<script|@import|url\(/);
  });

  it('links traces only to web addresses', () => {
    const traceUrl = 'https://traces.example/t/{traceId}';
    expect(renderHtml(sampleReport(), { links: { traceUrl } })).toContain(
      'href="https://traces.example/t/4bf92f3577b34da6a3ce929d0e0e4736"',
    );
    expect(renderHtml(sampleReport(), { links: { traceUrl: 'javascript:alert(1)' } })).not.toContain(
      'href="javascript',
    );
  });

  it('has a table beside every chart', () => {
    const html = renderHtml(sampleReport());
    expect(html.match(/class="twin"/g)?.length).toBe(html.match(/<figure>/g)?.length);
  });

  it('stays small with many findings', () => {
    expect(renderHtml(crowdedReport(300)).length).toBeLessThan(400_000);
  });
});
