import { run } from '../../../src/cli/main';
import type { Space } from '../../../src/client/index';
import { PlatformError, refuse } from '../../../src/contracts/errors';
import type { StudyExtension } from '../../../src/contracts/optimisation/study';

/** Runs the command line on a study that has 100 trials and money for 8; `view` is how it is looked at. */
async function ended(line: string, view = () => Promise.resolve({ spec: { budget: { trials: 100, cost: 8 } } })) {
  const seen = { out: '', err: '', extensions: [] as StudyExtension[] };
  const at = () => ({
    view,
    extend: (extension: StudyExtension) => {
      seen.extensions.push(extension);
      return Promise.resolve({ budget: 150, parallelism: 4, cost: 8, state: 'running' });
    },
  });
  const space = { studies: { at }, close: () => Promise.resolve() } as unknown as Space;
  const code = await run(line.split(' '), {
    connect: () => Promise.resolve(space),
    server: () => Promise.reject(new Error('nobody asks the server')),
    dataDir: () => '.mabeam',
    now: () => 0,
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
    isTty: true,
  });
  return { code, ...seen };
}

test('a budget is given all told, or as so much more than there is', async () => {
  expect(await ended('study extend mail --trials +50 --cost +0.5 --seconds 60')).toMatchObject({
    code: 0,
    out: 'mail running: 150 trials, cost 8\n',
    extensions: [{ trials: 150, cost: 8.5, seconds: 60 }],
  });
  expect((await ended('study extend mail')).extensions).toEqual([{}]);
});

test('a study that cannot be looked at any more is asked all the same when nothing depends on what there is', async () => {
  const gone = () => Promise.reject(new PlatformError(refuse('study-not-found', 'there is no mail')));
  expect(await ended('study extend mail --trials 150', gone)).toMatchObject({ code: 0, extensions: [{ trials: 150 }] });
  expect(await ended('study extend mail --trials +50', gone)).toMatchObject({ extensions: [], out: '' });
});
