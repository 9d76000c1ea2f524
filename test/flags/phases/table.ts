/** Rows of the controller's step: from which state, on which readings, to which state, with which change. */
import { expect } from 'vitest';
import type { Behaviour } from '../../../flags/behaviour.ts';
import type { Readings } from '../../../flags/readings.ts';
import { type FlagState, INITIAL } from '../../../flags/state.ts';
import { step } from '../../../flags/step.ts';
import type { ControllerState } from '../../../model.ts';
import { LADDER, MINUTE, NOW, policy, readings } from '../fixtures.ts';

export const breach = { atMs: NOW - MINUTE, slo: 'checkout-latency', badShare: 0.3, because: 'checkout-latency burns' };
export const kill = { kind: 'disable' } as const;
export const toSafer = {
  kind: 'payload',
  place: { strategyId: 's1', variant: 0 },
  from: LADDER[0] ?? '',
  to: LADDER[1] ?? '',
} as const;

export const state = (phase: ControllerState, more: Partial<FlagState> = {}): FlagState => ({
  ...INITIAL,
  phase,
  sinceMs: NOW - 1_000,
  upgradeId: 'u1',
  ...(phase === 'OBSERVE' ? {} : { armedEventId: 10, breach }),
  ...more,
});

export const writing = (more: Partial<NonNullable<FlagState['change']>> = {}) => ({
  change: {
    change: kill,
    firstMs: NOW - 5_000,
    decidedMs: NOW - 5_000,
    triedMs: NOW - 5_000,
    attempts: 1,
    eventId: null,
    ...more,
  },
});
export const changed = { change: { ...writing().change, eventId: 11 }, ownEventId: 11, lastChangeMs: NOW - 5_000 };

export interface Row {
  readonly when: string;
  readonly from: FlagState;
  readonly reads?: Partial<Readings>;
  readonly policy?: Partial<Behaviour>;
  readonly to: ControllerState;
  readonly reason?: string;
  readonly intents?: readonly object[];
  readonly text?: RegExp;
  readonly has?: Partial<FlagState>;
}

export function check({ from, reads, policy: more, to, reason = '', intents = [], text = /./, has = {} }: Row): void {
  const decision = step(from, readings(reads), NOW, policy(more));
  expect({ ...decision.state, text: '' }).toMatchObject({ phase: to, reason, ...has });
  expect(decision.state.text).toMatch(text);
  expect(decision.intents).toEqual(intents);
}
