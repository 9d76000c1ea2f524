/** What the controller takes for a ground to act on, for a suspicion, for neither. */
import { describe, expect, it } from 'vitest';
import { NO_OPINION } from '../../analysis/live/second-opinion.ts';
import type { StreamEvidence } from '../../analysis/live/state.ts';
import { type Judgement, judge } from '../../flags/confirm.ts';
import { gather } from '../../flags/gather.ts';
import type { LiveReading, Readings } from '../../flags/readings.ts';
import { INITIAL } from '../../flags/state.ts';
import { quiet } from '../support/unleash.ts';
import { BURNING, finding, MINUTE, NOW, policy, readings, suspect, upgrade } from './fixtures.ts';
import { createTelemetry } from './scene.ts';

const live = (decision: LiveReading['decision']): LiveReading => ({
  decision,
  text: `p99 of POST /pay: ${decision}`,
  findings: [],
});
const suspecting = (endpoint: string): LiveReading => {
  const totals = { events: 50, exposure: 1_000 };
  const { service, kind, peer, signal } = finding();
  const evidence: StreamEvidence = {
    ...{ id: endpoint, key: { service, endpoint, kind, peer }, signal, kind: 'suspect', logE: 4, logECautious: 4 },
    ...{ baseline: totals, candidate: totals, ratio: 1.5, overTolerance: 1.1, opinion: NO_OPINION, lasting: 'lasts' },
    ...{ missing: [], text: '' },
  };
  return { ...live('suspect'), findings: [evidence] };
};

function saidOf(judgement: Judgement): string {
  if (judgement.kind === 'confirmed') return judgement.breach.because;
  return judgement.kind === 'quiet' ? '' : judgement.why;
}

const elsewhere = [suspect('cart')];

