/** Routes of upgrades and their reports. */
import { z } from 'zod';
import { renderHtml } from '../dashboards/report/html.ts';
import { renderMarkdown } from '../dashboards/report/markdown.ts';
import { renderText } from '../dashboards/report/text.ts';
import { HingeError } from '../errors.ts';
import type { Report, Upgrade } from '../model.ts';
import type { ApiProviders } from './providers.ts';
import { type Reply, type Route, route } from './route.ts';
import { reportQuerySchema, reportSchema, startUpgradeSchema, upgradeIdSchema, upgradeSchema } from './schemas.ts';

export const HTML = 'text/html; charset=utf-8';
const MARKDOWN = 'text/markdown; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

export function upgradeRoutes(providers: ApiProviders): readonly Route[] {
  const { upgrades } = providers;
  return [
    route({
      method: 'get',
      path: '/api/v1/upgrades',
      summary: 'Every upgrade, newest first',
      status: 200,
      produces: { [JSON_TYPE]: z.object({ items: z.array(upgradeSchema) }) },
      handle: async () => ({ body: { items: newestFirst(await upgrades.list()) } }),
    }),
    route({
      method: 'post',
      path: '/api/v1/upgrades',
      summary: 'Record that an upgrade begins now',
      body: startUpgradeSchema,
      status: 201,
      produces: { [JSON_TYPE]: upgradeSchema },
      handle: async ({ body }) => {
        const upgrade = await upgrades.start(body);
        return { body: upgrade, status: 201, location: `/upgrades/${encodeURIComponent(upgrade.id)}` };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/upgrades/:id/finish',
      summary: 'Record that the last instance runs the new build',
      params: upgradeIdSchema,
      status: 200,
      produces: { [JSON_TYPE]: upgradeSchema },
      handle: async ({ params }) => ({ body: await upgrades.finish(await upgradeId(providers, params.id)) }),
    }),
    route({
      method: 'get',
      path: '/api/v1/upgrades/:id/report',
      summary: 'The report of an upgrade, in one of four dresses',
      params: upgradeIdSchema,
      query: reportQuerySchema,
      status: 200,
      produces: { [JSON_TYPE]: reportSchema, [HTML]: null, [MARKDOWN]: null, [TEXT]: null },
      handle: async ({ params, query }) => dressed(await reportOf(providers, params.id), query.format),
    }),
  ];
}

export async function reportOf(providers: ApiProviders, id: string): Promise<Report> {
  return providers.report(await upgradeId(providers, id));
}

export function newestFirst(upgrades: readonly Upgrade[]): readonly Upgrade[] {
  return upgrades.toSorted((a, b) => b.startedMs - a.startedMs || (a.id < b.id ? 1 : -1));
}

/** `latest` stands for the upgrade that began last. */
async function upgradeId({ upgrades }: ApiProviders, id: string): Promise<string> {
  if (id !== 'latest') return id;
  const [latest] = newestFirst(await upgrades.list());
  if (latest !== undefined) return latest.id;
  throw new HingeError('NOT_FOUND', 'there is no upgrade yet: record one with `hinge upgrade start --name NAME`');
}

function dressed(report: Report, format: z.infer<typeof reportQuerySchema>['format']): Reply {
  switch (format) {
    case 'json':
      return { body: report };
    case 'html':
      return { body: renderHtml(report), type: HTML };
    case 'markdown':
      return { body: renderMarkdown(report), type: MARKDOWN };
    case 'text':
      return { body: renderText(report, { colour: false, width: 100 }), type: TEXT };
  }
}
