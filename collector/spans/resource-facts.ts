/** Writes build and instance of each span: worked out once for the spans of a resource that come together. */

import { BUILD_KEYS, INSTANCE_KEYS } from '../../semantics.ts';
import type { LowCardinalityColumn } from '../columns/low-cardinality.ts';
import type { Origin, OriginRows } from '../wire/origin.ts';
import type { SpanColumns } from './columns.ts';
import { Roles } from './roles.ts';

const NAMES: readonly string[] = [...BUILD_KEYS, ...INSTANCE_KEYS];
const MISSING = -1;

export class ResourceFacts {
  private readonly columns: SpanColumns;
  private readonly roles: Roles;
  private readonly values = new Int32Array(NAMES.length);
  private origin: Origin | undefined;
  private readonly builds: Translation;
  private readonly instances: Translation;
  private build = 0;
  private instance = 0;

  constructor(columns: SpanColumns) {
    this.columns = columns;
    const { keys, values } = columns.ResourceAttributes;
    this.roles = new Roles(keys, NAMES);
    this.builds = new Translation(values, columns.HingeBuild);
    this.instances = new Translation(values, columns.HingeInstance);
  }

  reset(): void {
    this.roles.reset();
    this.builds.reset();
    this.instances.reset();
    this.origin = undefined;
  }

  append(origin: Origin, origins: OriginRows): void {
    if (origin !== this.origin) this.read(origins.from, origins.to);
    this.origin = origin;
    this.columns.HingeBuild.appendId(this.build);
    this.columns.HingeInstance.appendId(this.instance);
  }

  private read(from: number, to: number): void {
    const { keys, values } = this.columns.ResourceAttributes;
    this.values.fill(MISSING);
    for (let i = from; i < to; i++) {
      const role = this.roles.of(keys.idAt(i));
      if (role >= 0 && this.values[role] === MISSING) this.values[role] = values.idAt(i);
    }
    this.build = this.builds.of(this.first(0, BUILD_KEYS.length));
    this.instance = this.instances.of(this.first(BUILD_KEYS.length, NAMES.length));
  }

  /** The first that is not empty; entry 0 of a dictionary is the empty text. */
  private first(from: number, to: number): number {
    for (let role = from; role < to; role++) {
      const id = this.values[role] as number;
      if (id > 0) return id;
    }
    return 0;
  }
}

/** The numbers that the texts of one dictionary have in another. */
class Translation {
  private readonly from: LowCardinalityColumn;
  private readonly to: LowCardinalityColumn;
  private readonly known = new Map<number, number>();

  constructor(from: LowCardinalityColumn, to: LowCardinalityColumn) {
    this.from = from;
    this.to = to;
  }

  of(id: number): number {
    let translated = this.known.get(id);
    if (translated === undefined) {
      translated = this.to.idOfText(this.from.textOf(id));
      this.known.set(id, translated);
    }
    return translated;
  }

  reset(): void {
    this.known.clear();
  }
}
