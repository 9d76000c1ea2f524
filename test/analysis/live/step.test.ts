/** The live test's step: what it decides on which looks, and what never changes its mind. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveLook, LiveState, StreamLook, Watched } from '../../../analysis/live/state.ts';
import { stepLive, streamId } from '../../../analysis/live/step.ts';
import type { Signal } from '../../../model.ts';
import { type Course, caseOf, look, MINUTE_MS, ofSignal, START_MS, streamLook, watched } from './fixtures.ts';

/** A look a minute. */
function follow(state: LiveState, minutes: number, course: Course = {}, from = 1): LiveState {
  let now = state;
  for (let minute = from; minute <= minutes; minute++) {
    const streams = state.streams.map((stream) => streamLook(stream.watched, minute, course));
    now = stepLive(now, look(minute, streams)).state;
  }
  return now;
}

const first = (state: LiveState) => state.decision.evidence[0];

describe('a candidate that is five times worse', () => {
  it.each<[Signal]>([['latency.p99'], ['errors'], ['retries']])(
    '%s: suspected at once, acted on once it lasts',
    (signal) => {
      const early = follow(caseOf([ofSignal(signal)]), 1);
      expect(early.decision.kind).toBe('suspect');
      expect(first(early)?.missing).toContain('three windows that can tell whether it lasts');
      const late = follow(early, 6, {}, 2);
      expect(late.decision.kind).toBe('act');
      expect(first(late)).toMatchObject({ signal, missing: [], lasting: 'lasts', ratio: expect.closeTo(5, 1) });
      expect(first(late)?.overTolerance).toBeGreaterThan(1);
    },
  );

  it('is told in words, with its numbers', () => {
    expect(follow(caseOf(), 6).decision.text).toMatch(
      /^p99 of POST \/pay in checkout: 5 % of calls over .+ ms against 1 % \(×4.97\), e-value 10\^\d+, it goes on, second test at 6 min: p < 0.001$/,
    );
    expect(follow(caseOf(), 1).decision.text).toMatch(/^suspected: .+; to act it needs three windows/);
  });
});

describe('what keeps it from acting', () => {
  it.each<[string, LiveState, Course, string]>([
    ['before and after alone', caseOf([watched()], 'before-after'), {}, 'a control'],
    ['too few instances for a second opinion', caseOf(), { instances: 3 }, 'the second opinion'],
    ['a large effect that may be within the tolerance', caseOf(), { beyond: 0.2 }, 'the whole interval beyond'],
    ['an effect that is gone', caseOf(), { candidate: (minute) => (minute < 4 ? 8 : 1) }, 'still there'],
    ['a large effect that is wholly within the tolerance', caseOf(), { beyond: 0 }, 'the whole interval beyond'],
    ['moderate evidence', caseOf(), { candidate: () => 1.75 }, 'an e-value of 200'],
  ])('%s', (_, state, course, missing) => {
    const { decision } = follow(state, 8, course);
    expect(decision.kind).toBe('suspect');
    expect(decision.evidence[0]?.missing.join()).toContain(missing);
    expect(decision.text).toContain('to act it needs');
  });

  it('an error rate that rose, but by less than the floor', () => {
    const rare = watched({ signal: 'errors', threshold: null, floor: 0.2 });
    expect(first(follow(caseOf([rare]), 8))?.missing.join()).toContain('the whole interval beyond');
  });

  it.each<[string, Course]>([
    ['no difference', { candidate: () => 1 }],
    ['a better candidate', { baseline: 5, candidate: () => 1 }],
    ['fewer than twenty events', { baseline: 0.1, candidate: () => 0.5, instances: 1 }],
  ])('%s: it waits', (_, course) => {
    expect(follow(caseOf(), 10, course).decision).toMatchObject({ kind: 'wait', evidence: [] });
  });
});

describe('looks that are not as they should be', () => {
  const state = follow(caseOf(), 5);
  const stream = streamLook(watched(), 6);
  const broken = (more: object): StreamLook => ({
    ...stream,
    candidate: stream.candidate.map((count, index) => (index === 0 ? { ...count, ...more } : count)),
  });

  it.each<[string, LiveLook]>([
    ['the same again', look(5, [streamLook(watched(), 5)])],
    ['an older one', look(4, [streamLook(watched(), 4, { candidate: () => 1 })])],
    ['one from before the start', look(-1, [])],
    ['one without a time', look(6, [stream], { atMs: Number.NaN })],
    ['one at the end of time', look(6, [stream], { atMs: Number.POSITIVE_INFINITY })],
  ])('%s changes nothing', (_, repeated) => {
    expect(stepLive(state, repeated)).toEqual({ state, decision: state.decision });
  });

  it('of another case: nothing is remembered, nothing may be done', () => {
    const result = stepLive(follow(caseOf(), 6), look(7, [stream], { caseId: 'upgrade-8' }));
    expect(result.state.lookedMs).toBe(START_MS + 6 * MINUTE_MS);
    expect(result.decision).toMatchObject({ kind: 'wait', text: 'the look is of another case' });
  });

  it.each<[string, readonly StreamLook[], RegExp]>([
    ['counts that are not numbers', [broken({ events: Number.NaN })], /negative, repeated or not numbers/],
    ['negative counts', [broken({ exposure: -1 })], /negative, repeated or not numbers/],
    ['an endless count', [broken({ beyond: Number.POSITIVE_INFINITY })], /negative, repeated or not numbers/],
    ['the same instance twice', [broken({ instance: 'new-1' })], /negative, repeated or not numbers/],
    ['the same stream twice', [stream, stream], /negative, repeated or not numbers/],
    ['no candidate', [{ ...stream, candidate: [] }], /p99 of POST \/pay in checkout: no calls in the candidate/],
    [
      'a baseline without calls',
      [{ ...stream, baseline: [{ instance: 'a', events: 0, exposure: 0 }] }],
      /no calls in the baseline/,
    ],
  ])('%s: said, and the stream is left as it was', (_, streams, note) => {
    const { state: next, decision } = stepLive(state, look(6, streams));
    expect(decision).toMatchObject({ kind: 'wait', notes: [expect.stringMatching(note)] });
    expect(next.streams).toEqual(state.streams);
  });

  it('a stream that is missing waits, one that was never watched is not tested', () => {
    const strange = { ...stream, id: streamId(watched({ endpoint: 'GET /new' })) };
    expect(stepLive(state, look(6, [strange])).decision).toMatchObject({ kind: 'wait', tested: 0, notes: [] });
  });

  it('counts that fell are tested as they are, but whether it lasts is watched afresh', () => {
    const acting = follow(caseOf(), 6);
    expect(acting.decision.kind).toBe('act');
    const { decision, state: after } = stepLive(acting, look(7, [streamLook(watched(), 3)]));
    expect(decision.kind).toBe('suspect');
    expect(decision.evidence[0]?.missing).toEqual(['three windows that can tell whether it lasts']);
    expect(decision.notes).toEqual([expect.stringContaining('counts fell')]);
    const grown = [8, 9, 10].reduce(
      (now, minute) => stepLive(now, look(minute, [streamLook(watched(), minute - 4)])).state,
      after,
    );
    expect(grown.decision.kind).toBe('act');
  });
});

