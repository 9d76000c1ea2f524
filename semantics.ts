/**
 * Which attributes say what, by the semantic conventions of OpenTelemetry and their older names, and the small codes in which
 * Hinge keeps what they say. The collector, which writes it, and the store, which defines it, go by one list.
 */

/** Identity of the running build, the most exact first: build ids, image digests, artifact hash, version, revision. */
export const BUILD_KEYS = [
  'process.executable.build_id.gnu',
  'process.executable.build_id.go',
  'process.executable.build_id.htlhash',
  'container.image.id',
  'oci.manifest.digest',
  'artifact.hash',
  'service.artifact.hash',
  'service.version',
  'vcs.ref.head.revision',
] as const;
export const INSTANCE_KEYS = ['service.instance.id', 'k8s.pod.name', 'host.name'] as const;

/** Attributes that say one thing, the first that is there. */
export const SPAN_KEYS = {
  method: ['http.request.method', 'http.method'],
  path: ['http.route', 'url.template'],
  rpcMethod: ['rpc.method'],
  rpcService: ['rpc.service'],
  destination: ['messaging.destination.template', 'messaging.destination.name'],
  operation: ['messaging.operation.name', 'messaging.operation'],
  address: ['server.address', 'net.peer.name'],
  port: ['server.port', 'net.peer.port'],
  peer: ['peer.service', 'service.peer.name', 'rpc.service', 'db.system.name', 'db.system', 'messaging.system'],
  httpStatus: ['http.response.status_code', 'http.status_code'],
  rpcStatus: ['rpc.grpc.status_code', 'rpc.response.status_code'],
  resendCount: ['http.request.resend_count'],
  url: ['url.full', 'http.url'],
  query: ['db.query.text'],
} as const;

/** On the spans that evaluate a feature flag. */
export const FLAG_KEY = 'feature_flag.key';

/** gRPC codes that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
export const RPC_SERVER_FAULTS = [
  ...['2', '4', '12', '13', '14', '15'],
  ...['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'],
] as const;
export const RPC_SUCCESS = ['', '0', 'OK'] as const;

/** Bits of HingeMarks. */
export const MARKS = {
  failed: 1,
  /** An answer after which the client sends again by protocol, not because the call failed. */
  redirected: 2,
  /** The call says that it was sent before. */
  resent: 4,
  /** A call without a peer's name: HingePeer is an address, or empty. */
  anonymous: 8,
  /** The span tells which variant of a feature flag is in force. */
  flagged: 16,
} as const;
