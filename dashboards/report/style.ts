/** The look of the report and of the page: system fonts, one accent, light and dark, print. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --raised: #fafaf9; --ink: #18181b; --muted: #57575f; --rule: #e4e4e7; --worse: #c2410c; --worse-text: #9a3412; --worse-soft: #fff1e8; --better: #15803d; --better-soft: #ecfdf3; --unsure: #854d0e; --unsure-soft: #fdf6e3; }
@media (prefers-color-scheme: dark) { :root { --paper: #131316; --raised: #1b1b1f; --ink: #f0f0f2; --muted: #a9a9b3; --rule: #323238; --worse: #f9763a; --worse-text: #fdba8c; --worse-soft: #3a1d10; --better: #4ade80; --better-soft: #0f2c1b; --unsure: #facc15; --unsure-soft: #2e260c; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.page { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1, h2, h3, p, dl, dd, ol, ul, figure { margin: 0; }
h1 { font-size: clamp(1.35rem, 1rem + 1.8vw, 1.9rem); line-height: 1.25; font-weight: 650; letter-spacing: -0.012em; text-wrap: balance; max-width: 52rem; }
h2 { font-size: 0.8rem; font-weight: 650; letter-spacing: 0.06em; text-transform: uppercase; color: var(--muted); margin: 3rem 0 1rem; padding-bottom: 0.45rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1.05rem; font-weight: 650; }
h3 .service { font-weight: 450; color: var(--muted); margin-right: 0.5em; }
bdi, code, h1, h3, dd, li, p, th.endpoint { overflow-wrap: anywhere; }
td bdi { overflow-wrap: break-word; }
td:first-child { white-space: nowrap; }
code { font: 0.86em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
a { color: inherit; text-decoration-color: var(--worse); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--worse); outline-offset: 3px; border-radius: 2px; }
.muted { color: var(--muted); }
.alarm { margin-top: 0.8rem; color: var(--worse-text); font-weight: 600; }
.over { display: flex; flex-wrap: wrap; gap: 0.5rem 0.9rem; align-items: center; margin-bottom: 0.9rem; color: var(--muted); }
.badge { font-size: 0.78rem; font-weight: 650; padding: 0.12rem 0.6rem; border-radius: 99px; white-space: nowrap; }
.regressed { color: var(--worse-text); } .badge.regressed { background: var(--worse-soft); }
.improved { color: var(--better); } .badge.improved { background: var(--better-soft); }
.inconclusive { color: var(--unsure); } .badge.inconclusive { background: var(--unsure-soft); }
.unchanged { color: var(--muted); } .badge.unchanged { background: var(--raised); box-shadow: inset 0 0 0 1px var(--rule); }
.facts { display: grid; grid-template-columns: 8.5rem 1fr; gap: 0.5rem 1rem; margin-top: 1.6rem; }
.facts dt { color: var(--muted); }
.facts dd { font-weight: 500; }
.card { padding: 1.4rem 0 1.6rem; border-bottom: 1px solid var(--rule); break-inside: avoid; }
.card:first-of-type { padding-top: 0.3rem; }
.card:last-of-type { border-bottom: 0; padding-bottom: 0; }
.card > p { margin-top: 0.6rem; max-width: 50rem; }
figure { margin: 1.1rem 0 0.4rem; }
figure svg { display: block; width: 100%; height: auto; max-width: 50rem; }
figure svg.narrow { display: none; }
.scroll { overflow-x: auto; margin-top: 0.9rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; font-size: 0.84rem; color: var(--muted); }
th, td { padding: 0.36rem 1.1rem 0.36rem 0; border-bottom: 1px solid var(--rule); vertical-align: baseline; }
tr:last-child > td, tr:last-child > th { border-bottom: 0; }
.n { text-align: right; white-space: nowrap; }
td.why { min-width: 14rem; color: var(--muted); }
th.endpoint { padding-top: 1.1rem; font-size: 1rem; color: var(--ink); font-weight: 600; }
tbody:first-of-type th.endpoint { padding-top: 0.6rem; }
th.endpoint .service { font-weight: 450; color: var(--muted); margin-right: 0.5em; }
td.verdict { min-width: 6.5rem; }
td.strong { font-weight: 600; }
details { margin-top: 0.8rem; }
details .facts { margin-top: 0.6rem; }
summary { cursor: pointer; color: var(--muted); width: fit-content; }
summary:hover { color: var(--ink); }
.suspects, .timeline { list-style: none; padding: 0; }
p + .suspects { margin-top: 1rem; }
.suspects > li { padding: 1rem 0; border-bottom: 1px solid var(--rule); break-inside: avoid; }
.suspects > li:last-child { border-bottom: 0; }
.suspects > li:first-child { padding-top: 0.2rem; }
.suspects .head { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; justify-content: space-between; align-items: baseline; }
.suspects ul { padding-left: 1.1rem; margin-top: 0.4rem; color: var(--muted); }
.bar { display: block; width: 100%; height: 8px; margin-top: 0.55rem; }
.timeline > li { display: grid; grid-template-columns: 5rem 11rem 1fr; gap: 0 1rem; padding: 0.4rem 0; break-inside: avoid; }
.timeline time { font-variant-numeric: tabular-nums; color: var(--muted); }
section > h3 { margin-top: 1.6rem; }
.notes { margin-top: 0.5rem; padding-left: 1.1rem; }
footer { margin-top: 3rem; padding-top: 0.9rem; border-top: 1px solid var(--rule); color: var(--muted); font-size: 0.86rem; }
@media (max-width: 40rem) {
  .page { padding: 1.4rem 1rem 3rem; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 0.7rem; }
  .timeline > li { grid-template-columns: 5rem 1fr; } .timeline > li > :last-child { grid-column: 1 / -1; }
  th, td { padding-right: 0.8rem; } figure svg.wide { display: none; } figure svg.narrow { display: block; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --raised: #fff; --ink: #000; --muted: #444; --rule: #ccc; --worse: #c2410c; --worse-text: #9a3412; --worse-soft: #fff; --better: #15803d; --better-soft: #fff; --unsure: #854d0e; --unsure-soft: #fff; }
  body { font-size: 10.5pt; } .page { max-width: none; padding: 0; } h2 { margin-top: 1.6rem; break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; } summary { list-style: none; }
  .badge { box-shadow: inset 0 0 0 1px currentColor; }
}
`;
