/** Telemetry on virtual time: a line of truth for each flag's service, and what of it can be read: late, thin, skewed or not at all. */
import type { ControlReading, UpgradeEvidence } from '../../../flags/readings.ts';
import type { EventCounts, TimeRange } from '../../../model.ts';
import { finding, suspect } from '../fixtures.ts';
import type { Time } from './time.ts';

/** Where the service's trouble comes from. */
export type Fault = 'none' | 'flag' | 'elsewhere';
export type Report =
  | 'empty'
  | 'suspicion'
  | 'blames-all'
  | 'blames-another'
  | 'external'
  | 'not-changed'
  | 'no-upgrade';

interface Segment {
  readonly fromMs: number;
  readonly badShare: number;
  readonly perSecond: number;
}

/** What a service was before the upgrade, or what builds of before are now: as good as it is without trouble, better, or not known. */
type Control = 'none' | 'like' | 'better';

export interface Service {
  readonly name: string;
  fault: Fault;
  /** As its instances see the flag: later than the server. */
  exposed: boolean;
  isSafe: boolean;
  control: Control;
  readonly line: Segment[];
}

export interface Telemetry {
  /** Of all services. */
  perSecond: number;
  isAway: boolean;
  /** Added to the time of what is read. */
  skewMs: number;
  /** From now: since when nothing arrives; null while it does. */
  silentSinceMs: number | null;
  upgradeId: string;
  report: Report;
  services: readonly Service[];
  /** Notes down how things are from now on. */
  note(): void;
  newestDataMs(): number | null;
  counts(service: string, range: TimeRange): EventCounts;
  control(service: string, range: TimeRange): ControlReading | null;
  evidence(): UpgradeEvidence | null;
  of(service: string): Service;
}

const BAD = 0.3;
const GOOD = 0.002;
/** So many events that chance does not blur what they say. */
const MANY = 1e9;

export function createTelemetry(names: readonly string[], time: Time): Telemetry {
  const services = names.map(
    (name): Service => ({
      ...{ name, fault: 'none', exposed: true, isSafe: false, control: 'none', line: [] },
    }),
  );

  const isBad = ({ fault, exposed, isSafe }: Service): boolean =>
    fault === 'elsewhere' || (fault === 'flag' && exposed && !isSafe);

  function of(name: string): Service {
    const found = services.find((service) => service.name === name);
    if (found === undefined) throw new Error(`no service ${name}`);
    return found;
  }

  function counts(name: string, { startMs, endMs }: TimeRange): EventCounts {
    let [good, total] = [0, 0];
    const { line } = of(name);
    for (const [index, { fromMs, badShare, perSecond }] of line.entries()) {
      const untilMs = Math.min(line[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY, endMs, time.now());
      const seconds = Math.max(0, untilMs - Math.max(fromMs, startMs)) / 1_000;
      total += seconds * perSecond;
      good += seconds * perSecond * (1 - badShare);
    }
    return { good, total };
  }

  const telemetry: Telemetry = {
    perSecond: 20,
    isAway: false,
    skewMs: 0,
    silentSinceMs: null,
    upgradeId: 'u1',
    report: 'empty',
    services,
    note() {
      const perSecond = telemetry.silentSinceMs === null ? telemetry.perSecond : 0;
      for (const service of services) {
        service.line.push({ fromMs: time.now(), badShare: isBad(service) ? BAD : GOOD, perSecond });
      }
    },
    newestDataMs: () => (telemetry.silentSinceMs ?? time.now() - 500) + telemetry.skewMs,
    counts,
    control(name, range) {
      const { control } = of(name);
      if (control === 'none') return null;
      const share = control === 'like' ? GOOD : 0;
      const changed = counts(name, range);
      const kind = range.startMs % 2 === 0 ? 'build' : 'before';
      return { kind, changed, beyond: changed, control: { good: MANY * (1 - share), total: MANY }, tolerated: share };
    },
    of,
    evidence() {
      const { upgradeId, report } = telemetry;
      if (report === 'no-upgrade') return null;
      const changed = report === 'not-changed' ? [] : names;
      const findings = report === 'suspicion' ? names.map((service) => finding({ service, conclusive: false })) : [];
      const suspects = report === 'blames-all' ? names.map((name) => suspect(name)) : [];
      if (report === 'blames-another') suspects.push(suspect('another'));
      const evidence = { upgradeId, changed, suspects, findings };
      return report === 'external' ? { ...evidence, conclusion: 'EXTERNAL' } : evidence;
    },
  };
  telemetry.note();
  return telemetry;
}
