/** Fills the readings of one look from telemetry, the report and the flag server. */
import { HingeError, messageOf } from '../errors.ts';
import { mayWrite, type Policy } from './behaviour.ts';
import type { FlagPort } from './port.ts';
import type { Exposure, FlagReading, Readings, UpgradeEvidence } from './readings.ts';
import { sloReadings } from './slo-readings.ts';
import type { Look } from './source.ts';

export type { ControlQuestion, ReadingsSource } from './source.ts';

/** A flag is written to only when it carries this tag and is configured. */
const MANAGED_TAG = 'hinge-managed';

const NOT_REPORTED = '';
const DISABLED = 'disabled';

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
    const [newestDataMs, slos, found, live = null] = await Promise.all([
      source.newestDataMs(),
      sloReadings(look),
      source.suspects(),
      source.live?.(policy.service, state.lastChangeMs),
    ]);
    const evidence = stillAbout(found, state.lastChangeMs);
    if (newestDataMs === null) return { ...NO_TELEMETRY, evidence };
    return { newestDataMs, evidence, live, slos, exposure: await exposureOf(look, newestDataMs) };
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
