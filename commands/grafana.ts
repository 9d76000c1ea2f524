/** `hinge grafana`: writes the dashboards and the files that make Grafana show them. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { grafanaFiles, PASSWORD_VARIABLE } from '../dashboards/grafana/provisioning.ts';
import { HingeError } from '../errors.ts';
import { type Command, EXIT } from './command.ts';
import { configOf } from './configure.ts';
import { text } from './words.ts';

export const grafana: Command = {
  summary: 'write the Grafana dashboards and their provisioning files',
  help: `hinge grafana --out DIR [--clickhouse URL] [--user NAME] [--page URL]

DIR is the folder that Grafana calls provisioning. Give the embedded engine a fixed port (store.port) first.

Options
      --out DIR        where to write
      --clickhouse URL where ClickHouse answers over HTTP (default: store.url, or the embedded engine at store.port)
      --user NAME      its read-only user (default: grafana)
      --page URL       where people open Hinge's page (default: the api host and port of the configuration)

Example
  hinge grafana --out /etc/grafana/provisioning --set store.port=8123`,
  options: {
    out: { type: 'string' },
    clickhouse: { type: 'string' },
    user: { type: 'string' },
    page: { type: 'string' },
  },
  async run(invocation) {
    const { store, api } = configOf(invocation);
    const out = text(invocation.values, 'out');
    if (out === undefined) throw new HingeError('USAGE', '--out is missing: name the folder to write to');
    const url = text(invocation.values, 'clickhouse') ?? store.url ?? embeddedUrl(store.port);
    const files = grafanaFiles({
      database: store.database,
      slotSeconds: store.slotSeconds,
      hingeUrl: text(invocation.values, 'page') ?? `http://${api.host}:${api.port}`,
      clickhouse: { url, username: text(invocation.values, 'user') ?? 'grafana' },
    });
    for (const file of files) {
      const path = join(out, file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.text);
      invocation.print(`${path}\n`);
    }
    invocation.say(
      `start Grafana with ${PASSWORD_VARIABLE} set to the password of the read-only user (in the data folder)`,
    );
    return EXIT.fine;
  },
};

function embeddedUrl(port: number): string {
  if (port > 0) return `http://127.0.0.1:${port}`;
  throw new HingeError(
    'USAGE',
    'the embedded engine has no fixed port: set store.port, or name ClickHouse with --clickhouse URL',
  );
}
