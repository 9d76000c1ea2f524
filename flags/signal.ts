/** What regressed, as something to count: so that recovery is proved on the signal that broke, whatever the SLOs watch. Pure. */
import { QUANTILES } from '../analysis/input/quantiles.ts';
import type { Finding, Slo } from '../model.ts';

const isServed = ({ kind }: Finding): boolean => kind === 'SERVER' || kind === 'CONSUMER';
const isMade = ({ kind }: Finding): boolean => kind === 'CLIENT' || kind === 'PRODUCER';

/**
 * Bad are the calls over the baseline's quantile, those that failed, or those that were repeated. Null for signals that events
 * cannot tell: calls per request, metrics, and latency and errors of calls that the service makes.
 */
export function signalOf(finding: Finding): Slo | null {
  const { service, endpoint, signal, baseline } = finding;
  const quantile = QUANTILES.find((each) => each.signal === signal);
  if (baseline === null) return null;
  if (quantile !== undefined && isServed(finding)) {
    const thresholdMs = baseline / 1e6;
    const name = `calls of ${endpoint} over ${Number(thresholdMs.toPrecision(3))} ms`;
    return { name, service, endpoint, indicator: 'latency', thresholdMs, objective: quantile.p };
  }
  if (signal === 'errors' && isServed(finding))
    return { name: `errors of ${endpoint}`, service, endpoint, indicator: 'errors', objective: 1 - baseline };
  if (signal === 'retries' && isMade(finding))
    return { name: `retries of ${endpoint}`, service, endpoint, indicator: 'retries', objective: 1 / baseline };
  return null;
}
