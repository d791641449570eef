import { createHash } from 'node:crypto';
import { LEVELS, type Chart, type Figure, type Tone } from '../domain/optimisation/report/chart';
import type { StudyReport } from '../domain/optimisation/report/report';
import { properties } from './colours';
import { openDrawing, type Draw } from './draw';
import { escaped } from './escape';

const WIDE = 960;
const NARROW = 310;

const STYLE = `
:root{color-scheme:light dark;${properties('light')}}
@media (prefers-color-scheme:dark){:root{${properties('dark')}}}
@media print{:root{${properties('light')}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1040px;padding:24px 16px 64px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:26px;margin:0 0 12px;overflow-wrap:anywhere}
h2{font-size:19px;margin:0 0 4px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0 0 8px}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
nav{margin:16px 0 0;padding:8px 0;border-top:1px solid var(--line)}
nav a{margin-right:16px;color:var(--main)}
figure,section{margin:0;padding:24px 0 8px;border-top:1px solid var(--line)}
figcaption p{margin:0 0 6px;max-width:75ch;overflow-wrap:anywhere}
.note{color:var(--soft);font-size:13px}
svg{display:block;width:100%;height:auto}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:12px}
.key{display:flex;flex-wrap:wrap;gap:4px 18px;margin:6px 0;padding:0;list-style:none;font-size:13px;color:var(--soft)}
.key svg{display:inline-block;width:18px;height:12px;margin-right:6px;vertical-align:-1px}
.key .scale{width:112px}
.empty{margin:10px 0;padding:14px;border:1px dashed var(--line);border-radius:6px;color:var(--soft);max-width:none}
.wide{overflow-x:auto}
.wide>svg{min-width:640px}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:3px 10px 3px 0;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}
.n{text-align:right}
.won td{color:var(--best);font-weight:600}
`;

/** What the page allows itself: its own style and nothing else. No script, no request. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

const paragraph = (text: string, kind: string): string => `<p class="${kind}">${escaped(text)}</p>`;

function signOf(kind: 'points' | 'lines' | 'bars', tone: Tone): string {
  // dots that are quiet lie on colours, and are dark there
  const fill = `fill="var(--${tone === 'quiet' && kind === 'points' ? 'ink' : tone})"`;
  const round =
    tone === 'broken'
      ? `<circle cx="9" cy="6" r="4" fill="none" stroke="var(--broken)" stroke-width="1.5"/>`
      : `<circle cx="9" cy="6" r="4" ${fill}/>`;
  const shapes = {
    bars: `<rect x="1" y="2" width="16" height="8" ${fill}/>`,
    lines: `<path d="M0 6H18" stroke="var(--${tone})" stroke-width="2.5"/>`,
    points:
      tone === 'failed'
        ? `<path d="M9 1L14 10H4Z" ${fill}/>`
        : tone === 'pruned'
          ? `<path d="M9 1L14 6L9 11L4 6Z" ${fill}/>`
          : round,
  };
  return `<svg viewBox="0 0 18 12" aria-hidden="true">${shapes[kind]}</svg>`;
}

function levelsKey(): string {
  const cells = Array.from(
    { length: LEVELS },
    (_none, level) => `<rect x="${String(level * 16)}" width="16" height="12" fill="var(--level${String(level)})"/>`,
  ).join('');
  return `<li>worst <svg class="scale" viewBox="0 0 112 12" aria-hidden="true">${cells}</svg> best</li>`;
}

/** What the signs of the charts mean; each once. */
function keyOf({ charts, hasLevels }: Figure): string {
  const seen = new Map<string, string>();
  for (const chart of charts) {
    if (chart.kind !== 'plane') continue;
    for (const layer of chart.layers) {
      if (layer.kind === 'cells' || layer.kind === 'texts') continue;
      const isEmpty = ('at' in layer ? layer.at : layer.lines).length === 0;
      if (!isEmpty) seen.set(layer.name, `<li>${signOf(layer.kind, layer.tone)}${escaped(layer.name)}</li>`);
    }
  }
  const items = [...(hasLevels === true ? [levelsKey()] : []), ...(seen.size > 1 ? seen.values() : [])];
  return items.length === 0 ? '' : `<ul class="key">${items.join('')}</ul>`;
}

