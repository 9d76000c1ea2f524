/** What OpenSLO leaves to each tool, said in Hinge's words: annotations `hinge.dev/...`, or a metricSource of the type `hinge`. */

import { z } from 'zod';
import { oneName, oneTitle } from '../names.ts';
import { nearest } from '../nearest.ts';
import type { OpenSloDocument, Path } from './document.ts';
import type { SliSpec } from './schema.ts';

const WORDS = {
  service: oneName,
  endpoint: oneTitle,
  indicator: z.enum(['latency', 'errors', 'retries']),
  thresholdMs: z.coerce.number().positive(),
  unit: z.enum(['ns', 'us', 'ms', 's']),
  ignore: z.enum(['alertPolicies']),
} as const;

type Word = keyof typeof WORDS;

const ANNOTATIONS: Readonly<Record<string, Word>> = {
  'hinge.dev/service': 'service',
  'hinge.dev/endpoint': 'endpoint',
  'hinge.dev/indicator': 'indicator',
  'hinge.dev/threshold-ms': 'thresholdMs',
  'hinge.dev/unit': 'unit',
  'hinge.dev/ignore': 'ignore',
};

export type Facts = { readonly [Key in Word]?: z.infer<(typeof WORDS)[Key]> };

/** One word, and where it was said. */
interface Said {
  readonly document: OpenSloDocument;
  readonly path: Path;
  readonly word: Word | undefined;
  readonly value: unknown;
}

/** An indicator and where it stands: in a document of its own, or in the SLO. */
export interface Indicator {
  readonly document: OpenSloDocument;
  /** Of its spec, within the document. */
  readonly path: Path;
  readonly spec: SliSpec;
  /** With the path at which they stand. */
  readonly annotations: readonly [Path, Readonly<Record<string, string>>];
}

function inAnnotations(document: OpenSloDocument, path: Path, annotations: Readonly<Record<string, string>>): Said[] {
  return Object.entries(annotations).flatMap(([name, value]) => {
    if (!name.startsWith('hinge.dev/')) return [];
    const word = Object.hasOwn(ANNOTATIONS, name) ? ANNOTATIONS[name] : undefined;
    if (word !== undefined) return [{ document, path: [...path, name], word, value }];
    throw document.refusal([...path, name], `is no annotation of Hinge${nearest(name, Object.keys(ANNOTATIONS))}`);
  });
}

/** The metrics of an indicator, with their place in its spec. */
export function metricsOf({ thresholdMetric, ratioMetric }: SliSpec) {
  const { good, bad, total, raw } = ratioMetric ?? {};
  const places = {
    thresholdMetric,
    'ratioMetric.good': good,
    'ratioMetric.bad': bad,
    'ratioMetric.total': total,
    'ratioMetric.raw': raw,
  };
  return Object.entries(places).flatMap(([place, metric]) =>
    metric === undefined ? [] : [{ path: [...place.split('.'), 'metricSource'], source: metric.metricSource }],
  );
}

export const isHinges = (type: string | undefined): boolean => type?.toLowerCase() === 'hinge';

function inSources({ document, path, spec }: Indicator): Said[] {
  return metricsOf(spec)
    .filter(({ source }) => isHinges(source.type))
    .flatMap(({ path: place, source }) =>
      Object.entries(source.spec ?? {}).map(([name, value]) => {
        const at = [...path, ...place, 'spec', name];
        const known = Object.keys(WORDS).filter((each) => each !== 'ignore');
        if (known.includes(name)) return { document, path: at, word: name as Word, value };
        throw document.refusal(
          at,
          `is no word of a metricSource of Hinge${nearest(name, known)}; known: ${known.join(', ')}`,
        );
      }),
    );
}

/** All that was said; the same thing may be said twice, but not two things. */
export function factsOf(slo: OpenSloDocument, indicator: Indicator, service: OpenSloDocument | undefined): Facts {
  const standard = ['metadata', 'annotations'];
  const said = [
    ...inAnnotations(slo, standard, slo.annotations),
    ...inAnnotations(indicator.document, ...indicator.annotations),
    ...(service === undefined ? [] : inAnnotations(service, standard, service.annotations)),
    ...inSources(indicator),
  ];
  const facts: Partial<Record<Word, unknown>> = {};
  for (const { document, path, word, value } of said) {
    if (word === undefined) continue;
    const parsed = WORDS[word].safeParse(value);
    if (!parsed.success) throw document.refusal(path, parsed.error.issues[0]?.message ?? 'is wrong');
    if (facts[word] !== undefined && facts[word] !== parsed.data)
      throw document.refusal(path, `says ${word} ${parsed.data}, but it is also said to be ${facts[word]}`);
    facts[word] = parsed.data;
  }
  return facts as Facts;
}
