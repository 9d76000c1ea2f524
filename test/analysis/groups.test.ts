import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byRoot, byUnit, groupRuns } from '../../analysis/input/groups.ts';
import { histogramOf } from '../support/generator.ts';

it('groups as Map.groupBy does, in whatever order the members stand', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.nat() })), (members) => {
      const groups = groupRuns(members, ({ key }) => key);

      expect([...groups]).toEqual([...Map.groupBy(members, ({ key }) => key)]);
    }),
  );
});

const cell = (rootEndpoint: string, unit: string) => ({
  ...{ rootService: 'shop', rootEndpoint, unit, build: 'v1', variant: '', instance: 'i', slotMs: 0 },
  ...{ requests: 1, spans: 1, selfTimes: histogramOf([]) },
});

it('knows self times by unit and by root endpoint, and groups one list once', () => {
  const [look, pay, cart] = [cell('GET /look', 'shop'), cell('POST /pay', 'shop'), cell('POST /pay', 'cart')];
  const cells = [look, pay, cart];

  expect([...byUnit(cells)]).toEqual([
    ['shop', [look, pay]],
    ['cart', [cart]],
  ]);
  expect([...byRoot(cells)]).toEqual([
    ['["shop","GET /look"]', [look]],
    ['["shop","POST /pay"]', [pay, cart]],
  ]);
  expect(byUnit(cells)).toBe(byUnit(cells));
});
