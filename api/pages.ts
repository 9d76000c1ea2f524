/** Routes of the pages that people open: the overview, and the report of one upgrade. */
import { type Overview, type OverviewUpgrade, renderOverview } from '../dashboards/page/index.ts';
import { renderHtml } from '../dashboards/report/html.ts';
import type { Clock, Upgrade } from '../model.ts';
import type { ApiProviders } from './providers.ts';
import { type Route, route } from './route.ts';
import { upgradeIdSchema } from './schemas.ts';
import { HTML, newestFirst, reportOf } from './upgrades.ts';

/** Upgrades whose verdict the overview shows; a report reads the store, so older ones are a link. */
const WITH_VERDICT = 5;

export function pageRoutes(providers: ApiProviders, version: string, clock: Clock): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/',
      summary: 'The overview page',
      status: 200,
      produces: { [HTML]: null },
      handle: async () => ({ body: renderOverview(await overview(providers, version, clock())), type: HTML }),
    }),
    route({
      method: 'get',
      path: '/upgrades/:id',
      summary: 'The report of an upgrade as a page',
      params: upgradeIdSchema,
      status: 200,
      produces: { [HTML]: null },
      handle: async ({ params }) => ({ body: renderHtml(await reportOf(providers, params.id)), type: HTML }),
    }),
  ];
}

/** A part that fails leaves a gap on the page and is named under Health: the page is needed most when something is down. */
async function overview(providers: ApiProviders, version: string, nowMs: number): Promise<Overview> {
  const [listed, readiness] = await Promise.all([
    providers.upgrades.list().catch(() => []),
    providers
      .ready()
      .catch(() => ({ checks: [{ name: 'Hinge', ok: false, text: 'cannot tell whether it is ready' }] })),
  ]);
  const upgrades = await Promise.all(newestFirst(listed).map((upgrade, i) => withVerdict(providers, upgrade, i)));
  const { actions } = providers;
  return { upgrades, flags: actions.states(), actions: actions.list(), checks: readiness.checks, nowMs, version };
}

async function withVerdict(providers: ApiProviders, upgrade: Upgrade, index: number): Promise<OverviewUpgrade> {
  if (index >= WITH_VERDICT) return { upgrade, report: null };
  return { upgrade, report: await providers.report(upgrade.id).catch(() => null) };
}
