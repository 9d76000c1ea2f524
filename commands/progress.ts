/** Progress of work over a second: one moving line on a terminal, a plain line now and then elsewhere. */

import type { Invocation } from './command.ts';

export interface Progress extends AsyncDisposable {
  say(text: string): void;
}

const QUIET_FOR_MS = 1_000;
const TERMINAL_EVERY_MS = 100;
const PLAIN_EVERY_MS = 10_000;

export function createProgress({ say, terminal }: Invocation, clock: () => number = Date.now): Progress {
  const moving = terminal.colour && process.stderr.isTTY === true;
  const everyMs = moving ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS;
  let nextMs = clock() + QUIET_FOR_MS;
  let shown = false;
  return {
    say(text) {
      const nowMs = clock();
      if (nowMs < nextMs) return;
      nextMs = nowMs + everyMs;
      shown = true;
      if (moving) process.stderr.write(`\r\x1b[2K${text}`);
      else say(text);
    },
    async [Symbol.asyncDispose]() {
      if (moving && shown) process.stderr.write('\r\x1b[2K');
    },
  };
}