describe('many streams', () => {
  const quiet = Array.from({ length: 200 }, (_, index) => watched({ endpoint: `GET /${index}` }));

  it('need more evidence each, and name the worst first', () => {
    const moderate: Course = { candidate: () => 2 };
    const alone = stepLive(caseOf(), look(5, [streamLook(watched(), 5, moderate)])).decision;
    expect(alone.kind).toBe('suspect');
    const among = quiet.map((each) => streamLook(each, 5, { candidate: () => 1 }));
    const all = caseOf([watched(), ...quiet]);
    expect(stepLive(all, look(5, [streamLook(watched(), 5, moderate), ...among])).decision).toMatchObject({
      kind: 'wait',
      tested: 201,
    });
    const worst = stepLive(all, look(5, [streamLook(watched(), 5), ...among])).decision;
    expect(worst.evidence.map(({ key }) => key.endpoint)).toEqual(['POST /pay']);
  });
});

describe('properties', () => {
  const endpoints = ['a', 'b', 'c', 'd'].map((endpoint) => watched({ endpoint }));
  const events = fc.integer({ min: 0, max: 12 });
  const minutes = fc.array(fc.tuple(events, events, events, events), { minLength: 1, maxLength: 12 });
  const looksOf = (rates: readonly (readonly number[])[], order: (streams: StreamLook[]) => StreamLook[]) =>
    rates.map((_, index) =>
      look(
        index + 1,
        order(endpoints.map((each, at) => streamLook(each, index + 1, { candidate: (m) => rates[m]?.[at] ?? 0 }))),
      ),
    );
  const run = (start: LiveState, looks: readonly LiveLook[]) =>
    looks.reduce((state, each) => stepLive(state, each).state, start);

  it('the order of endpoints and of instances does not matter', () => {
    fc.assert(
      fc.property(minutes, (rates) => {
        const turned = (streams: StreamLook[]) =>
          streams.toReversed().map((each) => ({ ...each, candidate: each.candidate.toReversed() }));
        const straight = run(
          caseOf(endpoints),
          looksOf(rates, (streams) => streams),
        );
        expect(run(caseOf(endpoints.toReversed()), looksOf(rates, turned))).toEqual(straight);
      }),
      { numRuns: 20 },
    );
  });

  it('a repeated look changes nothing', () => {
    fc.assert(
      fc.property(minutes, (rates) => {
        const looks = looksOf(rates, (streams) => streams);
        const twice = looks.flatMap((each, index) => [each, each, ...looks.slice(0, index)]);
        expect(run(caseOf(endpoints), twice)).toEqual(run(caseOf(endpoints), looks));
      }),
      { numRuns: 20 },
    );
  });

  it('the state survives the journal: as JSON at every step it goes on the same', () => {
    fc.assert(
      fc.property(minutes, (rates) => {
        const looks = looksOf(rates, (streams) => streams);
        const journalled = looks.reduce(
          (state, each) => stepLive(JSON.parse(JSON.stringify(state)) as LiveState, each).state,
          caseOf(endpoints),
        );
        const straight = run(caseOf(endpoints), looks);
        expect(journalled).toEqual(straight);
        expect(JSON.parse(JSON.stringify(straight))).toEqual(straight);
      }),
      { numRuns: 20 },
    );
  });

  it('no look makes it throw, whatever the numbers', () => {
    const number = fc.oneof(fc.double(), fc.integer({ min: 0, max: 1_000 }), fc.maxSafeNat());
    const count = fc.record({
      instance: fc.constantFrom('x', 'y', 'z'),
      events: number,
      exposure: number,
      beyond: number,
    });
    const counts = fc.array(count, { maxLength: 4 });
    const ids = endpoints.map((each: Watched) => streamId(each));
    const stream = fc.record({ id: fc.constantFrom(...ids), baseline: counts, candidate: counts });
    const anyLook = fc.record({ caseId: fc.constant('upgrade-7'), atMs: fc.double(), streams: fc.array(stream) });
    fc.assert(
      fc.property(fc.array(anyLook, { maxLength: 5 }), (looks) => {
        const state = run(caseOf(endpoints), looks);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
    );
  });
});
