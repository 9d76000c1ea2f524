/** The Unleash server as a process: its environment, its tokens, when it is ready. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort, start, untilReady } from './child.ts';

export interface UnleashTokens {
  readonly url: string;
  /** An admin token. Its events carry no user: give a bot a token of its own. */
  readonly adminToken: string;
  /** For SDKs, environment `production`. */
  readonly backendToken: string;
}

export interface Unleash extends UnleashTokens, AsyncDisposable {
  readonly ended: Promise<string>;
}

function environment(databaseUrl: string, port: number, adminToken: string, backendToken: string) {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'].flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    DATABASE_URL: databaseUrl,
    DATABASE_SSL: 'false',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(port),
    CHECK_VERSION: 'false',
    SEND_TELEMETRY: 'false',
    SCARF_ANALYTICS: 'false',
    INIT_ADMIN_API_TOKENS: adminToken,
    INIT_BACKEND_API_TOKENS: backendToken,
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Starts Unleash on a free port of 127.0.0.1 over an empty or known database; its log goes to `folder`. */
export async function startUnleashProcess(databaseUrl: string, folder: string, stop: AbortSignal): Promise<Unleash> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const adminToken = `*:*.${randomBytes(24).toString('hex')}`;
  const backendToken = `*:production.${randomBytes(24).toString('hex')}`;
  const logFile = join(folder, 'unleash.log');
  const script = join(import.meta.dirname, 'node_modules', 'unleash-server', 'dist', 'server.js');
  const env = environment(databaseUrl, port, adminToken, backendToken);
  const child = await start(process.execPath, [script], logFile, { cwd: folder, env });
  await untilReady('Unleash', child, logFile, { timeoutMs: 120_000, stop }, () => answers(url)).catch(
    async (thrown) => {
      await child.stop('SIGKILL');
      throw thrown;
    },
  );
  return { url, adminToken, backendToken, ended: child.ended, [Symbol.asyncDispose]: () => child.stop('SIGTERM') };
}
