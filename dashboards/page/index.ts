/** The overview page: upgrades with their verdicts, flags, actions. Rendered on the server, works without scripts. */
import type { Action, ControllerMode, ControllerState, Report, Upgrade } from '../../model.ts';
import { type Markup, markup } from '../charts/markup.ts';
import { badge, htmlPage } from '../report/html.ts';
import { buildName, clockTime, counted, STATE_WORDS, unbroken, windowOf } from '../report/words.ts';

export interface OverviewUpgrade {
  readonly upgrade: Upgrade;
  /** null where the report is not at hand; the link leads to it all the same. */
  readonly report: Pick<Report, 'verdict' | 'headline'> | null;
}

/** What the controller says of one flag. */
export interface FlagStatus {
  readonly flag: string;
  readonly environment: string;
  readonly mode: ControllerMode;
  readonly state: ControllerState;
  readonly text: string;
}

export interface Overview {
  /** Newest first. */
  readonly upgrades: readonly OverviewUpgrade[];
  readonly flags: readonly FlagStatus[];
  /** Newest last, as the journal has them. */
  readonly actions: readonly Action[];
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly text: string }[];
  readonly nowMs: number;
  readonly version: string;
}

/** Actions shown; the API gives all of them. */
const RECENT = 20;

const MODE_WORDS: Readonly<Record<ControllerMode, string>> = {
  observe: 'observes',
  'dry-run': 'says what it would do',
  approve: 'acts once approved',
  act: 'acts',
};

export function renderOverview(o: Overview): string {
  return htmlPage(
    'Upgrades',
    markup`<header><p class="over"><span>Hinge ${o.version}</span></p><h1>${unbroken(headline(o))}</h1>${alarm(o)}</header>
${section('Upgrades', upgradeList(o.upgrades))}
${section('Flags', flagTable(o.flags))}
${section('What was done', actionList(o.actions))}
${section('Health', checkList(o.checks))}
<footer>As of ${new Date(o.nowMs).toISOString().slice(0, 19).replace('T', ' ')} UTC. Load the page again for the newest state.</footer>`,
  );
}

function headline({ upgrades }: Overview): string {
  const [newest] = upgrades;
  if (newest === undefined)
    return 'No upgrade yet: record one and Hinge compares what came before with what came after.';
  return newest.report?.headline ?? `${newest.upgrade.name}: its report is not at hand yet.`;
}

/** Hinge itself is not well: whatever stands above may be old. */
function alarm({ checks }: Overview): Markup | null {
  const failing = checks.filter((check) => !check.ok);
  if (failing.length === 0) return null;
  return markup`<p class="alarm">Hinge itself needs a look: ${failing.map(({ name, text }) => `${name}: ${text}`).join('; ')}.</p>`;
}

function section(title: string, content: Markup): Markup {
  return markup`<section><h2>${title}</h2>${content}</section>`;
}

function empty(text: string, command: string): Markup {
  return markup`<p class="muted">${text} <code>${command}</code></p>`;
}

function upgradeList(upgrades: readonly OverviewUpgrade[]): Markup {
  if (upgrades.length === 0)
    return empty('None recorded.', 'hinge upgrade start --name NAME --package NEW.zip --previous OLD.zip');
  return markup`<ol class="suspects">${upgrades.map(upgradeItem)}</ol>`;
}

function upgradeItem({ upgrade, report }: OverviewUpgrade): Markup {
  const changed = upgrade.changed
    .map((build) => `${build.service} ${buildName(build.from)} → ${buildName(build.to)}`)
    .join(', ');
  return markup`<li><div class="head"><h3><a href="/upgrades/${encodeURIComponent(upgrade.id.toWellFormed())}"><bdi>${upgrade.name}</bdi></a></h3>${report === null ? null : badge(report.verdict)}</div>
<p>${report?.headline ?? null}</p><p class="muted">${when(upgrade)}. ${changed === '' ? 'No changed build named.' : `${counted(upgrade.changed.length, 'changed build')}: ${changed}`}</p></li>`;
}

function when({ startedMs, finishedMs }: Upgrade): string {
  if (finishedMs === null)
    return `Going on since ${new Date(startedMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return windowOf({ startMs: startedMs, endMs: finishedMs });
}

function flagTable(flags: readonly FlagStatus[]): Markup {
  if (flags.length === 0)
    return empty('None under control. Name behaviours in hinge.yaml, then:', 'hinge flags status');
  const rows = flags.map(
    ({ flag, environment, mode, state, text }) =>
      markup`<tr><td><strong><bdi>${flag}</bdi></strong></td><td><bdi>${environment}</bdi></td><td>${MODE_WORDS[mode]}</td><td>${STATE_WORDS[state]}</td><td class="why">${text}</td></tr>`,
  );
  return markup`<div class="scroll"><table><thead><tr><th>Flag</th><th>Environment</th><th>Controller</th><th>State</th><th>Last word</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function actionList(actions: readonly Action[]): Markup {
  if (actions.length === 0) return markup`<p class="muted">Nothing yet.</p>`;
  const items = actions
    .slice(-RECENT)
    .reverse()
    .map(
      ({ atMs, state, flag, text }) =>
        markup`<li><time datetime="${new Date(atMs).toISOString()}" title="${new Date(atMs).toISOString()}">${clockTime(atMs)}</time><strong>${STATE_WORDS[state]}</strong><span><bdi>${flag}</bdi>: ${text}</span></li>`,
    );
  const older = actions.length - items.length;
  return markup`<ol class="timeline">${items}</ol>${older > 0 ? markup`<p class="muted">${counted(older, 'older action')} at <a href="/api/v1/actions">/api/v1/actions</a></p>` : null}`;
}

function checkList(checks: Overview['checks']): Markup {
  const rows = checks.map(
    ({ name, ok, text }) =>
      markup`<dt>${name}</dt><dd>${ok ? null : markup`<strong class="regressed">Not well: </strong>`}${text}</dd>`,
  );
  return markup`<dl class="facts">${rows}</dl>`;
}
