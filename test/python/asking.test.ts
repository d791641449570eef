import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pages, snippetsOf } from '../support/docs/pages';
import { startStack, type Stack } from '../support/facade/stack';
import { environment } from '../support/processes/program';
import { describePython, PACKAGE, python } from '../support/python/environment';

const run = promisify(execFile);

describePython('ask and tell from Python (needs Python 3.10 or newer)', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack('python-asking');
  }, 180_000);
  afterAll(async () => {
    await stack.close();
  });

  test('STU-1 STU-4 two clients as the documentation has them evaluate a study to its end, each trial once', async () => {
    const block = pages()
      .flatMap(snippetsOf)
      .find(({ language, text }) => language === 'python' && text.includes('# oven.py'));
    const study = await stack.space.studies.start('bread', {
      space: { dimensions: { minutes: { kind: 'int', low: 20, high: 60, step: 1, log: false } } },
      minimise: 'crumb',
      sampler: 'random',
      seed: 7,
      budget: { trials: 8 },
    });
    const env = environment('python-asking', {
      MABEAM_URL: new URL(stack.rest.base).origin,
      MABEAM_SPACE: stack.space.name,
      PYTHONPATH: join(PACKAGE, 'src'),
      PYTHONDONTWRITEBYTECODE: '1',
    });
    const bake = (oven: string): Promise<{ readonly stdout: string }> =>
      run(python, ['-c', block?.text ?? '', oven], { env });
    // when
    const said = await Promise.all(['oven-1', 'oven-2'].map(bake));
    // then
    const { account, best, state } = await study.view();
    expect([state, account]).toMatchObject(['finished', { asked: 8, complete: 8, late: 0, begunAgain: 0 }]);
    const lines = said.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
    expect(lines.toSorted()).toEqual(Array.from({ length: 8 }, (_each, at) => `trial ${String(at + 1)}: accepted`));
    expect(best?.measures?.['crumb']).toBe((Number(best?.configuration['minutes']) - 40) ** 2);
  });
});
