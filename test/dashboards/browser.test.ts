import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderOverview } from '../../dashboards/page/index.ts';
import { renderHtml } from '../../dashboards/report/html.ts';
import { openBrowser } from '../support/browser.ts';
import { crowdedReport, HOSTILE_TEXTS, hostileReport, quietReport, sampleReport } from '../support/report.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What the console said, errors of the page, and addresses that it tried to fetch. */
  readonly noise: string[];
}

async function open(html: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (error) => noise.push(error.message));
  page.on('request', (request) => noise.push(request.url()));
  await page.route('http://report.test/', (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }),
  );
  await page.goto('http://report.test/');
  noise.splice(noise.indexOf('http://report.test/'), 1);
  return { page, noise, [Symbol.asyncDispose]: () => context.close() };
}

const overview = renderOverview({
  upgrades: [
    {
      upgrade: {
        id: 'u2',
        name: 'dten-7.2',
        startedMs: 1.7e12,
        finishedMs: null,
        changed: [{ service: 'checkout', from: '1', to: '2' }],
      },
      report: sampleReport(),
    },
    { upgrade: { id: 'u1', name: 'dten-7.1', startedMs: 1.6e12, finishedMs: 1.61e12, changed: [] }, report: null },
  ],
  flags: [
    { flag: 'checkout.retry-strategy', environment: 'production', mode: 'act', state: 'HOLD', text: 'recovery proved' },
  ],
  actions: sampleReport().actions,
  checks: [{ name: 'store', ok: true, text: 'answers' }],
  nowMs: 1.7e12,
  version: '0.1.0',
});

const PAGES = [
  ['the report', renderHtml(sampleReport())],
  ['the report of a quiet upgrade', renderHtml(quietReport())],
  ['the report of many findings', renderHtml(crowdedReport(40))],
  ['the overview', overview],
] as const;

describe.each(PAGES)('%s', (_, html) => {
  it('opens in silence: nothing in the console, nothing fetched', async () => {
    await using opened = await open(html);
    expect(await opened.page.locator('h1').isVisible()).toBe(true);
    expect(opened.noise).toEqual([]);
  });

  it('reads the same with scripts off', async () => {
    await using off = await open(html, { javaScriptEnabled: false });
    await using on = await open(html);
    expect(await off.page.locator('main').textContent()).toBe(await on.page.locator('main').textContent());
  });

  it('fits a phone: nothing but tables is wider than the screen', async () => {
    await using opened = await open(html, { viewport: { width: 400, height: 800 } });
    const width = await opened.page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(400);
  });

  it.each(['light', 'dark'] as const)('has the contrast that WCAG AA asks for, %s', async (colorScheme) => {
    await using opened = await open(html, { colorScheme });
    await opened.page.evaluate('for (const d of document.querySelectorAll("details")) d.open = true');
    expect(await opened.page.evaluate(LOW_CONTRAST)).toEqual([]);
  });
});

