/** The shop that the generated telemetry is about: 20 services, 25 routes each, 6 instances each. */

import type { Draw } from './draw.ts';
import type { Attributes } from './otlp-data.ts';

export interface Instance {
  readonly host: string;
  readonly pod: string;
  readonly id: string;
  readonly pid: number;
}

export interface Service {
  readonly name: string;
  readonly routes: readonly string[];
  readonly instances: readonly Instance[];
}

const NAMES = [
  'checkout',
  'cart',
  'payment',
  'inventory',
  'shipping',
  'frontend',
  'auth',
  'search',
  'recommend',
  'ads',
] as const;
const NOUNS = ['items', 'orders', 'users', 'sessions', 'quotes'] as const;
const TAILS = ['', 'detail', 'history', 'summary', 'status'] as const;
const INSTANCES = 6;

export function createShop(draw: Draw): readonly Service[] {
  return ['', '-v2'].flatMap((suffix) =>
    NAMES.map((name): Service => {
      const service = `svc-${name}${suffix}`;
      return {
        name: service,
        routes: TAILS.flatMap((tail) => NOUNS.map((noun) => `/api/v1/${name}${suffix}/${noun}/{id}/${tail}`)),
        instances: Array.from({ length: INSTANCES }, () => createInstance(service, draw)),
      };
    }),
  );
}

function createInstance(service: string, draw: Draw): Instance {
  return {
    host: `ip-10-${draw.integer(256)}-${draw.integer(256)}-${draw.integer(256)}.ec2.internal`,
    pod: `${service}-${draw.hex(8)}-${draw.hex(5)}`,
    id: [8, 4, 4, 4, 12].map((digits) => draw.hex(digits)).join('-'),
    pid: 1_000 + draw.integer(30_000),
  };
}

/** Twelve attributes, as an agent's SDK on Kubernetes sends them. */
export function resourceAttributes(service: Service, instance: Instance, version: string): Attributes {
  return [
    ['service.name', service.name],
    ['service.version', version],
    ['service.namespace', 'shop'],
    ['service.instance.id', instance.id],
    ['deployment.environment.name', 'production'],
    ['host.name', instance.host],
    ['k8s.namespace.name', 'prod'],
    ['k8s.pod.name', instance.pod],
    ['process.pid', instance.pid],
    ['telemetry.sdk.language', 'java'],
    ['telemetry.sdk.name', 'opentelemetry'],
    ['telemetry.sdk.version', '1.53.0'],
  ];
}
