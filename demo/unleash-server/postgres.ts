/** A PostgreSQL of its own, from the binaries of a package, in a folder that goes when it stops. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, freePort, start, untilReady } from './child.ts';
import { postgresPackage } from './install.ts';

const exec = promisify(execFile);

export interface Postgres extends AsyncDisposable {
  readonly url: string;
  /** Resolves when the server ends, however it does. */
  readonly ended: Promise<string>;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: root runs it as `nobody`, others as themselves. */
async function ownerOf(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((option) => exec('id', [option, 'nobody'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

/** The folder of the binaries; a copy of it where the owner cannot reach the checkout, for instance under /root. */
async function readableBinaries(folder: string, owner: Owner | undefined): Promise<string> {
  const native = join(postgresPackage(), 'native');
  try {
    await exec(join(native, 'bin', 'initdb'), ['--version'], { ...owner, cwd: folder });
    return native;
  } catch {
    const copy = join(folder, 'native');
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    return copy;
  }
}

/** Durability is not wanted of a database that lives as long as a demo. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  max_connections: '40',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};

async function createData(folder: string, binaries: string, owner: Owner | undefined, password: string) {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner) {
    await chmod(folder, 0o711);
    await Promise.all([data, passwordFile].map((path) => chown(path, owner.uid, owner.gid)));
  }
  const args = ['-D', data, '-U', 'unleash', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256'];
  await exec(join(binaries, 'bin', 'initdb'), [...args, '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'], {
    ...owner,
    cwd: folder,
  });
  return data;
}

/** Starts PostgreSQL on a free port of 127.0.0.1, with its data in `folder` (which exists and is empty). */
export async function startPostgres(folder: string, stop: AbortSignal): Promise<Postgres> {
  const owner = await ownerOf();
  const binaries = await readableBinaries(folder, owner);
  const password = randomBytes(16).toString('hex');
  const data = await createData(folder, binaries, owner, password);
  const port = await freePort();
  const logFile = join(folder, 'postgres.log');
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const child: Child = await start(join(binaries, 'bin', 'postgres'), ['-D', data, ...settings], logFile, {
    ...owner,
    cwd: folder,
  });
  const isReady = async () => (await readFile(logFile, 'utf8')).includes('ready to accept connections');
  await untilReady('PostgreSQL', child, logFile, { timeoutMs: 30_000, stop }, isReady).catch(async (thrown) => {
    await child.stop('SIGKILL');
    throw thrown;
  });
  return {
    url: `postgres://unleash:${password}@127.0.0.1:${port}/postgres`,
    ended: child.ended,
    // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
    [Symbol.asyncDispose]: () => child.stop('SIGINT'),
  };
}
