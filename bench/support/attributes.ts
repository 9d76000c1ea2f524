/** Attributes as repeated KeyValue (opentelemetry-proto common/v1/common.proto). */

import type { BackwardWriter } from './backward-writer.ts';
import type { Attributes, Value } from './otlp-data.ts';

export function writeAttributes(writer: BackwardWriter, field: number, attributes: Attributes): void {
  for (let index = attributes.length - 1; index >= 0; index--) {
    const attribute = attributes[index];
    if (attribute === undefined) continue;
    writer.message(field, () => {
      writer.message(2, () => writeValue(writer, attribute[1]));
      writer.text(1, attribute[0]);
    });
  }
}

function writeValue(writer: BackwardWriter, value: Value): void {
  if (typeof value === 'string') writer.text(1, value);
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0);
  else if (typeof value === 'number') writer.varint(3, value);
  else if ('double' in value) writer.double(4, value.double);
  else {
    writer.message(5, () => {
      for (const element of value.toReversed()) writer.message(1, () => writeValue(writer, element));
    });
  }
}
