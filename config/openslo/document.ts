/** OpenSLO documents of a file, each of which knows its lines. */

import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { HingeError } from '../../errors.ts';
import { nearest } from '../nearest.ts';
import { Origins } from '../origins.ts';
import { documents, type SliSpec, type SloSpec } from './schema.ts';

export type Path = readonly (string | number)[];

interface Read<Kind extends string, Spec> {
  readonly kind: Kind;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Spec;
  /** What cannot be read as Hinge's: the line, the key, the document's name, and why. */
  refusal(path: Path, why: string): HingeError;
}

export type SloDocument = Read<'SLO', SloSpec>;
export type SliDocument = Read<'SLI', SliSpec>;
export type ServiceDocument = Read<'Service', unknown>;
export type OpenSloDocument = SloDocument | SliDocument | ServiceDocument;

/** Of OpenSLO, and not about what is measured. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  DataSource: 'Hinge measures spans by itself',
  AlertPolicy: 'Hinge acts by burn, of its behaviours',
  AlertCondition: 'Hinge acts by burn, of its behaviours',
  AlertNotificationTarget: 'Hinge tells those whom notices names',
};

const isKnown = (kind: unknown): kind is keyof typeof documents =>
  typeof kind === 'string' && Object.hasOwn(documents, kind);

function nameOf(value: unknown): string {
  const { metadata } = (value ?? {}) as { metadata?: { name?: unknown } | null };
  return typeof metadata?.name === 'string' ? ` "${metadata.name}"` : '';
}

function refuseKind(kind: unknown, origins: Origins): HingeError {
  if (typeof kind !== 'string') return origins.refusal(['kind'], 'an OpenSLO document has a kind: SLO, SLI or Service');
  const other = Object.hasOwn(OTHER_KINDS, kind) ? OTHER_KINDS[kind] : undefined;
  const why = `${kind}${nameOf(origins.value)}`;
  return other === undefined
    ? origins.refusal(['kind'], `${why} is no kind of OpenSLO${nearest(kind, Object.keys(documents))}`)
    : origins.refusal(['kind'], `${why} is not read: ${other}; keep it in a file that openslo does not name`);
}

function read(document: Document, file: string, lines: LineCounter): OpenSloDocument {
  const value: unknown = document.toJS();
  const origins = new Origins({ value, origins: new Map(), file, document, lines });
  const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
  if (apiVersion !== 'openslo/v1')
    throw origins.refusal(['apiVersion'], `must be openslo/v1, not ${JSON.stringify(apiVersion) ?? 'missing'}`);
  if (!isKnown(kind)) throw refuseKind(kind, origins);
  const parsed = documents[kind].safeParse(value);
  if (!parsed.success) throw origins.describe(parsed.error, documents[kind]);
  const { metadata, spec } = parsed.data;
  return {
    ...{ kind, name: metadata.name, annotations: metadata.annotations ?? {}, spec },
    refusal: (path, why) => origins.refusal(path, `${why} (${kind} "${metadata.name}")`),
  } as OpenSloDocument;
}

/**
 * @param file as it is shown in errors
 * @throws HingeError CONFIG_INVALID naming the line of the first thing that cannot be read.
 */
export function documentsOf(text: string, file: string): OpenSloDocument[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines });
  const all = 'empty' in parsed ? [] : [...parsed];
  for (const { errors } of all) {
    const [first] = errors;
    if (first === undefined) continue;
    const where = first.linePos?.[0].line ?? 1;
    throw new HingeError('CONFIG_INVALID', `${file}:${where}: not valid YAML: ${first.message.split('\n')[0]}`);
  }
  const found = all.filter((each) => each.toJS() !== null).map((each) => read(each, file, lines));
  if (found.length === 0) throw new HingeError('CONFIG_INVALID', `${file}: has no OpenSLO document`);
  return found;
}
