import { pages, snippetsOf } from '../support/docs/pages';
import { devOf, printed, type DevOfPage } from '../support/docs/project';

const TUTORIAL = 'docs/tutorials/first-agents.md';
const blocks = pages()
  .filter(({ path }) => path === TUTORIAL)
  .flatMap(snippetsOf);
describe('the tutorial, step by step, with the packed package in an empty project', () => {
  const prefix = `tutorial-${String(process.pid)}-`;
  const env = { ...process.env, MABEAM_SPACE: `tutorial-${String(process.pid)}`, MABEAM_QUEUE_PREFIX: prefix };
  let dev: DevOfPage;
  beforeAll(async () => {
    dev = await devOf(blocks, './my-agents.ts', env);
  }, 120_000);
  afterAll(() => dev.close(), 30_000);

  test.each(['count.mts', 'decide.mts'])('%s prints what the page says', async (file) => {
    expect(printed(blocks, file)).not.toBe('');
    expect(await dev.node('--import', 'tsx', file)).toBe(printed(blocks, file));
  });

  test('why answers with the value and the reasons of the guards', async () => {
    const ask = (): Promise<string> => dev.mabeam('why', 'filter', 'threshold');
    const deadline = Date.now() + 20_000;
    let text = await ask();
    while (!text.includes('0.95') && Date.now() < deadline) text = await ask();
    expect(text).toMatch(/threshold = 0\.95/);
    expect(text).toContain('fewer false alarms');
    expect(text).toContain('is strict enough');
  });
});
