/** Whom a signal is compared with after a change, and what is tolerated beside that. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../analysis/input/settings.ts';
import { type ControlInput, controlOf, type InstanceEvents, tolerantSlo } from '../../flags/control.ts';
import type { Slo } from '../../model.ts';
import { SLO } from './fixtures.ts';

fc.configureGlobal({ seed: 20_261_121 });

const events = (build: string, variant: string, bad: number, total = 1_000): InstanceEvents => ({
  ...{ build, instance: `${build}-${variant}`, variant, good: total - bad, total },
});

const before = [events('v1', '', 5), events('v1', 'on', 5)];
const input = (now: readonly InstanceEvents[], more: Partial<ControlInput> = {}): ControlInput => ({
  ...{ before, now, beyond: now, byVariant: true, minEvents: 30 },
  ...more,
});
const control = (now: readonly InstanceEvents[], more: Partial<ControlInput> = {}) =>
  controlOf(input(now, more), SLO, DEFAULT_SETTINGS);

describe('the control of a change', () => {
  const old = events('v1', 'disabled', 2);
  const off = events('v2', 'disabled', 3);
  const on = events('v2', 'on', 9);
  it.each<[string, readonly InstanceEvents[], Partial<ControlInput>, object | null]>([
    [
      'builds of before, whatever their variant',
      [old, events('v1', 'on', 4), off, on],
      {},
      { kind: 'build', control: { good: 1_994, total: 2_000 }, changed: { good: 1_988, total: 2_000 } },
    ],
    [
      'instances without the variant, where every build is new',
      [off, on],
      {},
      { kind: 'variant', control: { good: 997, total: 1_000 }, changed: { good: 991, total: 1_000 } },
    ],
    ['not where the change took the variant from them', [off, on], { byVariant: false }, { kind: 'before' }],
    ['not where calls of one instance differ', [off, on, events('v2', 'mixed', 5)], {}, { kind: 'before' }],
    [
      'the time before, of all calls, where all serve alike',
      [off],
      {},
      { kind: 'before', control: { good: 1_990, total: 2_000 }, changed: { good: 997, total: 1_000 } },
    ],
    [
      'the time before, where few calls are served by builds of before',
      [events('v1', '', 0, 29), on],
      {},
      { kind: 'before' },
    ],
    [
      'the time before, where no build is named',
      [events('', '', 5)],
      { before: [events('', '', 5)] },
      { kind: 'before' },
    ],
    ['nothing, where nothing served before', [on], { before: [] }, null],
    ['nothing, where nothing serves now', [], {}, null],
  ])('is %s', (_, now, more, expected) => {
    const found = control(now, more);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject(expected);
  });

  it('counts every call once', () => {
    const any = fc.record({
      ...{
        build: fc.constantFrom('', 'v1', 'v2'),
        instance: fc.string(),
        variant: fc.constantFrom('', 'on', 'disabled'),
      },
      ...{ good: fc.nat(1_000), total: fc.constant(1_000) },
    });
    const total = (rows: readonly { total: number }[]) => rows.reduce((sum, each) => sum + each.total, 0);
    fc.assert(
      fc.property(fc.array(any), fc.array(any), fc.boolean(), (was, now, byVariant) => {
        const found = control(now, { before: was, byVariant });
        if (found === null) {
          expect(Math.min(total(was), total(now))).toBe(0);
          return;
        }
        const sides = found.kind === 'before' ? [found.changed] : [found.changed, found.control];
        expect(total(sides)).toBe(total(now));
      }),
    );
  });
});

describe('what is tolerated', () => {
  const errors: Slo = { name: 'errors', service: 'checkout', indicator: 'errors', objective: 0.99 };
  const tolerated = (slo: Slo, bad: number) =>
    controlOf(input([events('v1', '', bad), events('v2', '', 0)]), slo, DEFAULT_SETTINGS)?.tolerated;

  it.each<[string, Slo, number, number]>([
    ['of errors a tenth more', errors, 50, 0.055],
    ['of errors the floor, where that is more', errors, 0, 0.001],
    ['of attempts a twentieth more', { ...errors, indicator: 'retries' }, 500, 1 - 1 / 2.1],
    ['of attempts the floor, where that is more', { ...errors, indicator: 'retries' }, 0, 1 - 1 / 1.05],
    ['of latency no more calls, because the threshold is raised', SLO, 50, 0.05],
  ])('is %s', (_, slo, bad, expected) => {
    expect(tolerated(slo, bad)).toBeCloseTo(expected, 9);
  });

  it.each([
    [0.999, 300, 330],
    [0.99, 300, 315],
    [0.95, 300, 315],
    [0.5, 300, 315],
    [0.99, 10, 11],
  ])('raises the threshold of an objective of %d from %d to %d ms', (objective, thresholdMs, raised) => {
    expect(tolerantSlo({ ...SLO, objective, thresholdMs }, DEFAULT_SETTINGS).thresholdMs).toBeCloseTo(raised, 9);
  });

  it('leaves other indicators alone', () => {
    expect(tolerantSlo(errors, DEFAULT_SETTINGS)).toEqual(errors);
  });
});
