/** The engine's files in the data folder: passwords, made on first start, and the configuration that carries them. */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HingeError, messageOf } from '../../errors.ts';

/** `durable` survives a loss of power; `fast` survives a crash of the process only. */
export type Durability = 'durable' | 'fast';

interface Passwords {
  readonly hinge: string;
  readonly grafana: string;
}

export interface EngineFiles {
  /** ClickHouse's own folder. */
  readonly storage: string;
  /** Working directory of the child: empty, because the engine reads a config.xml that happens to lie in it. */
  readonly workingDirectory: string;
  readonly config: string;
  readonly passwords: Passwords;
}

/** Settings of every MergeTree table: without them an acknowledged insert can be lost with the power. */
const DURABLE_SETTINGS = {
  fsync_after_insert: 1,
  fsync_part_directory: 1,
  min_rows_to_fsync_after_merge: 1,
  min_compressed_bytes_to_fsync_after_merge: 1,
} as const;

/** Lets the engine set any number of broken parts aside instead of refusing to start. */
const REPAIR_SETTINGS = {
  max_suspicious_broken_parts: 1_000_000,
  max_suspicious_broken_parts_bytes: 1_000_000_000_000,
} as const;

/**
 * Statements are not compiled once they have been seen three times: that takes a process 0.2 CPU-seconds for sealing alone, and
 * they run no faster.
 */
const PROFILE_SETTINGS = {
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
  compile_sort_description: 0,
} as const;

/** How many tokens of past inserts a table remembers. */
const DEDUPLICATION_WINDOW = 1000;

/** Databases that the read-only user may read: those whose name begins so. */
const DATABASE_PREFIX = 'hinge';

/** Writes the engine's files; passwords of an earlier start are kept. */
export function prepareEngineFiles(dataDir: string, durability: Durability, repair = false): EngineFiles {
  const folder = (name: string) => join(dataDir, name);
  for (const name of ['engine', 'run', 'config']) mkdirSync(folder(name), { recursive: true, mode: 0o700 });
  const passwords = readOrMakePasswords(join(dataDir, 'passwords.json'));
  const config = join(folder('config'), 'config.xml');
  writePrivate(config, configXml(durability, repair));
  writePrivate(join(folder('config'), 'users.xml'), usersXml(passwords));
  return { storage: folder('engine'), workingDirectory: folder('run'), config, passwords };
}

function readOrMakePasswords(file: string): Passwords {
  if (!existsSync(file)) {
    const made: Passwords = {
      hinge: randomBytes(24).toString('base64url'),
      grafana: randomBytes(24).toString('base64url'),
    };
    writePrivate(file, `${JSON.stringify(made, null, 2)}\n`);
    return made;
  }
  try {
    const { hinge, grafana } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Passwords>;
    if (!hinge || !grafana) throw new Error('`hinge` or `grafana` is missing');
    return { hinge, grafana };
  } catch (cause) {
    throw new HingeError(
      'ENGINE_FAILED',
      `cannot read the engine's passwords in ${file} (${messageOf(cause)}): delete the file, and new ones are made at the next start`,
      { cause },
    );
  }
}

/** Written beside and renamed, so that a crash leaves no half file. */
function writePrivate(file: string, text: string): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, file);
}

const elements = (settings: Readonly<Record<string, number>>) =>
  Object.entries(settings)
    .map(([name, value]) => `    <${name}>${value}</${name}>`)
    .join('\n');

function configXml(durability: Durability, repair: boolean): string {
  const durable = durability === 'durable' ? DURABLE_SETTINGS : {};
  const mergeTree = {
    ...durable,
    ...(repair ? REPAIR_SETTINGS : {}),
    non_replicated_deduplication_window: DEDUPLICATION_WINDOW,
  };
  return `<clickhouse>
  <users_config>users.xml</users_config>
  <timezone>UTC</timezone>
  <merge_tree>
${elements(mergeTree)}
  </merge_tree>
</clickhouse>
`;
}

/**
 * The engine's own local session logs in as `default` with an empty password from loopback, so that user must exist.
 * It may hold one session, which the local session takes: everybody else is refused with code 700.
 */
function usersXml(passwords: Passwords): string {
  const user = (name: string, password: string, profile: string, grants: string) => `    <${name}>
      ${password}
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>${profile}</profile>
      <quota>default</quota>${grants}
    </${name}>`;
  const hashed = (password: string) =>
    `<password_sha256_hex>${createHash('sha256').update(password).digest('hex')}</password_sha256_hex>`;
  const readOnly = `\n      <grants><query>GRANT SELECT ON ${DATABASE_PREFIX}*.*</query></grants>`;
  return `<clickhouse>
  <profiles>
    <default>
${elements(PROFILE_SETTINGS)}
    </default>
    <locked><max_sessions_for_user>1</max_sessions_for_user></locked>
    <reader>
      <readonly>2</readonly>
      <max_execution_time>30</max_execution_time>
      <max_memory_usage>2000000000</max_memory_usage>
    </reader>
  </profiles>
  <users>
${user('default', '<password></password>', 'locked', '')}
${user('hinge', hashed(passwords.hinge), 'default', '')}
${user('grafana', hashed(passwords.grafana), 'reader', readOnly)}
  </users>
  <quotas><default/></quotas>
</clickhouse>
`;
}
