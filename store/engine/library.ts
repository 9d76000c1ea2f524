/** Where libchdb lies: found without importing chdb, whose own loader would bring the engine into this process. */
import { createRequire } from 'node:module';
import { HingeError } from '../../errors.ts';

/** Seam for tests: resolves a module to a path, or throws. */
type Resolve = (module: string) => string;

const resolveHere: Resolve = createRequire(import.meta.url).resolve;

/**
 * Path of libchdb for a platform.
 * @throws HingeError ENGINE_MISSING when an optional dependency is not installed or the platform has none.
 */
export function findLibrary(
  platform: string = process.platform,
  arch: string = process.arch,
  resolve: Resolve = resolveHere,
): string {
  const carrier = `@chdb/lib-${platform}-${arch}${platform === 'linux' ? '-gnu' : ''}`;
  try {
    resolve('ffi-rs');
    return resolve(`${carrier}/libchdb.so`);
  } catch (cause) {
    throw new HingeError(
      'ENGINE_MISSING',
      `the embedded ClickHouse needs the optional packages chdb and ffi-rs with ${carrier}, which are not installed: ` +
        'run `npm install chdb ffi-rs`, or set store.url to a ClickHouse server',
      { cause },
    );
  }
}
