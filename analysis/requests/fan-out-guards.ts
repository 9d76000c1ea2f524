/** Calls that vanish, or spans that vanish? Told apart by whose are missing, from the counts of all calls. */

import { sum } from 'simple-statistics';
import type { Cell, ChangedBuild, Control } from '../../model.ts';
import { chooseArms } from '../control/control.ts';
import type { Count } from '../statistics/counts.ts';
import { type CallBook, isCall, logicalCalls, served } from './call-book.ts';

/** A service and one that it calls, with all counted calls of both arms. */
export interface Call {
  readonly service: string;
  readonly callee: string;
  readonly before: CallBook;
  readonly after: CallBook;
  readonly manifest: ChangedBuild | undefined;
}

/** What the sampled traces say: the standardised rates, and the plain counts of either arm. */
export interface SampledChange {
  readonly control: Control;
  readonly baseline: number;
  readonly candidate: number;
  readonly counts: { readonly baseline: Count; readonly candidate: Count };
}

/** Half of a change decides: what explains less than that leaves most of it standing. */
const MOST = 0.5;

/** Null when the calls themselves changed; otherwise why they may only seem to. */
export function fanOutObstacle(call: Call, change: SampledChange): string | null {
  const { service, callee, before, after, manifest } = call;
  const chosen = chooseArms(before.of(service), after.of(service), manifest);
  const requests = { baseline: served(chosen.baseline), candidate: served(chosen.candidate) };
  if (requests.baseline === 0 || requests.candidate === 0) return null;
  const toCallee = (cell: Cell) => isCall(cell) && before.calleeOf(cell) === callee;
  const counted = {
    baseline: logicalCalls(chosen.baseline.filter(toCallee)) / requests.baseline,
    candidate: logicalCalls(chosen.candidate.filter(toCallee)) / requests.candidate,
  };
  const missing = counted.baseline * (1 - change.candidate / change.baseline);
  const elsewhere = callsElsewhere(chosen.baseline, chosen.candidate, toCallee);
  const risen = elsewhere.candidate / requests.candidate - elsewhere.baseline / requests.baseline;
  if (missing > 0 && risen >= MOST * missing) {
    return `${service} makes as many calls under another name or to another peer: ${callee} stopped reporting, was renamed or was replaced`;
  }
  if (change.control === 'before-after') {
    const unseen = unseenCalls(callee, after) - (unseenCalls(callee, before) * requests.candidate) / requests.baseline;
    if (missing > 0 && unseen >= MOST * missing * requests.candidate) {
      return `${callee} still answers calls that ${service} no longer reports: its spans are missing, not its calls`;
    }
  }
  return contradicts(counted, change.counts)
    ? `the counts of all calls do not show it (${show(counted.baseline)} and ${show(counted.candidate)} per request): the sampled traces are incomplete`
    : null;
}

/** Calls to others under the names that the callee was called by, and calls under names or to peers that are new. */
function callsElsewhere(before: readonly Cell[], after: readonly Cell[], toCallee: (cell: Cell) => boolean) {
  const nameOf = ({ endpoint, peer }: Cell) => JSON.stringify([endpoint, peer]);
  const known = new Set(before.filter(isCall).map(nameOf));
  const names = new Set(before.filter(toCallee).map(({ endpoint }) => endpoint));
  const isElsewhere = (cell: Cell) =>
    isCall(cell) && !toCallee(cell) && (names.has(cell.endpoint) || !known.has(nameOf(cell)));
  return { baseline: logicalCalls(before.filter(isElsewhere)), candidate: logicalCalls(after.filter(isElsewhere)) };
}

/** Calls that the service answered and that nobody's spans show. */
function unseenCalls(service: string, book: CallBook): number {
  return served(book.of(service)) - sum(book.to(service).map(({ calls }) => calls));
}

/** Whether the counts of all calls moved by less than half of what the sampled traces show, on the log scale. */
function contradicts(
  counted: { readonly baseline: number; readonly candidate: number },
  sampled: SampledChange['counts'],
): boolean {
  if (!(counted.baseline > 0)) return false;
  const shown = Math.log(counted.candidate / counted.baseline);
  const { baseline, candidate } = sampled;
  const seen = Math.log(candidate.events / candidate.exposure / (baseline.events / baseline.exposure));
  return seen < 0 ? shown > MOST * seen : seen > 0 && shown < MOST * seen;
}

function show(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}
