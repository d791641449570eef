import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StudyOptions } from '../../src/client/optimisation';
import { prefixOf } from '../../src/contracts/task-queues';
import { startStudy } from '../../src/rest/requests/bodies';
import { pages, ROOT, snippetsOf } from '../support/docs/pages';
import { environment, start, type Program } from '../support/processes/program';
import { describePython, PACKAGE, python } from '../support/python/environment';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

const EXAMPLE = join(ROOT, 'examples/digits-python');
const TUTORIAL = 'docs/tutorials/first-study.md';
const HOW_TO = 'docs/how-to/evaluate-in-python.md';
const blocks = pages()
  .filter(({ path }) => path === HOW_TO)
  .flatMap(snippetsOf);

/** What a file or a page says that is sent to `POST studies`, as the facade would take it. */
function studyOf(text: string): readonly [string, StudyOptions] {
  const body: unknown = JSON.parse(text);
  startStudy.parse(body);
  const { name, ...options } = body as StudyOptions & { readonly name: string };
  return [name, options];
}

describePython('what the pages say of Python (needs Python 3.10 or newer)', () => {
  let harness: StudiesHarness;
  let folder: string;
  const programs: Program[] = [];
  beforeAll(async () => {
    harness = await startStudies('python-docs');
    folder = mkdtempSync(join(tmpdir(), 'mabeam-python-'));
  }, 60_000);
  afterAll(async () => {
    for (const each of programs) each.kill();
    await Promise.all(programs.map((each) => each.ended));
    await harness.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs an evaluator until it polls. */
  const evaluating = async (cwd: string, target: string): Promise<void> => {
    const env = environment('python-docs', {
      TEMPORAL_ADDRESS: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
      MABEAM_QUEUE_PREFIX: prefixOf(harness.temporal.queues),
      PYTHONPATH: join(PACKAGE, 'src'),
      PYTHONDONTWRITEBYTECODE: '1',
    });
    const program = start(python, ['-m', 'mabeam.evaluator', target], cwd, env);
    programs.push(program);
    await program.says('polls ');
  };

  test('the how-to: its evaluator answers its study', async () => {
    writeFileSync(join(folder, 'train.py'), blocks.find(({ file }) => file === 'train.py')?.text ?? '');
    await evaluating(folder, 'train:train');
    const [name, options] = studyOf(blocks.find(({ language }) => language === 'json')?.text ?? '');
    const { account } = await (await harness.studies.start(name, options)).finished({ timeoutMs: 30_000 });
    expect(account).toMatchObject({ asked: 20, complete: 20 });
    const [trial] = harness.endings(name);
    const { learningRate, epochs } = trial?.configuration ?? {};
    expect(trial?.measures?.['loss']).toBeCloseTo((1 - Number(learningRate) / 2) ** Number(epochs), 12);
  });

  test('the tutorial: its evaluator in Python measures as the one in TypeScript does', async () => {
    const tutorial = pages()
      .filter(({ path }) => path === TUTORIAL)
      .flatMap(snippetsOf);
    writeFileSync(join(folder, 'bake.py'), tutorial.find(({ file }) => file === 'bake.py')?.text ?? '');
    await evaluating(folder, 'bake:bake');
    const int = { kind: 'int', low: 20, high: 60, step: 1, log: false } as const;
    const float = { kind: 'float', low: 180, high: 260, log: false } as const;
    const space = { dimensions: { minutes: int, heat: float } };
    const options: StudyOptions = { space, evaluator: 'bake', minimise: 'crumb', budget: { trials: 4 } };
    await (await harness.studies.start('bread', options)).finished({ timeoutMs: 30_000 });
    for (const { configuration, measures } of harness.endings('bread')) {
      const [minutes, heat] = [Number(configuration['minutes']), Number(configuration['heat'])];
      expect(measures?.['crumb']).toBeCloseTo((minutes - 40) ** 2 / 100 + (heat - 220) ** 2 / 400, 12);
    }
  });

  test('the example: scikit-learn reads digits better with what the study finds', async () => {
    await evaluating(EXAMPLE, 'digits:digits');
    const [name, options] = studyOf(readFileSync(join(EXAMPLE, 'study.json'), 'utf8'));
    const trials = 5;
    const study = await harness.studies.start(name, { ...options, budget: { trials } });
    const { account, best } = await study.finished({ timeoutMs: 60_000 });
    expect(account).toMatchObject({ asked: trials, complete: trials });
    const errors = harness.endings(name).map(({ measures }) => measures?.['error'] ?? NaN);
    expect(best?.measures?.['error']).toBe(Math.min(...errors));
    expect(Math.max(...errors)).toBeGreaterThan(0.5);
    expect(best?.measures?.['error']).toBeLessThan(0.1);
  });
});
