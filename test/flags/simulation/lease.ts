/** The lease of the active controller on virtual time: one holder at a time, who stops believing in it well before it ends. */
import type { Lease } from '../../../flags/controller/options.ts';
import { LATE_LINE_MS } from './journal.ts';
import type { Time } from './time.ts';

const LEASE_MS = 20_000;
/** Longer than a line may take to be committed. */
const SLACK_MS = LATE_LINE_MS + 2_000;

export interface LeaseService {
  isDown: boolean;
  holder(): string | null;
  /** Takes or renews it for the process. */
  claimFor(name: string): Lease & { renew(): void };
}

export function createLeaseService(time: Time): LeaseService {
  let [name, untilMs, term] = ['', 0, 0];
  const holder = (): string | null => (time.now() < untilMs ? name : null);
  const service: LeaseService = {
    isDown: false,
    holder,
    claimFor(claimant) {
      let [believedUntilMs, wonTerm] = [0, 0];
      return {
        renew() {
          if (service.isDown || (holder() !== null && name !== claimant)) return;
          if (holder() === null) term += 1;
          [name, untilMs] = [claimant, time.now() + LEASE_MS];
          believedUntilMs = untilMs - SLACK_MS;
          wonTerm = term;
        },
        isHeld: () => time.now() < believedUntilMs,
        term: () => wonTerm,
      };
    },
  };
  return service;
}
