/** Writes what Hinge makes of each span (defined in store/facts.ts), from the row that stands in the columns already. */

import { MARKS, RPC_SERVER_FAULTS, RPC_SUCCESS } from '../../semantics.ts';
import { Bytes } from '../columns/bytes.ts';
import type { LowCardinalityColumn } from '../columns/low-cardinality.ts';
import type { Origin, OriginRows } from '../wire/origin.ts';
import type { SpanColumns } from './columns.ts';
import type { SpanFields } from './fields.ts';
import { isLiteralAddress, isResendCount, plainName, statusOf } from './meaning.ts';
import { murmur3 } from './murmur3.ts';
import { ResourceFacts } from './resource-facts.ts';
import { TOPICS, Told, type Topic } from './told.ts';

/** As in opentelemetry/proto/trace/v1/trace.proto. */
const CLIENT = 3;
const PRODUCER = 4;
const ERROR = 2;

const [SPACE, SLASH, COLON] = [0x20, 0x2f, 0x3a];
const SUCCESS: ReadonlySet<string> = new Set(RPC_SUCCESS);
const SERVER_FAULTS: ReadonlySet<string> = new Set(RPC_SERVER_FAULTS);

export class SpanFacts {
  private readonly columns: SpanColumns;
  private readonly told: Told;
  private readonly resource: ResourceFacts;
  /** By the number of a span's name, that of its plain form among the endpoints. */
  private readonly plainIds = new Map<number, number>();
  private readonly joined = new Bytes();
  private entry = 0;
  private byte = 0;

  constructor(columns: SpanColumns) {
    this.columns = columns;
    this.told = new Told(columns.SpanAttributes);
    this.resource = new ResourceFacts(columns);
  }

  openDay(): void {
    this.told.reset();
    this.resource.reset();
    this.plainIds.clear();
  }

  /** To be called before the attributes of a span are appended. */
  begin(): void {
    const { SpanAttributes } = this.columns;
    this.entry = SpanAttributes.entries;
    this.byte = SpanAttributes.values.bytes.length;
  }

  /** To be called once name, attributes and resource of a row are appended. */
  append(row: number, { kind, statusCode }: SpanFields, origin: Origin, origins: OriginRows): void {
    const { columns, told } = this;
    told.read(this.entry, this.byte);
    this.resource.append(origin, origins);
    columns.HingeEndpoint.appendId(this.endpoint(columns.SpanName.idAt(row)));
    const makesCall = kind === CLIENT || kind === PRODUCER;
    const named = makesCall ? this.namedPeer() : 0;
    const isAnonymous = makesCall && named === 0;
    columns.HingePeer.appendId(isAnonymous ? this.literalPeer() : named);
    columns.HingeTarget.append(kind === CLIENT ? this.hashOf(TOPICS.url) ^ this.hashOf(TOPICS.query) : 0);
    columns.HingeMarks.append(this.marks(kind, statusCode) | (isAnonymous ? MARKS.anonymous : 0));
  }

  private endpoint(nameId: number): number {
    const { told } = this;
    const { HingeEndpoint } = this.columns;
    if (told.find(TOPICS.path)) return this.join(TOPICS.method, SPACE, TOPICS.path, HingeEndpoint);
    if (told.find(TOPICS.rpcMethod)) {
      if (!told.bytes.subarray(told.start, told.end).includes(SLASH) && told.find(TOPICS.rpcService))
        return this.join(TOPICS.rpcService, SLASH, TOPICS.rpcMethod, HingeEndpoint);
      return this.idOf(TOPICS.rpcMethod, HingeEndpoint);
    }
    if (told.find(TOPICS.destination)) return this.join(TOPICS.operation, SPACE, TOPICS.destination, HingeEndpoint);
    return this.plainId(nameId);
  }

  private plainId(nameId: number): number {
    let id = this.plainIds.get(nameId);
    if (id === undefined) {
      const { HingeEndpoint, SpanName } = this.columns;
      id = HingeEndpoint.idOfText(plainName(SpanName.textOf(nameId)));
      this.plainIds.set(nameId, id);
    }
    return id;
  }

  /** 0, the number of the empty text, when no peer is named. */
  private namedPeer(): number {
    const { told } = this;
    const { HingePeer } = this.columns;
    if (told.find(TOPICS.address) && !isLiteralAddress(told.bytes, told.start, told.end))
      return this.idOf(TOPICS.address, HingePeer);
    return this.idOf(TOPICS.peer, HingePeer);
  }

  private literalPeer(): number {
    const { told } = this;
    const { HingePeer } = this.columns;
    if (!told.find(TOPICS.address)) return 0;
    return told.find(TOPICS.port)
      ? this.join(TOPICS.address, COLON, TOPICS.port, HingePeer)
      : this.idOf(TOPICS.address, HingePeer);
  }

  private marks(kind: number, status: number): number {
    const { told } = this;
    const http = told.find(TOPICS.httpStatus) ? statusOf(told.bytes, told.start, told.end) : 0;
    let marks = told.isFlagged ? MARKS.flagged : 0;
    if (this.failed(kind, status, http)) marks |= MARKS.failed;
    if ((http >= 300 && http < 400) || http === 401) marks |= MARKS.redirected;
    if (told.find(TOPICS.resendCount) && isResendCount(told.bytes, told.start, told.end)) marks |= MARKS.resent;
    return marks;
  }

  private failed(kind: number, status: number, http: number): boolean {
    if (status === ERROR) return true;
    if (http > 0) return http >= (kind === CLIENT ? 400 : 500);
    const rpc = this.told.text(TOPICS.rpcStatus);
    return kind === CLIENT ? !SUCCESS.has(rpc) : SERVER_FAULTS.has(rpc);
  }

  private hashOf(topic: Topic): number {
    const { told } = this;
    return told.find(topic) ? murmur3(told.view, told.start, told.end) : 0;
  }

  private idOf(topic: Topic, column: LowCardinalityColumn): number {
    const { told } = this;
    return told.find(topic) ? column.idOf(told.view, told.start, told.end) : 0;
  }

  /** Two values with a byte between. Where it is a space, none is left in front. */
  private join(left: Topic, between: number, right: Topic, column: LowCardinalityColumn): number {
    const { told, joined } = this;
    const { view } = told;
    joined.length = 0;
    if (told.find(left)) joined.append(view, told.start, told.end);
    joined.reserve(1);
    joined.buffer[joined.length++] = between;
    if (told.find(right)) joined.append(view, told.start, told.end);
    let start = 0;
    if (between === SPACE) while (joined.buffer[start] === SPACE && start < joined.length) start++;
    return column.idOf(joined.view, start, joined.length);
  }
}
