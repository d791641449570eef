/**
 * The picture of the README, made of what a real run showed: `npx tsx tools/demo/picture.ts [transcript.json] [out.svg]`.
 *
 * All lines of the run, and beside each chapter the time at which it began.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Shown } from './terminal';

const root = path.join(__dirname, '../..');
const COLUMNS = 124;
const CELL = { width: 7.83, height: 18 };
const MARGIN = { x: 20, top: 52, bottom: 18 };
const DIM = 'fill:#7a828e';
const INK: Readonly<Record<string, string>> = {
  '1': 'font-weight:600;fill:#f0f3f6',
  '2': DIM,
  '31': 'fill:#ff9492',
  '32': 'fill:#4ae168',
  '33': 'fill:#f0b72f',
  '36': 'fill:#71b7ff',
};

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Parts of a line with the colours that hold in each. */
function* parts(line: string): Generator<{ readonly text: string; readonly style: string }> {
  let styles: string[] = [];
  for (const part of line.split(/(\u001B\[\d+m)/)) {
    const [, code] = /^\u001B\[(\d+)m$/.exec(part) ?? [];
    if (code === '0') styles = [];
    else if (code !== undefined) styles = [...styles, INK[code] ?? ''];
    else if (part !== '') yield { text: part, style: styles.join(';') };
  }
}

/** Lines no longer than the picture is wide; what is too long goes on below, further in. */
function wrapped({ text, atMs }: Shown): readonly Shown[] {
  const plain = text.replace(/\u001B\[\d+m/g, '');
  if (plain.length <= COLUMNS) return [{ text, atMs }];
  const cut = plain.lastIndexOf(' ', COLUMNS);
  const indent = ' '.repeat(6);
  return [{ text: plain.slice(0, cut), atMs }, ...wrapped({ text: `${indent}${plain.slice(cut + 1)}`, atMs })];
}

/** The picture of a run. */
export function picture(shown: readonly Shown[], title: string): string {
  const lines = shown.flatMap(wrapped);
  const width = Math.round(2 * MARGIN.x + COLUMNS * CELL.width);
  const height = MARGIN.top + lines.length * CELL.height + MARGIN.bottom;
  const rows = lines.flatMap(({ text, atMs }, row) => {
    if (text === '') return [];
    const y = String(MARGIN.top + (row + 1) * CELL.height - 5);
    const spans = [...parts(text)].map(({ text: part, style }) =>
      style === '' ? escaped(part) : `<tspan style="${style}">${escaped(part)}</tspan>`,
    );
    const line = `<text x="${String(MARGIN.x)}" y="${y}">${spans.join('')}</text>`;
    if (!text.startsWith('\u001B[1m')) return [line];
    const time = `${(atMs / 1_000).toFixed(0)} s`;
    return [line, `<text x="${String(width - MARGIN.x)}" y="${y}" text-anchor="end" style="${DIM}">${time}</text>`];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="${title}">
<style>
text{font:13px/1 ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d1d7e0;white-space:pre}
</style>
<rect width="100%" height="100%" rx="10" fill="#151b23"/>
<circle cx="22" cy="22" r="6" fill="#ff5f57"/><circle cx="42" cy="22" r="6" fill="#febc2e"/><circle cx="62" cy="22" r="6" fill="#28c840"/>
<text x="${String(width / 2)}" y="27" text-anchor="middle" style="${DIM}">${title}</text>
${rows.join('\n')}
</svg>
`;
}

if (require.main === module) {
  const [from = path.join(root, '.mabeam/demo/transcript.json'), to = path.join(root, 'docs/images/demo.svg')] =
    process.argv.slice(2);
  const shown = JSON.parse(readFileSync(from, 'utf8')) as readonly Shown[];
  mkdirSync(path.dirname(to), { recursive: true });
  writeFileSync(to, picture(shown, 'npm run demo'));
  process.stdout.write(`${to}: ${String(shown.length)} lines\n`);
}