describe('grounds', () => {
  it.each<{ when: string; reads: Partial<Readings>; kind: Judgement['kind']; words?: RegExp }>([
    { when: 'the live test waits', reads: { live: live('wait') }, kind: 'quiet' },
    { when: 'the live test suspects', reads: { live: live('suspect') }, kind: 'suspected', words: /: suspect$/ },
    { when: 'the live test would act', reads: { live: live('act') }, kind: 'confirmed', words: /: act$/ },
    {
      when: 'the live test would act, and the report names another service',
      reads: { live: live('act'), evidence: upgrade({ suspects: elsewhere }) },
      kind: 'acquitted',
      words: /: act, but checkout is not among the suspects/,
    },
    {
      when: 'the live test suspects what the upgrade does not change',
      reads: { live: live('suspect'), evidence: upgrade({ changed: ['cart'] }) },
      kind: 'acquitted',
    },
    {
      when: 'the live test would act and there is no upgrade',
      reads: { live: live('act'), evidence: null },
      kind: 'quiet',
    },
    {
      when: 'the budget burns beside it',
      reads: { live: live('suspect'), slos: BURNING },
      kind: 'confirmed',
      words: /burns/,
    },
    {
      when: 'a finding whose whole interval is beyond the tolerance',
      reads: { evidence: upgrade({ findings: [finding()] }) },
      kind: 'confirmed',
    },
    {
      when: 'such a finding, of which the live test sees nothing yet',
      reads: { live: live('wait'), evidence: upgrade({ findings: [finding()] }) },
      kind: 'suspected',
      words: /but the live test does not see it yet/,
    },
    {
      when: 'such a finding, where the live test suspects another endpoint',
      reads: { live: suspecting('POST /refund'), evidence: upgrade({ findings: [finding()] }) },
      kind: 'suspected',
    },
    {
      when: 'such a finding, where the live test suspects the endpoint',
      reads: { live: suspecting('POST /pay'), evidence: upgrade({ findings: [finding()] }) },
      kind: 'confirmed',
      words: /control: concurrent/,
    },
    {
      when: 'such a finding, of which the live test saw nothing until it was over, and that chance gives one time in fifty',
      reads: { live: live('wait'), evidence: upgrade({ findings: [finding({ q: 0.02 })], isComplete: true }) },
      kind: 'suspected',
      words: /but the live test did not see it/,
    },
    ...[true, false].map((conclusive) => ({
      when: `a finding (${conclusive ? 'its whole interval' : 'its estimate alone'} beyond the tolerance) that chance gives one time in 400, when the window is full`,
      reads: {
        live: live('wait'),
        evidence: upgrade({ findings: [finding({ conclusive, q: 0.0025 })], isComplete: true }),
      },
      kind: 'confirmed' as const,
      words: /control: concurrent/,
    })),
    {
      when: 'the estimate alone, and chance gives it more often, when the window is full',
      reads: {
        live: suspecting('POST /pay'),
        evidence: upgrade({ findings: [finding({ conclusive: false, q: 0.003 })], isComplete: true }),
      },
      kind: 'suspected',
    },
    ...(['(own time, in POST /orders)', '(on the way, in POST /orders)'] as const).map((endpoint) => ({
      when: `a part of a request, ${endpoint}, however sure, when the window is full`,
      reads: {
        evidence: upgrade({
          findings: [
            finding({ endpoint, kind: endpoint.startsWith('(own') ? 'INTERNAL' : 'CLIENT', conclusive: false }),
          ],
          isComplete: true,
        }),
      },
      kind: 'suspected' as const,
    })),
    {
      when: 'the estimate alone, of a signal that the live test does not test, when the window is full',
      reads: { evidence: upgrade({ findings: [finding({ signal: 'calls', conclusive: false })], isComplete: true }) },
      kind: 'suspected',
      words: /the interval reaches into the tolerance/,
    },
    ...(['calls', 'metric:queue'] as const).flatMap((signal) => [
      {
        when: `a finding in ${signal}, which the live test does not test, while the window fills`,
        reads: { live: live('wait'), evidence: upgrade({ findings: [finding({ signal })] }) },
        kind: 'suspected' as const,
        words: /with this signal it counts when the time/,
      },
      {
        when: `a finding in ${signal} when the window is full`,
        reads: { live: live('wait'), evidence: upgrade({ findings: [finding({ signal })], isComplete: true }) },
        kind: 'confirmed' as const,
      },
    ]),
    {
      when: 'a finding whose estimate alone is',
      reads: { evidence: upgrade({ findings: [finding({ conclusive: false })] }) },
      kind: 'suspected',
      words: /regressed in latency.p99 3.00 times .+, but the interval reaches into the tolerance/,
    },
    {
      when: 'a finding of low confidence',
      reads: { evidence: upgrade({ findings: [finding({ confidence: 'low' })] }) },
      kind: 'quiet',
    },
    ...(['history', 'diff-in-diff'] as const).flatMap((control) => [
      {
        when: `a finding with the control ${control} while the window fills`,
        reads: { evidence: upgrade({ findings: [finding({ control })] }) },
        kind: 'suspected' as const,
        words: /it counts when the time after the upgrade/,
      },
      {
        when: `a finding with the control ${control} when the window is full`,
        reads: { evidence: upgrade({ findings: [finding({ control })], isComplete: true }) },
        kind: 'confirmed' as const,
      },
      {
        when: `a finding with the control ${control}, whose estimate alone is beyond the tolerance, when the window is full`,
        reads: { evidence: upgrade({ findings: [finding({ control, conclusive: false })], isComplete: true }) },
        kind: 'suspected' as const,
      },
    ]),
    {
      when: 'a finding without a control, whenever',
      reads: { evidence: upgrade({ findings: [finding({ control: 'before-after' })], isComplete: true }) },
      kind: 'quiet',
    },
  ])('$when: $kind', ({ reads, kind, words = /^/ }) => {
    const judgement = judge(readings(reads), NOW, policy());
    expect(judgement.kind).toBe(kind);
    expect(saidOf(judgement)).toMatch(words);
  });
});

describe('findings about the time before the flag was changed', () => {
  const findingsAt = async (untilMs: number, lastChangeMs: number | null) => {
    const { source } = createTelemetry();
    const asked: (number | null)[] = [];
    const look = await gather({
      policy: policy(),
      state: { ...INITIAL, lastChangeMs },
      source: {
        ...source,
        suspects: async () => upgrade({ findings: [finding()], untilMs }),
        live: async (_service, changedMs) => {
          asked.push(changedMs);
          return null;
        },
      },
      port: null,
      nowMs: NOW,
      held: false,
      environment: { changes: 0, breaching: 0 },
      log: quiet,
    });
    return { findings: look.evidence?.findings.length, asked };
  };

  it.each([
    { what: 'count while it was not', untilMs: NOW, changedMs: null, findings: 1 },
    { what: 'no longer count', untilMs: NOW - MINUTE, changedMs: NOW - MINUTE, findings: 0 },
    { what: 'of a later upgrade count', untilMs: NOW, changedMs: NOW - MINUTE, findings: 1 },
  ])('$what; the live test begins there', async ({ untilMs, changedMs, findings }) => {
    expect(await findingsAt(untilMs, changedMs)).toEqual({ findings, asked: [changedMs] });
  });
});
