/** The words of `hinge rehearse`, and the traffic that they mean. */

import { describe, expect, it } from 'vitest';
import { planOf, REHEARSE_OPTIONS } from '../../../commands/rehearse/options.ts';
import { parseWords } from '../../../commands/words.ts';
import { loadConfig } from '../../../config.ts';

const planFor = (words: readonly string[], assignments: readonly string[] = []) =>
  planOf(
    parseWords(words, REHEARSE_OPTIONS).values,
    loadConfig({ file: undefined, environment: {}, assignments: [...assignments] }),
  );

describe('what is rehearsed', () => {
  it('by default', () => {
    expect(planFor([])).toEqual({
      traffic: {
        ...{ instances: 10, endpoints: 5, callsPerHour: 10_000, medianMs: 20, oldAndNew: 'before-after' },
        ...{ windowMinutes: 60, historyDays: 0, dailyRise: 0 },
      },
      releases: 50,
      seed: 1,
    });
  });

  it('by words and configuration', () => {
    const words = ['--instances', '6', '--calls', '500', '--endpoints', '9', '--median-ms', '80', '--seed', '5'];
    const more = ['--old-and-new', 'together', '--history', '9', '--daily-rise', '30', '--releases', '7'];
    expect(planFor([...words, ...more], ['analysis.windowMinutes=30', 'analysis.historyDays=4'])).toEqual({
      traffic: {
        ...{ instances: 6, endpoints: 9, callsPerHour: 500, medianMs: 80, oldAndNew: 'together' },
        // Earlier days beyond those that the configuration looks at do not count.
        ...{ windowMinutes: 30, historyDays: 4, dailyRise: 0.3 },
      },
      releases: 7,
      seed: 5,
    });
  });

  it.each([
    ['as much traffic as the default', [], 50],
    ['little traffic', ['--calls', '10'], 50],
    ['twice the traffic', ['--calls', '20000'], 25],
    ['earlier days, which are drawn too', ['--history', '1'], 25],
    ['very much traffic', ['--calls', '1000000'], 20],
    ['as many as are asked for', ['--calls', '1000000', '--releases', '100'], 100],
  ])('so many releases: %s', (_, words, releases) => {
    expect(planFor(words).releases).toBe(releases);
  });

  it.each([
    [['--instances', '0'], '--instances 0: expected a whole number from 1 to 1000'],
    [['--calls', '1e3'], '--calls 1e3: expected a whole number from 1 to 10000000'],
    [['--endpoints', '-1'], '--endpoints -1: expected a whole number from 1 to 1000'],
    [['--releases', '2.5'], '--releases 2.5: expected a whole number from 1 to 100000'],
    [['--seed', '4294967296'], '--seed 4294967296: expected a whole number from 0 to 4294967295'],
    [['--history', 'week'], '--history week: expected a whole number from 0 to 60'],
    [['--old-and-new', 'togehter'], '--old-and-new togehter: expected one of together, before-after'],
    [['--old-and-new', 'together', '--instances', '1'], '--old-and-new together needs two instances or more'],
    [['--intsances', '3'], 'unknown option --intsances'],
  ])('%j is refused', (words, message) => {
    expect(() => planFor(words)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    );
  });
});
