/** Walks a controller through the past on virtual time, until each behaviour has acted: what it would have done, and when. */
import type { JournalEntry, Log, Slo, TimeRange } from '../../model.ts';
import type { Behaviour } from '../behaviour.ts';
import { createController } from '../controller.ts';
import type { ReadingsSource } from '../gather.ts';
import { keyOf } from '../resume.ts';
import { createSimulatedFlags } from './simulated-flag.ts';

/** Time as the replay has it. */
export interface VirtualTime {
  nowMs: number;
}

export interface Walk {
  readonly behaviours: readonly Behaviour[];
  readonly slos: readonly Slo[];
  /** Answers as it would have at `time.nowMs`. */
  readonly source: ReadingsSource;
  /** Resolves once what a look set off in the background is done: time stands still until then. @default nothing is */
  readonly settled?: () => Promise<void>;
  readonly time: VirtualTime;
  readonly range: TimeRange;
  readonly intervalMs: number;
}

export interface Deed {
  readonly behaviour: Behaviour;
  /** When it would have made its first change; null for not at all. */
  readonly actedMs: number | null;
  /** What it would have done; for one that did nothing, what it said last. */
  readonly text: string;
}

/** What a replayed controller says of its flags is no news. */
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A controller that cannot read telemetry decides nothing, which is right in life; a replay of nothing says nothing. */
function failingLoudly(source: ReadingsSource) {
  let failure: { readonly thrown: unknown } | null = null;
  const heard = <Given extends unknown[], Found>(read: (...given: Given) => Promise<Found>) => {
    return (...given: Given): Promise<Found> =>
      read(...given).catch((thrown: unknown) => {
        failure ??= { thrown };
        throw thrown;
      });
  };
  const { eventCounts, variantInstances, newestDataMs, suspects, live } = source;
  const loud: ReadingsSource = {
    eventCounts: heard(eventCounts),
    variantInstances: heard(variantInstances),
    newestDataMs: heard(newestDataMs),
    suspects: heard(suspects),
    ...(live === undefined ? {} : { live: heard(live) }),
  };
  const check = (): void => {
    if (failure !== null) throw failure.thrown;
  };
  return { source: loud, check };
}

/** The first change alone counts: what follows it happened in a world in which the flag stayed on. */
export async function walk({
  behaviours,
  slos,
  source,
  time,
  range,
  intervalMs,
  ...more
}: Walk): Promise<readonly Deed[]> {
  const { settled = async () => {} } = more;
  const lines: JournalEntry[] = [];
  const acting = behaviours.map((behaviour): Behaviour => ({ ...behaviour, mode: 'act' }));
  const clock = () => time.nowMs;
  time.nowMs = range.startMs;
  const honest = failingLoudly(source);
  await using controller = createController({
    behaviours: acting,
    slos,
    port: createSimulatedFlags(acting, clock),
    source: honest.source,
    journal: { append: async (line) => void lines.push(line), read: async () => lines },
    clock,
    log: SILENT,
    intervalMs,
  });
  const firstChange = (behaviour: Behaviour) =>
    lines.find((line) => keyOf(line) === keyOf(behaviour) && line.intent !== '');
  for (; time.nowMs <= range.endMs && !behaviours.every(firstChange); time.nowMs += intervalMs) {
    await controller.tick();
    await settled();
  }
  honest.check();
  const states = controller.states();
  return behaviours.map((behaviour, index) => {
    const line = firstChange(behaviour);
    return { behaviour, actedMs: line?.atMs ?? null, text: line?.text ?? states[index]?.text ?? '' };
  });
}
