/** A thread whose functions are called from here: started by the first call, replaced by the next after it ended. */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, HingeError, messageOf } from '../../errors.ts';

/** What a thread can be asked; arguments and results are plain data. */
export type Callable<T> = { readonly [K in keyof T]: (...given: never[]) => Promise<unknown> };

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly given: readonly unknown[];
}

/** What is left of an error on its way out of a thread. */
export interface Fault {
  /** Null where it was no HingeError. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly stack: string;
  readonly retryable: boolean;
}

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly fault: Fault };

export interface ThreadOptions {
  /** A module that calls `answer`. */
  readonly entry: URL;
  /** Of the thread, in errors and profilers. */
  readonly name: string;
  /** Plain data, for the functions of the thread. */
  readonly data: unknown;
  /** Closes it, as its owner does. @default none */
  readonly signal?: AbortSignal;
}

/** A module in the same folder, in the language that this one is in: TypeScript, or JavaScript once it is built. */
export const entryBeside = ({ filename, url }: ImportMeta, name: string): URL =>
  new URL(`./${name}${extname(filename)}`, url);

/** Its end cuts off what is under way: for threads that only read and reckon. */
export interface Thread<T extends Callable<T>> extends AsyncDisposable {
  /** @throws what the function throws; HingeError INTERNAL when the thread ended before its answer */
  call<K extends keyof T & string>(name: K, ...given: Parameters<T[K]>): ReturnType<T[K]>;
}

/** Left to itself it grows to 128 MiB while a report of half a million cells is made. docs/accuracy.md has what this saves and costs. */
const YOUNG_GENERATION_MIB = 16;

export function createThread<T extends Callable<T>>(options: ThreadOptions): Thread<T> {
  let running: Running | undefined;
  let isClosed = options.signal?.aborted ?? false;
  const close = async () => {
    isClosed = true;
    await running?.end();
  };
  options.signal?.addEventListener('abort', close, { once: true });
  const ask: Running['call'] = async (name, given) => {
    if (isClosed) throw new HingeError('INTERNAL', `the thread ${options.name} is closed: Hinge is stopping`);
    running ??= run(options, () => {
      running = undefined;
    });
    return running.call(name, given);
  };
  return {
    call: (name, ...given) => ask(name, given) as ReturnType<T[typeof name]>,
    async [Symbol.asyncDispose]() {
      options.signal?.removeEventListener('abort', close);
      await close();
    },
  };
}

interface Running {
  call(name: string, given: readonly unknown[]): Promise<unknown>;
  end(): Promise<unknown>;
}

function run({ entry, name, data }: ThreadOptions, onEnd: () => void): Running {
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB };
  const worker = new Worker(entry, { workerData: data, resourceLimits, name });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  let reason: string | undefined;
  worker.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('fault' in answer) call?.reject(errorOf(answer.fault));
    else call?.resolve(answer.value);
  });
  worker.on('error', (thrown) => {
    reason = messageOf(thrown);
  });
  worker.on('exit', (code) => {
    onEnd();
    const why = reason ?? `exit code ${code}`;
    const text = `the thread ${name} ended before its answer (${why}): ask again, which starts a new one`;
    for (const { reject } of waiting.values()) reject(new HingeError('INTERNAL', text));
  });
  return {
    call(called, given) {
      const call: Call = { id: calls++, name: called, given };
      const answered = Promise.withResolvers<unknown>();
      waiting.set(call.id, answered);
      worker.postMessage(call);
      return answered.promise;
    },
    end() {
      reason ??= 'it was closed';
      return worker.terminate();
    },
  };
}

function errorOf({ code, message, stack, retryable }: Fault): Error {
  const error = code === null ? new Error(message) : new HingeError(code, message, { retryable });
  // Where it was thrown, not where it was heard of.
  error.stack = stack;
  return error;
}
