/** What the attributes of a metric's point say: the operation, the other end, and whether it failed. */
import { RPC_SERVER_FAULTS, RPC_SUCCESS, SPAN_KEYS } from '../../semantics.ts';

type Attributes = Readonly<Record<string, string>>;

const firstOf = (attributes: Attributes, keys: readonly string[]) =>
  keys.map((key) => attributes[key] ?? '').find((value) => value !== '') ?? '';

/** An address that says where, not who. */
const LITERAL = /^(localhost|[0-9.]+|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?)$/;

/** As for spans (facts.ts): route, rpc method, destination, else the operation of a database; '' where none is named. */
export function endpointOf(attributes: Attributes): string {
  const path = firstOf(attributes, SPAN_KEYS.path);
  const joined = (...words: readonly string[]) => words.filter((word) => word !== '').join(' ');
  if (path !== '') return joined(firstOf(attributes, SPAN_KEYS.method), path);
  const [method, service] = [firstOf(attributes, SPAN_KEYS.rpcMethod), firstOf(attributes, SPAN_KEYS.rpcService)];
  if (method !== '') return service === '' || method.includes('/') ? method : `${service}/${method}`;
  const destination = firstOf(attributes, SPAN_KEYS.destination);
  if (destination !== '') return joined(firstOf(attributes, SPAN_KEYS.operation), destination);
  const verb = firstOf(attributes, ['db.operation.name', ...SPAN_KEYS.method]);
  return joined(verb, attributes['db.collection.name'] ?? '');
}

/** Whom a client calls. A server's own `server.address` is itself, and names nobody. */
export function peerOf(attributes: Attributes, name: string): string {
  if (name.includes('.server.')) return '';
  const address = firstOf(attributes, SPAN_KEYS.address);
  return address !== '' && !LITERAL.test(address) ? address : firstOf(attributes, SPAN_KEYS.peer) || address;
}

/** `error.type` first; else a status of HTTP (5xx, and for clients 4xx) or of gRPC. */
export function hasFailed(attributes: Attributes, name: string): boolean {
  if ((attributes['error.type'] ?? '') !== '') return true;
  const client = name.includes('.client.');
  const http = Number(firstOf(attributes, SPAN_KEYS.httpStatus));
  if (http > 0) return http >= (client ? 400 : 500);
  const rpc: readonly string[] = client ? RPC_SUCCESS : RPC_SERVER_FAULTS;
  return rpc.includes(firstOf(attributes, SPAN_KEYS.rpcStatus)) !== client;
}
