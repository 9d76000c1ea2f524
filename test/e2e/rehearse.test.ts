/** `hinge rehearse --dry` as a person runs it. */

import { afterAll, describe, expect, it } from 'vitest';
import { hinge, scratchFolder } from '../support/hinge.ts';

const SMALL = ['--dry', '--instances', '4', '--endpoints', '1', '--calls', '600', '--releases', '3'];
const folder = scratchFolder();
afterAll(() => folder[Symbol.dispose]());

describe('hinge rehearse', () => {
  it('without --dry says that only the dry rehearsal exists', async () => {
    const { code, out, err } = await hinge(['rehearse', '--instances', '4']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('only the dry rehearsal exists: give --dry');
  });

  it('prints the table, the smallest sizes and what would help', async () => {
    const { code, out } = await hinge(['rehearse', ...SMALL]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Dry rehearsal: .* 3 releases a line, seed 1;/);
    expect(out).toContain('4 instances of each service; 1 endpoint of 600 calls an hour');
    for (const line of [
      /^Nothing changed +after 10 min +after 30 min +after 60 min$/m,
      /^ {2}false alarm +\d+ % \(\d+-\d+\)/m,
      /^ {2}tail \(from p95 on\) \+10 % +\d+ %/m,
      /^Smallest size tried that is found in 90 %/m,
      /^What would help \(/m,
    ])
      expect(out).toMatch(line);
  });

  it('the same seed gives the same bytes, another seed others', async () => {
    const json = async (seed: string) => (await hinge(['rehearse', ...SMALL, '--json', '--seed', seed])).out;
    const [first, again, other] = [await json('5'), await json('5'), await json('6')];
    expect(again).toBe(first);
    expect(JSON.parse(other).lines).not.toEqual(JSON.parse(first).lines);
    expect(JSON.parse(first)).toMatchObject({ schema: 'hinge.rehearsal/1', seed: 5, releases: 3 });
  });

  it('judges with the configuration: tolerances above every change find nothing', async () => {
    const wide = ['p50', 'p95', 'p99', 'p999', 'errors', 'retries', 'calls'];
    const file = folder.write(
      'hinge.yaml',
      `analysis:\n  tolerances: {${wide.map((key) => `${key}: 1`).join(', ')}}\n`,
    );
    const words = ['rehearse', '--dry', '--endpoints', '1', '--calls', '6000', '--releases', '3', '--json'];
    const found = async (more: readonly string[]) => {
      const { out } = await hinge([...words, ...more]);
      const { lines } = JSON.parse(out) as {
        lines: { change: { kind: string; size: number }; looks: { found: { count: number } }[] }[];
      };
      return lines.find(({ change }) => change.kind === 'all' && change.size === 0.5)?.looks.at(-1)?.found.count;
    };
    expect(await found([])).toBe(3);
    expect(await found(['--config', file])).toBe(0);
  });
});
