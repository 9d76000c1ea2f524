/** The files that make Grafana show the boards: data source, dashboard provider, boards. */
import { type BoardOptions, upgradeOverview } from './boards.ts';
import { PLUGIN } from './query.ts';

export interface ProvisioningOptions extends BoardOptions {
  /** Where ClickHouse answers over HTTP, and its read-only user. The password is never written: Grafana reads it from its environment. */
  readonly clickhouse: { readonly url: string; readonly username: string };
  /** Grafana's own provisioning folder; `/etc/grafana/provisioning` unless told. */
  readonly folder?: string;
}

export interface ProvisioningFile {
  /** Relative to the folder that Grafana's `provisioning` setting names. */
  readonly path: string;
  readonly text: string;
}

/** The variable from which Grafana reads the password of the read-only user. */
export const PASSWORD_VARIABLE = 'HINGE_CLICKHOUSE_PASSWORD';

export function grafanaFiles(o: ProvisioningOptions): readonly ProvisioningFile[] {
  return [
    { path: 'datasources/hinge.yaml', text: dataSource(o) },
    { path: 'dashboards/hinge.yaml', text: provider(o.folder ?? '/etc/grafana/provisioning') },
    { path: 'dashboards/hinge/upgrade-overview.json', text: `${JSON.stringify(upgradeOverview(o), null, 2)}\n` },
  ];
}

function provider(folder: string): string {
  return `apiVersion: 1
providers:
  - name: Hinge
    folder: Hinge
    type: file
    allowUiUpdates: false
    options:
      path: ${JSON.stringify(`${folder}/dashboards/hinge`)}
`;
}

/** Values are written as JSON strings, which are YAML strings whatever they contain. */
function dataSource({ clickhouse, database }: ProvisioningOptions): string {
  const url = new URL(clickhouse.url);
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return `apiVersion: 1
datasources:
  - name: Hinge
    uid: hinge-clickhouse
    type: ${PLUGIN}
    jsonData:
      host: ${JSON.stringify(url.hostname)}
      port: ${port}
      protocol: http
      secure: ${secure}
      username: ${JSON.stringify(clickhouse.username)}
      defaultDatabase: ${JSON.stringify(database)}
    secureJsonData:
      password: $${PASSWORD_VARIABLE}
`;
}
