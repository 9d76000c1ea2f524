/** The events of an SLO by its name, for the API. */

import type { ApiProviders } from '../../api/providers.ts';
import type { Config } from '../../config.ts';
import { HingeError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { defined } from '../defined.ts';

export function createSloEvents(slos: Config['slos'], store: Pick<Store, 'eventSeries'>): ApiProviders['sloEvents'] {
  return async (name, range) => {
    const slo = slos.find((one) => one.name === name);
    if (slo !== undefined) return store.eventSeries(defined(slo), range);
    const names = slos.length === 0 ? 'none is configured' : `there are ${slos.map((one) => one.name).join(', ')}`;
    throw new HingeError('NOT_FOUND', `no SLO "${name}"; ${names}`);
  };
}
