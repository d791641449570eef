import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { reportOf } from '../../../src/domain/optimisation/report/report';
import { escaped } from '../../../src/report/escape';
import { PAGE_HEADERS, pageOf } from '../../../src/report/page';
import { reportedOf, specOf, trialOf } from '../../support/studies/reported';

const HOSTILE = [
  '<script>alert(1)</script>',
  `"><img src=x onerror='alert(2)'>`,
  '</text></svg><iframe src="https://example.com">',
  '{b|bold} {a} ${x} %3Cscript%3E &lt;script&gt;',
  'javascript:alert(3)//\u202e\u0000\u001b[31m',
  ']]></style><style>@import "https://example.com"',
];
const [script = '', image = '', frame = '', template = '', scheme = '', style = ''] = HOSTILE;

/** Tags and attributes that a page has: what a reader of HTML would act on. */
function tagsOf(page: string): ReadonlySet<string> {
  return new Set([...page.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, tag = '']) => tag.toLowerCase()));
}
const KNOWN = [
  ...['html', 'head', 'meta', 'title', 'style', 'body', 'header', 'h1', 'h2', 'dl', 'dt', 'dd', 'nav', 'a', 'main'],
  ...['figure', 'figcaption', 'p', 'ul', 'li', 'div', 'section', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ...['svg', 'g', 'path', 'rect', 'circle', 'text', 'defs', 'clippath', 'polyline'],
];

test('a page has figures with captions, loads nothing, runs nothing, and its policy knows its style', async () => {
  const page = await pageOf(reportOf(reportedOf(80, { spec: specOf({ pruner: { kind: 'median' } }) })));
  expect(page.match(/<figure id="\w+"><figcaption><h2>/g)).toHaveLength(8);
  expect([...tagsOf(page)].filter((tag) => !KNOWN.includes(tag))).toEqual([]);
  expect(page).not.toMatch(/https?:|url\((?!#)|@import| src=| on\w+=| style=| class="zr/);
  expect(page.match(/href="[^"]*"/g)?.every((link) => link.startsWith('href="#'))).toBe(true);
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  expect(PAGE_HEADERS['Content-Security-Policy']).toBe(`${policy}; frame-ancestors 'none'; sandbox`);
  expect(policy).not.toContain('unsafe');
  // a drawing has the colours of the page
  expect(page).toContain('fill="var(--main)"');
  expect(page).not.toContain('#0a0b');
  expect(page).toContain('prefers-color-scheme:dark');
});

test('others are answered between two plots', async () => {
  const report = reportOf(reportedOf(40));
  const charts = report.figures.reduce((sum, figure) => sum + figure.charts.length, 0);
  let turns = 0;
  const turn = (): void => void (turns += 1);
  const page = pageOf(report);
  const asked = (async () => {
    for (let at = 0; at < charts; at++) await new Promise((done) => setImmediate(done)).then(turn);
  })();
  await page;
  expect([charts > 5, turns]).toEqual([true, charts]);
  await asked;
});

test('the same study is the same page', async () => {
  const report = reportOf(reportedOf(40));
  expect(await pageOf(report)).toBe(await pageOf(report));
});

test('what users wrote is text, wherever it stands', async () => {
  const dimensions = {
    [script]: { kind: 'float', low: 0, high: 1, log: false },
    [image]: { kind: 'categorical', choices: HOSTILE },
    [frame]: { kind: 'int', low: 1, high: 9, log: false, step: 1 },
  } as const;
  const spec = specOf({
    space: { dimensions },
    objective: { measure: template, direction: 'minimise' },
    subjectTo: { [style]: { atMost: 1e9 } },
    evaluator: scheme,
    pruner: { kind: 'median' },
  });
  const trials = Array.from({ length: 40 }, (_none, at) => {
    const trial = trialOf(spec, at + 1);
    const worker = HOSTILE[at % HOSTILE.length] ?? '';
    const refusal = { code: 'evaluation-failed', message: image } as const;
    const measures = { [template]: at, [style]: 1 };
    return trial.state === 'failed' ? { ...trial, worker, refusal } : { ...trial, worker, measures };
  });
  const reported = reportedOf(trials, { spec, name: script });
  const request = { ...reported.view.request, attributes: { script, image, frame } };
  const page = await pageOf({ ...reportOf({ ...reported, view: { ...reported.view, request } }) });
  expect([...tagsOf(page)].filter((tag) => !KNOWN.includes(tag))).toEqual([]);
  expect(page.match(/<style>/g)).toHaveLength(1);
  // outside of what is quoted there is no attribute that runs or loads
  expect(page.replace(/"[^"]*"/g, '""').match(/<[^>]*\s(on\w+|src|style|srcdoc)=/gi)).toBeNull();
  expect(page.includes(escaped(image))).toBe(true);
  expect(
    page.includes(`<dt>noted</dt><dd>${escaped(`script = ${script}, image = ${image}, frame = ${frame}`)}</dd>`),
  ).toBe(true);
  expect(/[\u0000\u001b\u202e]/.test(page)).toBe(false);
});

test.each([
  [`a<b>&"c"'d'`, 'a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;'],
  ['a\u0000b\u202ec', 'a□b□c'],
  ['zwei\nZeilen', 'zwei\nZeilen'],
])('%j is escaped', (text, html) => {
  expect(escaped(text)).toBe(html);
});

test.each([0, 1, 2])('a study of %d trials is a page, too', async (trials) => {
  const page = await pageOf(reportOf(reportedOf(trials)));
  expect(page).toContain('Not drawn. ');
});

test('ten thousand trials with a hundred parameters are a page of less than four megabytes', async () => {
  const x = { kind: 'float', low: 0, high: 1, log: false } as const;
  const choice = {
    kind: 'categorical',
    choices: Array.from({ length: 40 }, (_none, at) => `${'long '.repeat(99)}${String(at)}`),
  } as const;
  const names = Array.from(
    { length: 100 },
    (_none, at) => [`parameter-${String(at)}`, at % 3 === 0 ? choice : x] as const,
  );
  const spec = specOf({
    space: { dimensions: Object.fromEntries(names) },
    parallelism: 100,
    pruner: { kind: 'median' },
  });
  const trials = Array.from({ length: 10_000 }, (_none, at) =>
    trialOf(spec, at + 1, { worker: `worker-${String(at % 300)}` }),
  );
  const page = await pageOf(reportOf(reportedOf(trials, { spec })));
  expect(Buffer.byteLength(page)).toBeLessThan(4_000_000);
});

test('who draws nothing loads nothing that draws', () => {
  const script = `require('./src/cli/main.ts'); console.log(Object.keys(require.cache).filter((file) => file.includes('echarts')).length, Object.keys(require.cache).some((file) => file.includes('src/report/page')))`;
  const args = ['--import', 'tsx', '-e', script];
  expect(execFileSync(process.execPath, args, { cwd: join(__dirname, '../../..'), encoding: 'utf8' })).toBe('0 true\n');
});
