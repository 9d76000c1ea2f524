/** What went wrong with ClickHouse, as a HingeError: whether to try again, and what to do. */
import { ClickHouseError } from '@clickhouse/client';
import { HingeError, messageOf } from '../errors.ts';

/** Codes of ClickHouse after which the same request may succeed, with what the operator can do meanwhile. */
const PASSING_FAULTS: ReadonlyMap<string, string> = new Map([
  ['74', 'its disk cannot be read: check the disk'],
  ['75', 'its disk cannot be written: check the disk'],
  ['159', 'the statement took longer than its limit: ask for a shorter range'],
  ['160', 'the statement would take longer than its limit: ask for a shorter range'],
  ['202', 'it has too many statements at once: it will be tried again'],
  ['209', 'it did not answer in time'],
  ['210', 'its network connection broke'],
  ['236', 'the statement was aborted'],
  ['241', 'its memory limit was reached: ask for a shorter range, or give it more memory'],
  ['242', 'the table is read-only at the moment'],
  ['243', 'its disk is full: free space in the data folder'],
  ['252', 'it has too many parts to merge: inserts have to wait'],
  ['319', 'whether the insert was committed is unknown: it will be tried again with the same token'],
  ['999', 'its Keeper does not answer'],
]);

const ACCESS_FAULTS: ReadonlySet<string> = new Set(['192', '193', '194', '516']);

/** Code 497 ends with the right that is missing: "... necessary to have the grant SELECT ON otel.otel_traces." */
const MISSING_GRANT = /^(?<user>[^:]+): .*the grant (?<grant>.+?)\.?\s*(?:\(ACCESS_DENIED\).*)?$/s;

/** `doing` completes the sentence "ClickHouse at <where> could not ...", e.g. "insert 12 rows into otel_traces". */
export function toHingeError(thrown: unknown, doing: string, where: string): HingeError {
  if (thrown instanceof HingeError) return thrown;
  if (!(thrown instanceof ClickHouseError)) {
    return new HingeError(
      'STORE_UNAVAILABLE',
      `ClickHouse at ${where} could not ${doing}: ${describe(thrown)}; check that it runs and that store.url is right`,
      { cause: thrown, retryable: true },
    );
  }
  const passing = PASSING_FAULTS.get(thrown.code);
  if (passing !== undefined) {
    return new HingeError(
      'STORE_UNAVAILABLE',
      `ClickHouse at ${where} could not ${doing}: ${passing} (code ${thrown.code})`,
      {
        cause: thrown,
        retryable: true,
      },
    );
  }
  const refused = `ClickHouse at ${where} refused to ${doing}`;
  const lack = lackOf(thrown);
  if (lack !== null) return new HingeError('STORE_REFUSED', `${refused}: ${lack} (code 497)`, { cause: thrown });
  const advice = ACCESS_FAULTS.has(thrown.code) ? '; check the user and password of the store' : '';
  return new HingeError(
    'STORE_REFUSED',
    `${refused}: ${messageOf(thrown).slice(0, 300)} (code ${thrown.code})${advice}`,
    { cause: thrown },
  );
}

/** The right that is missing, as the statement that gives it; null where that is not what is wrong. */
function lackOf(thrown: ClickHouseError): string | null {
  const { user, grant } = (thrown.code === '497' && MISSING_GRANT.exec(messageOf(thrown))?.groups) || {};
  if (grant === undefined) return null;
  return `its user ${user} lacks a right: GRANT ${grant.replace('for at least one column ', '')} TO ${user}`;
}

/** Node's network errors may carry their text in `errors` or only in `code`. */
function describe(thrown: unknown): string {
  const text = messageOf(thrown);
  if (text !== '') return text;
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  return code ?? 'no connection';
}
