/** What the demo says while it runs: one plain line at a time, with the seconds since it began. */
import { quantile, type Tally } from './traffic.ts';

export interface Narrator {
  /** A new chapter. */
  chapter(title: string): void;
  say(line: string): void;
}

export function createNarrator(write: (text: string) => void, nowMs: () => number = () => performance.now()): Narrator {
  const startMs = nowMs();
  const stamp = (): string => `${String(Math.round((nowMs() - startMs) / 1_000)).padStart(4)} s`;
  return {
    chapter: (title) => write(`\n${stamp()}  ${title}\n`),
    say: (line) => write(`${stamp()}    ${line}\n`),
  };
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;

/** What the customers saw: one line a route. */
export function describeTally(tally: Tally): string[] {
  return Object.entries(tally).map(([route, { sent, failed, latenciesMs }]) => {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((p) => ms(quantile(latenciesMs, p)));
    return `${route.padEnd(18)} p50 ${p50}, p95 ${p95}, p99 ${p99}; ${failed} of ${sent} failed`;
  });
}
