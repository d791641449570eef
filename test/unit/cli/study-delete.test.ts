import type { Space } from '../../../src/client/index';
import { PlatformError, refuse } from '../../../src/contracts/errors';
import { ended as endedWith } from '../../support/cli';

/** Runs the command line with somebody at the terminal who types that, or nobody. */
async function ended(line: string, typed?: string, act: () => Promise<void> = () => Promise.resolve()) {
  const seen = { asked: '', deleted: [] as string[] };
  const at = (name: string) => ({
    delete: async () => {
      await act();
      seen.deleted.push(name);
    },
  });
  const space = { studies: { at }, close: () => Promise.resolve() } as unknown as Space;
  const ask = (question: string): Promise<string> => {
    seen.asked = question;
    return Promise.resolve(typed ?? '');
  };
  const said = await endedWith(line.split(' '), {
    ...(typed === undefined ? {} : { ask }),
    connect: () => Promise.resolve(space),
  });
  return { ...said, ...seen };
}

test('a study is deleted when its name was typed, and not when another one was', async () => {
  expect(await ended('study delete mail', 'mail\n')).toMatchObject({
    code: 0,
    out: 'mail deleted\n',
    deleted: ['mail'],
  });
  const other = await ended('study delete mail', 'yes');
  expect(other).toMatchObject({ code: 2, out: '', deleted: [] });
  expect(other.asked).toContain('The study mail');
  expect(other.err).toContain('the name was not typed; mail is as it was');
});

test('in a pipe nobody is asked: --yes is needed, and enough', async () => {
  const pipe = await ended('study delete mail');
  expect(pipe).toMatchObject({ code: 2, deleted: [] });
  expect(pipe.err).toContain('--yes');
  expect(await ended('study delete mail --yes')).toMatchObject({ code: 0, deleted: ['mail'] });
  expect(await ended('study delete mail --yes', 'no')).toMatchObject({ code: 0, asked: '', deleted: ['mail'] });
});

test('one that runs is refused with what to do first', async () => {
  const refusal = new PlatformError(refuse('study-runs', 'mail has not ended; stop it first: mabeam study stop mail'));
  const { code, err } = await ended('study delete mail --yes', undefined, () => Promise.reject(refusal));
  expect([code, err]).toEqual([5, expect.stringContaining('stop it first: mabeam study stop mail') as unknown]);
});
