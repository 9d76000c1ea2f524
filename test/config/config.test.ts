import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configSchema, loadConfig } from '../../config.ts';
import { HingeError } from '../../errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'hinge-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function fromFile(text: string, environment: Record<string, string> = {}, assignments: string[] = []) {
  count += 1;
  const file = join(folder, `hinge-${count}.yaml`);
  writeFileSync(file, text);
  return loadConfig({ file, environment, assignments });
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HingeError) return error.message.replaceAll(/\/\S*\/hinge-\d+\.yaml/g, 'FILE');
    throw error;
  }
  return 'accepted';
}

describe('configuration', () => {
  it('has a default for everything', () => {
    const config = loadConfig({ environment: {}, assignments: [] });
    expect(config.collector).toEqual({
      enabled: true,
      host: '127.0.0.1',
      port: 4318,
      grpcPort: 4317,
      corsOrigins: [],
    });
    expect(config.store.durability).toBe('durable');
    expect(config.behaviours).toEqual([]);
  });

  it('takes the file, then the environment, then the command line', () => {
    const text = 'api:\n  port: 1\nstore:\n  slotSeconds: 10\n  database: one\n';
    const config = fromFile(text, { HINGE_API_PORT: '2', HINGE_STORE_SLOT_SECONDS: '20' }, ['api.port=3']);
    expect([config.api.port, config.store.slotSeconds, config.store.database]).toEqual([3, 20, 'one']);
  });

  it('keeps points as long as spans, and cells until the same month of the next year, unless told', () => {
    const { retentionDays, metricsRetentionDays, cellRetentionMonths } = fromFile('').store;
    expect([retentionDays, metricsRetentionDays, cellRetentionMonths]).toEqual([14, undefined, 13]);
    expect(fromFile('store: { metricsRetentionDays: 3 }').store.metricsRetentionDays).toBe(3);
  });

  it('lets a collector that is switched off have any address', () => {
    expect(fromFile('collector: { enabled: false, host: 0.0.0.0 }').collector.enabled).toBe(false);
  });

  it('turns nothing but dry-run on for a behaviour that names no mode', () => {
    const slos = 'slos: [{name: fast, service: checkout, indicator: latency, thresholdMs: 300, objective: 0.99}]\n';
    const behaviours =
      'behaviours: [{name: retries, service: checkout, flag: f, environments: [production], slos: [fast]}]\n';
    expect(fromFile(slos + behaviours).behaviours[0]?.mode).toBe('dry-run');
  });

  it('is frozen', () => {
    const config = loadConfig({ environment: {}, assignments: [] });
    expect(() => Object.assign(config.api, { port: 1 })).toThrow(TypeError);
  });

  it.each([
    ['a key with a typo', 'data: x\nstor:\n  url: y\n', 'FILE:2: unknown key stor; did you mean store?'],
    [
      'a nested key with a typo',
      'store:\n  slotSecond: 5\n',
      'FILE:2: unknown key store.slotSecond; did you mean slotSeconds?',
    ],
    [
      'a value out of range',
      'data: x\nstore:\n  database: d\n  slotSeconds: 1\n',
      'FILE:4: store.slotSeconds: Too small: expected number to be >=5',
    ],
    [
      'a value of another type',
      'api:\n  port: eighty\n',
      'FILE:2: api.port: Invalid input: expected number, received string',
    ],
    ['text that is not YAML', 'api: [1\n', /^FILE:\d: not valid YAML: /],
    ['a list at the top', '- 1\n', 'FILE: expected keys and values at the top, as in "data: ./hinge-data"'],
    [
      'a behaviour that guards an SLO that is not there',
      'behaviours:\n  - name: a\n    service: s\n    flag: f\n    environments: [e]\n    slos: [fast]\n',
      'FILE:6: behaviours.0.slos.0: names the SLO "fast", which slos does not define',
    ],
    [
      'an address that others reach',
      'api:\n  host: 0.0.0.0\n',
      'FILE:2: api.host: 0.0.0.0 lets everybody in who can reach it: define tokens (hinge token prints one), keep 127.0.0.1 behind a proxy, or set insecure: true',
    ],
    [
      'a latency SLO without a threshold',
      'slos:\n  - {name: a, service: s, indicator: latency, objective: 0.9}\n',
      'FILE:2: slos.0.thresholdMs: a latency SLO needs thresholdMs',
    ],
  ])('names %s and its line', (_, text, expected) => {
    const message = refusal(() => fromFile(text));
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  it.each([
    [
      'an unknown environment variable',
      { HINGE_STORE_URI: 'x' },
      [],
      'unknown environment variable HINGE_STORE_URI; did you mean HINGE_STORE_URL?',
    ],
    ['an unknown key on the command line', {}, ['api.prt=1'], 'unknown key in --set api.prt; did you mean api.port?'],
    [
      'an assignment without a value',
      {},
      ['api.port'],
      '--set api.port: expected key=value, as in --set api.port=4400',
    ],
    [
      'a wrong value in the environment',
      { HINGE_API_PORT: 'x' },
      [],
      'environment variable HINGE_API_PORT: api.port: Invalid input: expected number, received string',
    ],
  ])('refuses %s', (_, environment, assignments, expected) => {
    expect(refusal(() => loadConfig({ environment, assignments }))).toBe(expected);
  });

  it('says which file is missing', () => {
    expect(refusal(() => loadConfig({ file: join(folder, 'none.yaml'), environment: {}, assignments: [] }))).toMatch(
      /^cannot read the configuration .*none.yaml/,
    );
  });
});

describe('docs/configuration.md', () => {
  it('shows every key, and is itself a configuration', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    // One flag server of two: the other stands beside it as a comment.
    const other = example.replace(/^unleash:\n(?: {2}.*\n)+/m, '').replace(/^# (?=flagd:| {2})/gm, '');
    const config = { ...fromFile(other), ...fromFile(example) };
    expect(Object.keys(config).sort()).toEqual(Object.keys(configSchema.shape).sort());
    const keys = (value: unknown): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, each]) => [...(Array.isArray(value) ? [] : [key]), ...keys(each)])
        : [];
    const shown = new Set(keys(config));
    const names = propertyNames(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }));
    expect(names.filter((name) => !shown.has(name))).toEqual([]);
  });
});

function propertyNames(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties'
      ? Object.entries(value as object).flatMap(([name, inner]) => [name, ...propertyNames(inner)])
      : propertyNames(value),
  );
}
