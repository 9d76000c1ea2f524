/** The service that a resource speaks for. */

import type { Resource } from './records.ts';
import { valueText } from './values.ts';

/** `service.name`; empty when the resource has none. */
export function serviceName(resource: Resource): string {
  const attribute = resource.attributes.find(({ key }) => key === 'service.name');
  return attribute === undefined ? '' : valueText(attribute.value);
}