function drawn(draw: Draw, chart: Chart, id: string, label: string, width: number): string {
  const svg = draw(chart, id, width);
  return svg.replace(/^<svg /, `<svg role="img" aria-label="${escaped(label)}" `);
}

/** Lets the process do what else it has to do. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function figureHtml(draw: Draw, figure: Figure): Promise<string> {
  const { id, title, summary, charts, notes } = figure;
  const isSmall = charts.length > 1;
  const pictures: string[] = [];
  for (const [at, chart] of charts.entries()) {
    const label =
      isSmall && chart.kind === 'plane' ? `${title}: ${chart.y.label} over ${chart.x.label}` : `${title}: ${summary}`;
    pictures.push(drawn(draw, chart, `${id}${String(at)}`, label, isSmall ? NARROW : WIDE));
    await turn();
  }
  const body =
    charts.length === 0
      ? paragraph(`Not drawn. ${summary}`, 'empty')
      : `${keyOf(figure)}${isSmall ? `<div class="small">${pictures.join('\n')}</div>` : `<div class="wide">${pictures.join('')}</div>`}`;
  const said = charts.length === 0 ? '' : `<p>${escaped(summary)}</p>`;
  return `<figure id="${id}"><figcaption><h2>${escaped(title)}</h2>${said}</figcaption>
${body}${notes.map((note) => paragraph(note, 'note')).join('')}</figure>`;
}

function tableHtml({ summary, notes, columns, rows }: StudyReport['table']): string {
  const kind = (isNumber: boolean | undefined): string => (isNumber === true ? ' class="n"' : '');
  const heads = columns.map(({ name, isNumber }) => `<th scope="col"${kind(isNumber)}>${escaped(name)}</th>`).join('');
  const lines = rows.map(({ isBest, cells }) => {
    const inside = cells.map((cell, at) => `<td${kind(columns[at]?.isNumber)}>${escaped(cell)}</td>`).join('');
    return `<tr${isBest ? ' class="won"' : ''}>${inside}</tr>`;
  });
  const table =
    rows.length === 0
      ? ''
      : `<div class="wide" tabindex="0" role="region" aria-label="Trials"><table><thead><tr>${heads}</tr></thead>
<tbody>${lines.join('\n')}</tbody></table></div>`;
  return `<section id="trials"><h2>Trials</h2><p>${escaped(summary)}</p>${notes.map((note) => paragraph(note, 'note')).join('')}
${table}</section>`;
}

/**
 * A report as one page of HTML that needs nothing else: no script, no font, no request. What users wrote is text in it, never
 * markup. Light or dark as the reader's system is.
 */
export async function pageOf(report: StudyReport): Promise<string> {
  const draw = await openDrawing();
  const { name, facts, figures, table } = report;
  const parts: string[] = [];
  for (const figure of figures) parts.push(await figureHtml(draw, figure));
  const pairs = facts.map(([what, said]) => `<dt>${escaped(what)}</dt><dd>${escaped(said)}</dd>`).join('');
  const links = [...figures, { id: 'trials', title: 'Trials' }].map(
    ({ id, title }) => `<a href="#${id}">${escaped(title)}</a>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${escaped(`Study ${name}`)}</title><style>${STYLE}</style></head>
<body><header><h1>${escaped(`Study ${name}`)}</h1><dl>${pairs}</dl></header>
<nav aria-label="Parts of the report">${links.join(' ')}</nav>
<main>
${parts.join('\n')}
${tableHtml(table)}
</main></body></html>
`;
}

/** How a page is sent: what its own policy allows, framed by nobody, kept by nobody. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `${POLICY}; frame-ancestors 'none'; sandbox`,
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};
