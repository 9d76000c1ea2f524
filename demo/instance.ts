/** One running process of the demo: started, asked, drained, and gone when the demo is gone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { InstanceMessage, Peers, PeersMessage } from './services/service.ts';

export interface InstanceOptions {
  readonly name: string;
  /** An executable file, or a TypeScript source that Node runs. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface Instance extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Base URL of its HTTP server. */
  readonly url: string;
  /** Tells it who is in service; resolves once it knows. */
  tell(peers: Peers): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** Longer than the longest order. */
const DRAIN_TIMEOUT_MS = 8_000;

/** Variables that a child needs of ours; the shebang of a binary finds the Node that runs us first. */
function environment(own: Readonly<Record<string, string>>): Record<string, string> {
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
  return { HOME: process.env.HOME ?? '', ...own, PATH: path };
}

type MessageOf<K extends InstanceMessage['kind']> = Extract<InstanceMessage, { kind: K }>;

function messageFrom<K extends InstanceMessage['kind']>(
  child: ChildProcess,
  name: string,
  kind: K,
  timeoutMs: number,
): Promise<MessageOf<K>> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error, message?: MessageOf<K>) => {
      clearTimeout(timer);
      child.off('message', listen).off('exit', ended).off('error', finish);
      if (message === undefined) reject(error);
      else resolve(message);
    };
    const listen = (message: InstanceMessage) => {
      if (message.kind === kind) finish(undefined, message as MessageOf<K>);
    };
    const ended = (code: number | null) => finish(new Error(`${name} ended with ${code} before it said ${kind}`));
    const timer = setTimeout(() => finish(new Error(`${name} did not say ${kind} in ${timeoutMs} ms`)), timeoutMs);
    child.on('message', listen).on('exit', ended).on('error', finish);
  });
}

async function drain(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), DRAIN_TIMEOUT_MS);
  await exited;
  clearTimeout(late);
}

/**
 * Starts the process in a group of its own, so that Ctrl-C reaches the demo alone, which drains it in order. It holds one end
 * of a channel: when the demo dies, however it does, the channel closes and the process ends.
 * @throws Error naming the log file when it does not come up
 */
export async function startInstance({ name, program, env, logFile }: InstanceOptions): Promise<Instance> {
  await using log = await open(logFile, 'a');
  const command: [string, string[]] = program.endsWith('.ts') ? [process.execPath, [program]] : [program, []];
  const child = spawn(...command, {
    detached: true,
    env: environment(env),
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  try {
    const { url } = await messageFrom(child, name, 'listening', START_TIMEOUT_MS);
    return {
      name,
      pid: child.pid ?? 0,
      url,
      async tell(peers) {
        const known = messageFrom(child, name, 'peers-known', ANSWER_TIMEOUT_MS);
        child.send({ kind: 'peers', peers } satisfies PeersMessage);
        await known;
      },
      [Symbol.asyncDispose]: () => drain(child),
    };
  } catch (cause) {
    await drain(child);
    throw new Error(`${name} did not start; its log is ${logFile}`, { cause });
  }
}