describe('the policy of the report', () => {
  it('blocks a script that got in all the same', async () => {
    const html = renderHtml(sampleReport()).replace(
      '</main>',
      '<script>globalThis.pwned=1</script><img src="http://report.test/x.png" onerror="globalThis.pwned=1"></main>',
    );
    await using opened = await open(html);
    expect(await opened.page.evaluate('globalThis.pwned')).toBeUndefined();
    expect(opened.noise.filter((line) => line.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(2);
  });

  it.each(HOSTILE_TEXTS)('and its escaping leave the name %j inert', async (text) => {
    // Without the policy, so that escaping alone is on trial.
    const html = renderHtml(hostileReport(text)).replace(/<meta http-equiv[^>]*>/, '');
    await using opened = await open(html);
    await opened.page.evaluate(TOUCH_ALL);
    expect(await opened.page.evaluate('globalThis.pwned')).toBeUndefined();
    expect(opened.noise).toEqual([]);
    expect(await opened.page.locator('script, img, iframe, object, embed, a').count()).toBe(0);
  });
});

describe('light, dark and print', () => {
  const background = 'getComputedStyle(document.body).backgroundColor';

  it('follows the scheme of the reader', async () => {
    await using light = await open(PAGES[0][1], { colorScheme: 'light' });
    await using dark = await open(PAGES[0][1], { colorScheme: 'dark' });
    expect(await light.page.evaluate(background)).toBe('rgb(255, 255, 255)');
    expect(await dark.page.evaluate(background)).toBe('rgb(19, 19, 22)');
  });

  it('prints light, with everything unfolded', async () => {
    await using opened = await open(PAGES[0][1], { colorScheme: 'dark' });
    await opened.page.emulateMedia({ media: 'print' });
    expect(await opened.page.evaluate(background)).toBe('rgb(255, 255, 255)');
    expect(await opened.page.locator('table.twin').first().isVisible()).toBe(true);
  });
});

describe('the charts', () => {
  it('are valid SVG by themselves', async () => {
    await using opened = await open(PAGES[0][1]);
    const faults = await opened.page.evaluate(
      'Array.from(document.querySelectorAll("figure svg"), (s) => new DOMParser().parseFromString(s.outerHTML, "image/svg+xml").querySelectorAll("parsererror").length)',
    );
    expect(faults).toEqual([0, 0, 0, 0]);
  });

  it.each([1060, 400])(
    'show one drawing each, no text outside of it, none over another, at %d pixels',
    async (width) => {
      await using opened = await open(PAGES[0][1], { viewport: { width, height: 900 } });
      const seen = opened.page.locator('figure svg:visible');
      expect(await seen.count()).toBe(2);
      expect(await opened.page.evaluate(TEXT_OUTSIDE)).toEqual([]);
      expect(await opened.page.evaluate(TEXT_OVER_TEXT)).toEqual([]);
    },
  );

  it('unfold to the table that says the same', async () => {
    await using opened = await open(PAGES[0][1]);
    const twin = opened.page.locator('table.twin').first();
    expect(await twin.isVisible()).toBe(false);
    await opened.page.getByText('The chart as a table').first().click();
    expect(await twin.locator('tr', { hasText: 'p99.9' }).textContent()).toMatch(/\+720 ms/);
  });
});

/** What a hand with a mouse could set off. */
const TOUCH_ALL = `for (const e of document.querySelectorAll('*')) for (const type of ['mouseover', 'focus', 'click']) e.dispatchEvent(new Event(type, { bubbles: true }))`;

/** Texts of visible charts that stand outside of their drawing. */
const TEXT_OUTSIDE = `Array.from(document.querySelectorAll('figure svg')).filter((svg) => svg.checkVisibility()).flatMap((svg) => {
  const box = svg.getBoundingClientRect();
  return Array.from(svg.querySelectorAll('text')).filter((text) => {
    const b = text.getBoundingClientRect();
    return b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1;
  }).map((text) => text.textContent);
})`;

/** Pairs of texts of visible charts that cover each other. */
const TEXT_OVER_TEXT = `Array.from(document.querySelectorAll('figure svg')).filter((svg) => svg.checkVisibility()).flatMap((svg) => {
  const texts = Array.from(svg.querySelectorAll('text'), (text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  return texts.flatMap((a, i) => texts.slice(i + 1).filter((b) => a.box.left < b.box.right && b.box.left < a.box.right && a.box.top + 3 < b.box.bottom && b.box.top + 3 < a.box.bottom).map((b) => a.text + ' / ' + b.text));
})`;

/** Texts whose contrast with what lies behind them is under 4.5 to 1 (WCAG 2.2, 1.4.3). */
const LOW_CONTRAST = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => { const v = c[i] / 255; return sum + w * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); }, 0);
  const behind = (e) => { for (let at = e; at; at = at.parentElement) { const c = channels(getComputedStyle(at).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const low = [];
  for (const e of document.querySelectorAll('main *')) {
    const own = Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.textContent.trim() !== '');
    if (!own || !e.checkVisibility() || e.closest('title, desc')) continue;
    const style = getComputedStyle(e);
    const colour = channels(e.namespaceURI.endsWith('svg') ? style.fill : style.color);
    const [a, b] = [light(colour), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(e.textContent.trim() + ' ' + ((a + 0.05) / (b + 0.05)).toFixed(2));
  }
  return low;
})()`;
