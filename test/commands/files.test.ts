import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readChangedFile } from '../../commands/changed-file.ts';
import { telemetryFiles } from '../../commands/telemetry-files.ts';
import { hinge, scratchFolder } from '../support/hinge.ts';

const folder = scratchFolder();
afterAll(() => folder[Symbol.dispose]());
for (const name of ['monday', 'monday/late', 'empty']) mkdirSync(join(folder.path, name));
for (const name of ['monday/b.json', 'monday/a.ndjson.gz', 'monday/late/c.jsonl', 'monday/notes.txt'])
  folder.write(name, '');

const found = (...words: string[]) =>
  telemetryFiles(words.map((word) => join(folder.path, word))).map((file) => relative(folder.path, file));

describe('telemetry files by name', () => {
  it.each([
    ['a file, whatever its ending', ['monday/notes.txt'], ['monday/notes.txt']],
    [
      'a folder: what lies in it and below, by ending',
      ['monday'],
      ['monday/a.ndjson.gz', 'monday/b.json', 'monday/late/c.jsonl'],
    ],
    ['a pattern', ['monday/*.json'], ['monday/b.json']],
    ['the same file twice: once', ['monday/b.json', 'monday/*.json'], ['monday/b.json']],
  ])('%s', (_, words, expected) => {
    expect(found(...words)).toEqual(expected);
  });

  it.each([
    ['a missing file', 'none.json', /none\.json: there is no such file/],
    ['a pattern without a match', 'monday/*.zip', /\*\.zip: there is no such file/],
    ['a folder without telemetry', 'empty', /the folder holds no file ending in \.json/],
  ])('refuses %s', (_, word, expected) => {
    expect(() => found(word)).toThrow(expected);
  });
});

describe('changed.json', () => {
  const read = (text: string) => readChangedFile(folder.write('changed.json', text));

  it('names services with what they were and are', () => {
    expect(
      read('{"changed":[{"service":"a","from":"1","to":"2","releasedAt":"2026-11-20T10:00:00Z"},{"service":"b"}]}'),
    ).toEqual([
      { service: 'a', from: '1', to: '2', releasedAt: '2026-11-20T10:00:00Z' },
      { service: 'b', from: '', to: '' },
    ]);
  });

  it.each([
    ['no JSON', '{', /changed\.json: not JSON: /],
    ['a list at the top', '[]', /changed\.json: top: .*expected \{"changed":/],
    ['a service without a name', '{"changed":[{"service":""}]}', /changed\.0\.service: /],
    ['a time that is none', '{"changed":[{"service":"a","releasedAt":"Friday"}]}', /changed\.0\.releasedAt: /],
  ])('refuses %s', (_, text, expected) => {
    expect(() => read(text)).toThrow(expected);
  });
});

describe('hinge grafana', () => {
  it('writes data source, provider and board, and no password', async () => {
    const out = join(folder.path, 'provisioning');
    const finished = await hinge(['grafana', '--out', out, '--set', 'store.port=8123']);
    expect(finished).toMatchObject({ code: 0, err: expect.stringContaining('HINGE_CLICKHOUSE_PASSWORD') });
    const [source] = parse(readFileSync(join(out, 'datasources/hinge.yaml'), 'utf8')).datasources;
    expect(source).toMatchObject({
      type: 'grafana-clickhouse-datasource',
      jsonData: { host: '127.0.0.1', port: 8123, username: 'grafana' },
    });
    expect(source.secureJsonData).toEqual({ password: '$HINGE_CLICKHOUSE_PASSWORD' });
    const board = JSON.parse(readFileSync(join(out, 'dashboards/hinge/upgrade-overview.json'), 'utf8'));
    expect(board.title).toBe('Hinge: upgrade overview');
  });

  it('asks for a fixed port of the embedded engine', async () => {
    expect(await hinge(['grafana', '--out', folder.path])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no fixed port.*store\.port/),
    });
  });
});
