import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reportOf } from '../../../src/domain/optimisation/report/report';
import { pageOf } from '../../../src/report/page';
import { chromium, openPage, type Page } from '../../support/browser';
import { reportedOf, specOf } from '../../support/studies/reported';

const program = chromium();
const PHONE = 390;

/** What is to be seen, asked in the page itself. */
interface Seen {
  readonly title: string;
  readonly paper: string;
  readonly ink: string;
  readonly across: number;
  readonly figures: readonly {
    readonly id: string;
    readonly summary: string;
    readonly isSaidEmpty: boolean;
    /** Of each plot: its box on the page, that of what is drawn in it, and the colours that it has. */
    readonly plots: readonly {
      readonly box: number;
      readonly drawn: number;
      readonly colours: number;
      readonly label: string;
    }[];
  }[];
}

const LOOK = `(() => {
  const area = ({ width, height }) => width * height;
  const plotOf = (svg) => ({
    box: area(svg.getBoundingClientRect()),
    drawn: area(svg.getBBox()),
    colours: new Set([...svg.querySelectorAll('path,rect,circle,polyline')].flatMap((each) => {
      const { fill, stroke } = getComputedStyle(each);
      return [fill, stroke].filter((colour) => colour !== 'none' && !colour.endsWith(', 0)'));
    })).size,
    label: svg.getAttribute('aria-label') ?? '',
  });
  const { backgroundColor: paper, color: ink } = getComputedStyle(document.body);
  return {
    title: document.title,
    paper,
    ink,
    across: document.documentElement.scrollWidth,
    figures: [...document.querySelectorAll('figure')].map((figure) => ({
      id: figure.id,
      summary: figure.querySelector('figcaption p')?.textContent ?? '',
      isSaidEmpty: figure.querySelector('.empty') !== null,
      plots: [...figure.querySelectorAll('svg[role=img]')].map(plotOf),
    })),
  };
})()`;

(program === undefined ? describe.skip : describe)('a report in a browser (needs Chromium)', () => {
  let page: Page;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'report-'));
    page = await openPage(program ?? '');
  }, 60_000);
  afterAll(async () => {
    await page.close();
    rmSync(folder, { recursive: true });
  });

  async function seen(trials: number, scheme: 'light' | 'dark'): Promise<Seen> {
    const spec = specOf({ pruner: { kind: 'median' } });
    const file = join(folder, `${String(trials)}-${scheme}.html`);
    writeFileSync(file, await pageOf(reportOf(reportedOf(trials, { spec }))));
    const url = pathToFileURL(file).href;
    expect(await page.open(url, { width: PHONE, scheme })).toEqual([url]);
    return (await page.evaluate(LOOK)) as Seen;
  }

  test('opened as a file it requests nothing, every plot is drawn, says what it shows, and fits a phone', async () => {
    const [light, dark] = [await seen(80, 'light'), await seen(80, 'dark')];
    expect([light.paper, light.ink, dark.paper, dark.ink]).toEqual([
      'rgb(255, 255, 255)',
      'rgb(28, 33, 38)',
      'rgb(21, 24, 28)',
      'rgb(232, 235, 238)',
    ]);
    for (const { title, across, figures } of [light, dark]) {
      expect([title, across]).toEqual(['Study study-1', PHONE]);
      expect(figures).toHaveLength(8);
      for (const { id, summary, isSaidEmpty, plots } of figures) {
        // a study with one objective has no front, and the figure says so
        expect([id, plots.length > 0]).toEqual([id, id !== 'front']);
        if (isSaidEmpty) continue;
        expect([id, summary.length > 20]).toEqual([id, true]);
        for (const { box, drawn, colours, label } of plots)
          expect([id, box > 10_000, drawn > 10_000, colours > 1, label.length > 10]).toEqual([
            id,
            true,
            true,
            true,
            true,
          ]);
      }
    }
  }, 60_000);

  test('a study without trials fits, too, and each figure says why it is empty', async () => {
    const { across, figures } = await seen(0, 'light');
    expect(across).toBe(PHONE);
    expect(figures.filter(({ isSaidEmpty, plots }) => isSaidEmpty && plots.length === 0)).toHaveLength(8);
  }, 60_000);
});
