/** Fills the readings of one look from telemetry, the report and the flag server. */
import type { BurnRule } from '../analysis/live/burn.ts';
import { HingeError, messageOf } from '../errors.ts';
import type { EventCounts, Log, Slo, TimeRange } from '../model.ts';
import { mayWrite, type Policy } from './behaviour.ts';
import type { FlagPort } from './port.ts';
import type {
  ControlReading,
  Exposure,
  FlagReading,
  LiveReading,
  Readings,
  SloReading,
  UpgradeEvidence,
} from './readings.ts';
import type { FlagState } from './state.ts';

/** Telemetry and the report, as the controller asks for them. */
export interface ReadingsSource {
  eventCounts(slo: Slo, range: TimeRange): Promise<EventCounts>;
  /** Instances of the service by the variant they last reported in the range. */
  variantInstances(
    service: string,
    flagKey: string,
    range: TimeRange,
  ): Promise<readonly { readonly variant: string; readonly instances: number }[]>;
  /** What the signal is to be back at, of the time since the change took effect; null for nothing to compare with. @default none */
  control?(question: ControlQuestion): Promise<ControlReading | null>;
  /** Time of the newest telemetry; null when there is none. */
  newestDataMs(): Promise<number | null>;
  /** Of the current upgrade; null when there is none. */
  suspects(): Promise<UpgradeEvidence | null>;
  /** The live test of the service, begun at the upgrade or, where it was later, when its flag was changed. @default none */
  live?(service: string, changedMs: number | null): Promise<LiveReading | null>;
}

export interface ControlQuestion {
  readonly slo: Slo;
  readonly flag: string;
  readonly range: TimeRange;
  /** Whether instances without the variant are a control: not where the change itself took it from them. */
  readonly byVariant: boolean;
  readonly minEvents: number;
}

export interface Look {
  readonly policy: Policy;
  readonly state: FlagState;
  readonly source: ReadingsSource;
  readonly port: FlagPort | null;
  readonly nowMs: number;
  readonly held: boolean;
  readonly environment: Readings['environment'];
  readonly log: Log;
}

/** A flag is written to only when it carries this tag and is configured. */
const MANAGED_TAG = 'hinge-managed';

const NOT_REPORTED = '';
const DISABLED = 'disabled';

function recoveryRange({ policy, state, nowMs }: Look): TimeRange | null {
  if (state.clearMs === null) return null;
  return { startMs: Math.max(state.clearMs, nowMs - policy.recoveryWindowMs), endMs: nowMs + 1 };
}

async function sloReading(look: Look, slo: Slo): Promise<SloReading> {
  const { source, policy, nowMs } = look;
  const last = (ms: number) => source.eventCounts(slo, { startMs: nowMs - ms, endMs: nowMs + 1 });
  const countsOf = async (rule: BurnRule) => {
    const [long, short] = await Promise.all([last(rule.longMs), last(rule.shortMs)]);
    return { rule, long, short };
  };
  const range = recoveryRange(look);
  const [recovery, control, rules] = await Promise.all([
    range === null ? null : source.eventCounts(slo, range),
    range === null ? null : controlReading(look, slo, range),
    Promise.all(policy.burn.map(countsOf)),
  ]);
  return { slo: slo.name, objective: slo.objective, rules, recovery, control };
}

/** What regressed, where that is asked for. */
async function signalReading(look: Look): Promise<readonly SloReading[]> {
  const { state, source } = look;
  const range = recoveryRange(look);
  const signal = state.breach?.signal;
  if (range === null || signal === undefined || !COMPARED.has(state.phase)) return [];
  const [recovery, control] = await Promise.all([
    source.eventCounts(signal, range),
    controlReading(look, signal, range),
  ]);
  return [{ slo: signal.name, isSignal: true, objective: signal.objective, rules: [], recovery, control }];
}

/** Phases that ask whether the signal is back. */
const COMPARED = new Set<FlagState['phase']>(['VERIFY_RECOVERY', 'EXHAUSTED']);

async function controlReading(
  { source, policy, state }: Look,
  slo: Slo,
  range: TimeRange,
): Promise<ControlReading | null> {
  if (!COMPARED.has(state.phase) || source.control === undefined) return null;
  const { flag, minEvents } = policy;
  return source.control({ slo, flag, range, minEvents, byVariant: state.change?.change.kind === 'payload' });
}

