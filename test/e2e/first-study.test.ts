import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Space } from '../../src/client/index';
import type { StudyView } from '../../src/contracts/optimisation/study';
import { pages, snippetsOf } from '../support/docs/pages';
import { devOf, printed, type DevOfPage } from '../support/docs/project';
import { until } from '../support/kernel/harness';
import { marked } from '../support/processes/program';

const TUTORIAL = 'docs/tutorials/first-study.md';
const blocks = pages()
  .filter(({ path }) => path === TUTORIAL)
  .flatMap(snippetsOf);

/** The page has a study of 300 trials, so that a reader finds the time to pull the plug. We are quicker. */
const TRIALS = 100;
const END_MS = 90_000;

describe('the tutorial of studies, step by step, with the packed package in an empty project', () => {
  const name = `first-study-${String(process.pid)}`;
  const env = { ...process.env, MABEAM_SPACE: name, MABEAM_QUEUE_PREFIX: `${name}-`, MABEAM_TEST_MARK: name };
  let dev: DevOfPage;
  /** For looks: a command line for each would take the processor from what it looks at. */
  let space: Space;
  beforeAll(async () => {
    dev = await devOf(blocks, './bake.ts', env);
    const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
    space = await connect({ space: name, address, queuePrefix: `${name}-` });
  }, 120_000);
  afterAll(async () => {
    await space.close();
    await dev.close();
  }, 30_000);

  /** A command of the page, as `npx` runs it. */
  const typed = (command: string): Promise<string> => {
    const line = blocks
      .flatMap(({ text }) => text.split('\n'))
      .find((each) => each.startsWith(`npx mabeam ${command}`));
    return dev.mabeam(
      ...(line ?? '')
        .replace('--trials 300', `--trials ${String(TRIALS)}`)
        .split(' ')
        .slice(2),
    );
  };

  test('the study prints what the page says, and why names it', async () => {
    expect(printed(blocks, 'study.mts')).not.toBe('');
    expect(await dev.node('--import', 'tsx', 'study.mts')).toBe(printed(blocks, 'study.mts'));
    const text = await until('the read model', async () => {
      const said = await typed('why oven heat');
      return said.includes('a better crumb') ? said : undefined;
    });
    expect(text).toMatch(/bread.*trial/s);
    await typed('study report bread');
    expect(readFileSync(join(dev.folder, 'bread.html'), 'utf8')).toContain('<title>');
  });

  test('STU-1 STU-3 STU-4 the plug is pulled: what evaluates is begun again, and only what was in flight with it', async () => {
    await typed('study start again');
    const watched = typed('study watch again');
    const study = space.studies.at('again');
    await until('the middle', async () => (await study.view()).account.complete > 10 || undefined);
    // the pattern of the page, for the processes of this test alone
    const pattern = new RegExp(/pkill -9 -f '(.+)'/.exec(readFileSync(TUTORIAL, 'utf8'))?.[1] ?? '^$');
    const killed = marked(name).filter((pid) => pattern.test(commandOf(pid)));
    expect(killed).toHaveLength(1);
    process.kill(Number(killed[0]), 'SIGKILL');
    await study.finished({ timeoutMs: END_MS });
    const { state, account } = JSON.parse(await dev.mabeam('-o', 'json', 'study', 'show', 'again')) as StudyView;
    expect(state).toBe('finished');
    expect(account).toMatchObject({ asked: TRIALS, complete: TRIALS, failed: 0, late: 0 });
    expect(account.begunAgain).toBeGreaterThan(0);
    expect(account.begunAgain).toBeLessThanOrEqual(4);
    expect(await watched).toContain(`${String(TRIALS)} of ${String(TRIALS)} complete`);
  }, 120_000);
});

function commandOf(pid: string): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}
