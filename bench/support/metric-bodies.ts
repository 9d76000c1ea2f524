/** Realistic ExportMetricsServiceRequests: sums and histograms of a service, five attributes a point. */

import { createRandom } from '../../analysis/statistics/random.ts';
import { writeAttributes } from './attributes.ts';
import { BackwardWriter } from './backward-writer.ts';
import { createDraw, type Draw } from './draw.ts';
import type { Attributes } from './otlp-data.ts';
import { createShop, resourceAttributes, type Service } from './shop.ts';
import { type Body, createStampRecorder } from './stamps.ts';

type Recorder = ReturnType<typeof createStampRecorder>;

const FEWEST_POINTS = 500;
const MOST_POINTS = 2_000;
const POINTS_PER_METRIC = 50;
const EXPORT_INTERVAL_NS = 60e9;
/** The bounds that the specification gives for http.server.request.duration, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const CUMULATIVE = 2;

/** Half of the metrics are sums, half histograms. */
export function metricBodies(seed: number): (draw: Draw) => Body {
  const shop = createShop(createDraw(createRandom(seed)));
  const writer = new BackwardWriter();
  return (draw) => encodeMetrics(shop, draw, writer);
}

function encodeMetrics(shop: readonly Service[], draw: Draw, writer: BackwardWriter): Body {
  const recorder = createStampRecorder(writer);
  const service = shop[draw.integer(shop.length)];
  const instance = service?.instances[draw.integer(service.instances.length)];
  if (service === undefined || instance === undefined) throw new Error('the shop has no services');
  const metrics = FEWEST_POINTS / POINTS_PER_METRIC + draw.integer((MOST_POINTS - FEWEST_POINTS) / POINTS_PER_METRIC);
  writer.message(1, () => {
    writer.message(2, () => {
      for (let index = 0; index < metrics; index++) writer.message(2, () => writeMetric(index));
      writer.message(1, () => writer.text(1, 'io.opentelemetry.runtime-telemetry'));
    });
    writer.message(1, () => writeAttributes(writer, 1, resourceAttributes(service, instance, '1.5.0')));
  });
  return { ...recorder.finish(), items: metrics * POINTS_PER_METRIC };

  function writeMetric(index: number): void {
    const isSum = index % 2 === 0;
    writer.message(isSum ? 7 : 9, () => {
      if (isSum) writer.varint(3, 1);
      writer.varint(2, CUMULATIVE);
      for (let point = 0; point < POINTS_PER_METRIC; point++) {
        const attributes = pointAttributes(service as Service, draw);
        writer.message(1, () => (isSum ? writeSum : writeHistogram)(writer, recorder, attributes, draw));
      }
    });
    writer.text(3, isSum ? '{request}' : 's');
    writer.text(2, isSum ? 'Requests that were served' : 'Duration of requests that were served');
    writer.text(1, isSum ? `app.requests.${index}` : `app.request.duration.${index}`);
  }
}

function pointAttributes(service: Service, draw: Draw): Attributes {
  return [
    ['http.request.method', draw.one(['GET', 'POST', 'PUT'])],
    ['http.route', service.routes[draw.integer(service.routes.length)] ?? '/'],
    ['http.response.status_code', draw.one([200, 204, 404, 500])],
    ['network.protocol.version', '1.1'],
    ['server.address', `${service.name}.prod.svc.cluster.local`],
  ];
}

function writeSum(writer: BackwardWriter, recorder: Recorder, attributes: Attributes, draw: Draw): void {
  writeAttributes(writer, 7, attributes);
  writer.fixed64(6, draw.integer(1e6));
  recorder.time(3, EXPORT_INTERVAL_NS);
  recorder.time(2, 0);
}

function writeHistogram(writer: BackwardWriter, recorder: Recorder, attributes: Attributes, draw: Draw): void {
  const counts = Array.from({ length: BOUNDS.length + 1 }, () => draw.integer(200));
  writer.double(12, 9.5);
  writer.double(11, 0.001);
  writeAttributes(writer, 9, attributes);
  writer.message(7, () => {
    for (const bound of BOUNDS.toReversed()) writer.doubleBytes(bound);
  });
  writer.message(6, () => {
    for (const count of counts) writer.fixed64Bytes(count);
  });
  const count = counts.reduce((sum, each) => sum + each, 0);
  writer.double(5, count * 0.05);
  writer.fixed64(4, count);
  recorder.time(3, EXPORT_INTERVAL_NS);
  recorder.time(2, 0);
}