async function exposureOf({ source, policy }: Look, newestMs: number): Promise<Exposure | null> {
  const range = { startMs: newestMs - policy.exposureWindowMs, endMs: newestMs + 1 };
  const reported = (await source.variantInstances(policy.service, policy.flag, range)).filter(
    ({ variant }) => variant !== NOT_REPORTED,
  );
  const sum = (some: typeof reported): number => some.reduce((total, { instances }) => total + instances, 0);
  const instances = sum(reported);
  return instances === 0 ? null : { instances, exposed: sum(reported.filter(({ variant }) => variant !== DISABLED)) };
}

type Telemetry = Pick<Readings, 'newestDataMs' | 'slos' | 'exposure' | 'evidence' | 'live'>;

const NO_TELEMETRY: Telemetry = { newestDataMs: null, slos: [], exposure: null, evidence: null, live: null };

/** Findings about the time before the flag was last changed say nothing of how it stands now. */
function stillAbout(evidence: UpgradeEvidence | null, changedMs: number | null): UpgradeEvidence | null {
  if (evidence?.untilMs === undefined || changedMs === null || evidence.untilMs > changedMs) return evidence;
  return { ...evidence, findings: [] };
}

/** A store that does not answer is the same as no data: nothing is decided on it. */
async function telemetry(look: Look): Promise<Telemetry> {
  const { source, policy, state, log } = look;
  try {
    const [newestDataMs, slos, signals, found, live = null] = await Promise.all([
      source.newestDataMs(),
      Promise.all(policy.slos.map((slo) => sloReading(look, slo))),
      signalReading(look),
      source.suspects(),
      source.live?.(policy.service, state.lastChangeMs),
    ]);
    const evidence = stillAbout(found, state.lastChangeMs);
    if (newestDataMs === null) return { ...NO_TELEMETRY, evidence };
    return {
      newestDataMs,
      evidence,
      live,
      slos: [...slos, ...signals],
      exposure: await exposureOf(look, newestDataMs),
    };
  } catch (thrown) {
    log.warn(
      { flag: policy.flag, cause: messageOf(thrown) },
      'the controller cannot read telemetry: nothing is decided',
    );
    return NO_TELEMETRY;
  }
}

/** What keeps Hinge from changing a flag that it can read; null for nothing. */
async function objection(port: FlagPort, policy: Policy, tags: readonly string[]): Promise<string | null> {
  if (!mayWrite(policy.mode)) return null;
  if (!tags.some((tag) => tag.endsWith(`:${MANAGED_TAG}`))) {
    return `${policy.flag} is not tagged ${MANAGED_TAG} in Unleash: tag it, or set the mode to dry-run`;
  }
  const { userId } = await port.whoAmI();
  if (userId !== null) return null;
  return 'the Unleash token belongs to no user, so its changes cannot be told from those of others: give a personal access token of a bot user';
}

async function flagReading({ port, policy, state }: Look): Promise<FlagReading> {
  if (port === null) return { kind: 'none' };
  const { flag, environment } = policy;
  try {
    const snapshot = await port.snapshot(flag, environment);
    if (snapshot.archived) {
      return {
        kind: 'blocked',
        line: `${flag} is archived in Unleash: revive it, or take it out of the configuration`,
      };
    }
    const line = await objection(port, policy, snapshot.tags);
    if (line !== null) return { kind: 'blocked', line };
    const armed = state.armedEventId;
    const changes = armed === null ? [] : await port.changesSince(flag, environment, armed);
    return { kind: 'known', snapshot, changes };
  } catch (thrown) {
    if (!(thrown instanceof HingeError)) throw thrown;
    return { kind: 'blocked', line: thrown.message };
  }
}

async function publication({ port, state }: Look): Promise<boolean | null> {
  const eventId = state.change?.eventId;
  if (state.phase !== 'VERIFY_PUBLISHED' || port === null || eventId == null) return null;
  try {
    return await port.published(eventId);
  } catch (thrown) {
    if (thrown instanceof HingeError && thrown.retryable) return false;
    return null;
  }
}

export async function gather(look: Look): Promise<Readings> {
  const [known, flag, published] = await Promise.all([telemetry(look), flagReading(look), publication(look)]);
  return { ...known, flag, published, held: look.held, environment: look.environment };
}
